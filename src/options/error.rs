//! What is wrong with what a user asked for.

use std::io;
use std::path::PathBuf;

use super::PropertyError;
use crate::codec::Version;
use crate::net::{AuthorityError, TlsOptionsError};

/// Options that cannot be served, told before anything connects.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No topic, and no URL with one.
    #[error("no topic given")]
    NoTopic,
    /// Published to, it must be one topic.
    #[error("cannot publish to {0:?}: `+` and `#` are for subscriptions")]
    WildcardTopic(String),
    /// Empty, too long, or with NUL.
    #[error("{0:?} is not a topic: it must have 1 to 65,535 bytes and no NUL")]
    InvalidTopic(String),
    /// No topic filter.
    #[error(
        "{0:?} is not a topic filter: `+` fills a whole level, `#` a whole last level, \
         and `$share/GROUP/` is followed by a filter"
    )]
    InvalidFilter(String),
    /// A session without a name cannot be found again.
    #[error("{asked} asks for a session that lasts, and such a session needs a client id")]
    LastingWithoutId {
        /// The option.
        asked: &'static str,
    },
    /// Messages come under the names of topics, never under a group's.
    #[error("{0:?} would never match a message: give its filter without $share/GROUP/")]
    SharedFilterOut(String),
    /// Each message comes to one member of the group, and none that was retained before.
    #[error("{0:?} would bring no retained message: give its filter without $share/GROUP/")]
    SharedRetained(String),
    /// `[MQTT-3.8.3-4]`
    #[error("{0:?} is a shared subscription, for which a broker may not be asked for no-local")]
    SharedNoLocal(String),
    /// More than was meant, perhaps.
    #[error("{0:?} matches every topic: all retained messages of the broker would be removed")]
    ClearsEverything(String),
    /// DISCONNECT may change a session's expiry, but not give it one `[MQTT-3.14.2-2]`.
    #[error("a session that ends with its connection cannot be given an expiry at the end")]
    LateExpiry,
    /// Another version was chosen together with what only version 5 has.
    #[error("MQTT {0} cannot express what is asked for: it needs MQTT 5")]
    NeedsVersion5(Version),
    /// Nothing that is not retained ends it, and all that is retained is left out.
    #[error("retained messages cannot be left out and be all that is wanted")]
    RetainedBothWays,
    /// Lines with a place of their own are for eyes.
    #[error("messages can be watched at a terminal only, but standard output is none")]
    WatchWithoutTerminal,
    /// Longer than a length field can say.
    #[error("{what} is longer than 65,535 bytes")]
    TooLong {
        /// What.
        what: &'static str,
    },
    /// Version 3 cannot express it.
    #[error("a password without a user name needs MQTT 5")]
    PasswordAlone,
    /// No server could tell what to do with it.
    #[error("authentication-data needs authentication-method beside it")]
    AuthenticationAlone,
    /// A property that cannot be sent.
    #[error(transparent)]
    Property(#[from] PropertyError),
    /// Not a host.
    #[error("-h takes HOST, HOST:PORT or [ADDRESS]:PORT: {why}")]
    Host {
        /// What is wrong; never the text itself, which may hold a password.
        why: &'static str,
    },
    /// Nobody is there to be asked.
    #[error("there is no terminal to ask for the password at")]
    NoTerminal,
    /// A password was to come on standard input, or to be typed.
    #[error("no password was given")]
    NoPassword,
    /// A topic by itself and by the option.
    #[error("the topic is given twice, by itself and with -t")]
    TopicTwice,
    /// A message by itself and by an option.
    #[error("the message is given twice, by itself and with an option")]
    MessageTwice,
    /// The place of a broker by itself; never shown, for it may hold a password.
    #[error("a URL goes behind -L; a topic that looks like one goes behind -t")]
    UrlAsTopic,
    /// A word by itself where the topic is given by the option.
    #[error("a word by itself is the topic, and -t gives one already")]
    WordBesideTopic,
    /// Lines that name their topics, and more than one for those that do not.
    #[error("lines that name their topics take one more at most, for those that do not")]
    TopicsOfLines,
    /// At QoS 0 nobody says who received a message.
    #[error("at QoS 0 a broker does not say whether anybody is subscribed")]
    UnheardAtQos0,
    /// Not a URL that is served here.
    #[error("{what} is not a usable URL: {why}")]
    Url {
        /// The variable or option.
        what: &'static str,
        /// What is wrong; never the URL itself, which may hold a password.
        why: &'static str,
    },
    /// An address has no SRV records.
    #[error("SRV records belong to a domain, and {0} is an address")]
    NoDomain(String),
    /// It means nothing but in the request for a WebSocket.
    #[error("{option} is for WebSocket: add --ws, or give a URL with ws:// or wss://")]
    NoWebSocket {
        /// The option.
        option: &'static str,
    },
    /// SRV records know MQTT as it is, and through TLS.
    #[error("SRV records name brokers to speak MQTT with, not WebSocket: leave out one of both")]
    SrvOfWebSocket,
    /// A header that the request cannot carry.
    #[error("--header takes a text of the form 'Name: value', and this is not one: {why}")]
    Header {
        /// What is wrong; never the header itself, which may hold a password.
        why: &'static str,
    },
    /// A Unix socket has no use for it.
    #[error("{option} is for TCP, not for a Unix socket")]
    NotWithUnix {
        /// The option.
        option: &'static str,
    },
    /// An environment variable with a value that means nothing.
    #[error("{variable} is {value:?}, but should be {wanted}")]
    Variable {
        /// Its name.
        variable: &'static str,
        /// Its value.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// An environment variable that is not UTF-8.
    #[error("{0} is not UTF-8")]
    VariableNotText(&'static str),
    /// A file that the user named.
    #[error("cannot read {}: {source}", .path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file whose first line is to be a password.
    #[error("cannot use {}, line 1: {why}", .path.display())]
    PasswordLine {
        /// Its path.
        path: PathBuf,
        /// What is wrong; never the line itself.
        why: &'static str,
    },
    /// A broker's own key.
    #[error(
        "the key in {} is encrypted: give its password with --tls-key-password-file",
        .path.display()
    )]
    KeyNeedsPassword {
        /// Its path.
        path: PathBuf,
    },
    /// Standard input as one message, but nothing came.
    #[error("nothing on standard input: zero length input")]
    EmptyInput,
    /// Standard input cannot be read.
    #[error("cannot read standard input: {0}")]
    Input(io::Error),
    /// What is no file is gone once it is read.
    #[error("standard input cannot be read again and again, it is no file: {0}")]
    NotAgain(io::Error),
    /// Messages with topics of their own.
    #[error("a topic alias stands for one topic, and the messages may have many")]
    AliasOfMany,
    /// Lines that describe messages where each is a request.
    #[error("requests are payloads, not descriptions of messages")]
    RecordsAsRequests,
    /// No message, and nowhere one comes from.
    #[error("nothing to publish")]
    NothingToPublish,
    /// Several messages where one is sent.
    #[error("only one message can be given")]
    ManyMessages,
    /// Version 3 cannot tell a new topic to who answers.
    #[error("without MQTT 5 a request does not say where its answer goes")]
    NoResponseTopic,
    /// By an option of its own and among the properties.
    #[error("two topics for the answers: one by itself, one among the properties")]
    ResponseTopicTwice,
    /// What is the same for all cannot tell one from the other.
    #[error("requests with the same correlation data cannot wait for their answers at once")]
    OneCorrelation,
    /// TLS cannot be set up as asked.
    #[error(transparent)]
    Tls(#[from] TlsOptionsError),
    /// It means nothing in plain text, and plain text is not what was meant.
    #[error("{what} is given, but nothing asks for TLS")]
    TlsIdle {
        /// What.
        what: &'static str,
    },
    /// A URL asks for it.
    #[error("TLS cannot be switched off for an mqtts:// URL")]
    TlsOff,
    /// A certificate that cannot be made.
    #[error(transparent)]
    Certificate(#[from] AuthorityError),
    /// A file of certificates that cannot be written.
    #[error("cannot write {}: {source}", .path.display())]
    NotWritten {
        /// Its path.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A name that a certificate or its file cannot have.
    #[error(
        "--issue-cert {name:?}: it must have 1 to 64 letters without / and \\, begin with no dot, and \
         not be ca or server"
    )]
    CertificateName {
        /// The name.
        name: String,
    },
    /// Half of what signs.
    #[error(
        "{folder} has one of ca.crt and ca.key and not the other: bring both, or remove the one",
        folder = .folder.display()
    )]
    HalfAuthority {
        /// Its path.
        folder: PathBuf,
    },
    /// A user of a broker, without what was typed: the password is in it.
    #[error("a user is given as NAME:PASSWORD, or NAME:@FILE, and here {why}")]
    User {
        /// What is wrong.
        why: &'static str,
    },
    /// Two passwords for one name.
    #[error("user {0:?} is given twice")]
    UserTwice(String),
    /// A rule of a broker.
    #[error("{text:?} is not a rule of the form 'WHO ACCESS TOPIC': {why}")]
    Rule {
        /// The rule.
        text: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A rule for somebody who cannot log in.
    #[error("a rule is for user {0:?}, and there is no such user")]
    NoSuchUser(String),
    /// No packet can hold it.
    #[error("a message of {0} bytes is longer than MQTT allows (268,435,455 bytes)")]
    PayloadTooLong(usize),
    /// The ledger's figures do not fit.
    #[error(
        "a payload of {size} bytes is too short: what tells lost, repeated and late messages \
         apart takes {smallest}"
    )]
    PayloadTooShort {
        /// Bytes of the payload.
        size: usize,
        /// Bytes that it needs.
        smallest: usize,
    },
    /// A scenario file with a mistake.
    #[error("{}:{source}", .path.display())]
    Scenario {
        /// The file.
        path: PathBuf,
        /// Where in it, and what; part of the message.
        #[source]
        source: super::ScenarioError,
    },
    /// A file of clients with a mistake.
    #[error("{}, {source}", .path.display())]
    Clients {
        /// The file.
        path: PathBuf,
        /// Where in it, and what; part of the message.
        #[source]
        source: super::RowError,
    },
    /// Not enough of them.
    #[error("{} has {rows} clients, and the run has {clients}", .path.display())]
    FewClients {
        /// The file.
        path: PathBuf,
        /// Its rows.
        rows: usize,
        /// What is needed.
        clients: u32,
    },
    /// It does one thing after the other.
    #[error("the scenario {scenario} never comes to where it stays: leave out --until-steady")]
    NeverSteady {
        /// The scenario.
        scenario: &'static str,
    },
    /// A text with placeholders.
    #[error("{option}: {why}")]
    Template {
        /// Where it stands.
        option: &'static str,
        /// What is wrong.
        why: String,
    },
    /// Nobody can tell such messages apart.
    #[error(
        "messages with a payload of your own are told apart by {{stamp}}: put it anywhere in it, \
         once, like {{\"id\":\"{{stamp}}\"}}"
    )]
    NoStamp,
    /// What is kept has to be found again.
    #[error(
        "messages that are kept are taken away at the end: their topics can have {{client}} and \
         {{seq}} only"
    )]
    TopicOfKept,
    /// A gate that such a run cannot be judged by.
    #[error("--fail-if '{gate}': {why}")]
    Gate {
        /// The gate.
        gate: String,
        /// Why.
        why: String,
    },
    /// Nothing, or more than can be counted.
    #[error("a rate is more than 0 and at most 100,000,000 a second")]
    Rate,
    /// Parts are counted from 0.
    #[error("--index {index} is no part of --of {of}: they are counted from 0")]
    NoSuchPart {
        /// Which.
        index: u32,
        /// Of how many.
        of: u32,
    },
    /// Some part would have nothing to do.
    #[error("there are fewer {what} than --of {of} has parts: some part would have nothing to do")]
    TooManyParts {
        /// What there is too little of.
        what: &'static str,
        /// How many parts.
        of: u32,
    },
    /// A schedule without a rate.
    #[error("a schedule needs a rate to go by: add --rate")]
    PaceOfNothing,
    /// Its length is not known.
    #[error(
        "ramps and steps go over the whole time: with --count, say how long that is by --duration"
    )]
    PaceWithoutEnd,
    /// Who is not there gets nothing that nobody kept.
    #[error("brokers keep nothing of QoS 0 for clients that are not there: use -q 1 or -q 2")]
    QosOfAbsent,
    /// The clients of the scenario do nothing that it could mean.
    #[error("{option} means nothing to the scenario {scenario}: its clients publish nothing")]
    IdleInScenario {
        /// The option.
        option: &'static str,
        /// The scenario.
        scenario: &'static str,
    },
}

impl Error {
    /// Whether what was asked for is at fault, and not what was found.
    pub const fn is_usage(&self) -> bool {
        match self {
            Self::Tls(error) => error.is_usage(),
            Self::File { .. }
            | Self::PasswordLine { .. }
            | Self::EmptyInput
            | Self::NoPassword
            | Self::Input(_)
            | Self::Certificate(_)
            | Self::NotWritten { .. }
            | Self::HalfAuthority { .. } => false,
            _ => true,
        }
    }
}
