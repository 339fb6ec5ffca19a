//! What is wrong with the words, in mosquitto's sentences: scripts and people know them.

use super::name;
use crate::options::{PropertyError, Tool};
use crate::record::FormatError;

/// Words that cannot be served, told before anything connects; the exit code is 1 for all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No such option, or not for this tool.
    #[error("Error: Unknown option '{0}'.")]
    Unknown(String),
    /// An option at the end of the line that wants a value.
    #[error("Error: {option} argument given but {missing}.")]
    Missing {
        /// The option, as mosquitto calls it.
        option: &'static str,
        /// What it lacks.
        missing: &'static str,
    },
    /// Two of `-f -l -m -n -s`.
    #[error("Error: Only one type of message can be sent at once.")]
    TwoMessages,
    /// Publishing without a topic or without a message.
    #[error("Error: Both topic and message must be supplied.")]
    NothingToPublish,
    /// A request without topic, message or response topic.
    #[error("Error: All of topic, message, and response topic must be supplied.")]
    NothingToRequest,
    /// Nothing to subscribe to or to unsubscribe from.
    #[error("Error: You must specify a topic to subscribe to (-t) or unsubscribe from (-U).")]
    NothingToSubscribe,
    /// A port that is none.
    #[error("Error: Invalid port given: {0}")]
    Port(i64),
    /// A quality of service that is none.
    #[error("Error: Invalid QoS given: {0}")]
    Qos(i64),
    /// The same for the will.
    #[error("Error: Invalid will QoS {0}.")]
    WillQos(i64),
    /// Outside 5 to 65535.
    #[error("Error: Invalid keepalive given, it must be between 5 and 65535 inclusive.")]
    KeepAlive,
    /// Below 1.
    #[error("Error: Maximum inflight messages must be greater than 0.")]
    Window,
    /// `-C` below 1.
    #[error("Error: Invalid message count \"{0}\".")]
    Count(i64),
    /// `-W` below 1.
    #[error("Error: Invalid timeout \"{0}\".")]
    Timeout(i64),
    /// `--repeat` below 1.
    #[error("Error: --repeat argument must be >0.")]
    Repeat,
    /// `--repeat-delay` below 0.
    #[error("Error: --repeat-delay argument must be >=0.0.")]
    RepeatDelay,
    /// Nothing would be printed.
    #[error("Error: --random-filter chance must be between 0.1-100.0")]
    RandomFilter,
    /// `--retain-handling`.
    #[error("Error: Unknown value '{0}' for --retain-handling.")]
    RetainHandling(String),
    /// `-V`.
    #[error("Error: Invalid protocol version argument given.")]
    Version,
    /// `-x` with letters.
    #[error("Error: session-expiry-interval not a number.")]
    ExpiryNotNumber,
    /// `-x` below -1 or above four bytes.
    #[error("Error: session-expiry-interval out of range.")]
    ExpiryOutOfRange,
    /// Both names for the client.
    #[error("Error: -i and -I argument cannot be used together.")]
    TwoIds,
    /// A second `-o`.
    #[error("Error: Duplicate -o argument given.")]
    TwoOptionFiles,
    /// `-F`.
    #[error("Error: {0}")]
    Format(#[from] FormatError),
    /// `-D`.
    #[error("Error: {0}")]
    Property(#[from] PropertyError),
    /// A property given twice that a packet may have once.
    #[error("Error in {0} properties: Duplicate property in property list")]
    RepeatedProperty(&'static str),
    /// Text that is not UTF-8.
    #[error("Error: Malformed UTF-8 in {0} argument.")]
    NotText(&'static str),
    /// Wildcards in a topic to publish to.
    #[error("Error: Invalid {what} topic '{topic}', does it contain '+' or '#'?")]
    Topic {
        /// Publish, response or will.
        what: &'static str,
        /// The topic.
        topic: String,
    },
    /// A filter that is none.
    #[error("Error: Invalid {what} topic '{filter}', are all '+' and '#' wildcards correct?")]
    Filter {
        /// Subscription, filter or unsubscribe.
        what: &'static str,
        /// The filter.
        filter: String,
    },
    /// Not one of the URLs of `-L`.
    #[error("Error: unsupported URL scheme.")]
    UrlScheme,
    /// `-L` without a topic.
    #[error("Error: Invalid URL for -L argument specified - topic missing.")]
    UrlTopic,
    /// A port in `-L` that is none.
    #[error("Unable to connect (Invalid function arguments provided.).")]
    UrlPort,
    /// `--proxy` without `socks5h://`.
    #[error("Error: Unsupported proxy protocol: {0}")]
    ProxyProtocol(String),
    /// `--proxy` without a host.
    #[error("Error: Invalid proxy.")]
    Proxy,
    /// A port in `--proxy` that is none.
    #[error("Error: Invalid proxy port {0}")]
    ProxyPort(i64),
    /// Half a will.
    #[error("Error: Will payload given, but no will topic given.")]
    WillPayloadAlone,
    /// The same.
    #[error("Error: Will retain given, but no will topic given.")]
    WillRetainAlone,
    /// Half a client certificate.
    #[error("Error: Both certfile and keyfile must be provided if one of them is set.")]
    HalfCertificate,
    /// The form of nothing.
    #[error("Error: If keyform is set, keyfile must be also specified.")]
    KeyFormAlone,
    /// The password of nothing.
    #[error(
        "Error: when using tls-engine-kpass-sha1, both tls-engine and keyform must also be \
         provided."
    )]
    EnginePassAlone,
    /// Two ways to trust.
    #[error("Error: Only one of --psk or --cafile/--capath may be used at once.")]
    PskAndCa,
    /// Half a pre-shared key.
    #[error("Error: --psk-identity required if --psk used.")]
    PskAlone,
    /// What cannot be done here.
    #[error("Error: {0} cannot be used: mq's TLS library (rustls) has no pre-shared keys.")]
    NoPsk(&'static str),
    /// The same.
    #[error("Error: {0} cannot be used: mq's TLS library (rustls) has no engines.")]
    NoEngine(&'static str),
    /// Neither form of key.
    #[error("Error: Problem setting key form, it must be one of 'pem' or 'engine'.")]
    KeyForm,
    /// No version of TLS.
    #[error("Error: Problem setting TLS options, check the options are valid.")]
    TlsVersion,
    /// A session for ever, without a name to find it by.
    #[error(
        "Error: You must provide a client id if you are using an infinite session expiry \
         interval."
    )]
    EndlessWithoutId,
    /// The same before version 5.
    #[error("Error: You must provide a client id if you are using the -c option.")]
    LastingWithoutId,
    /// An empty name for the client.
    #[error("Error: Invalid id{}.", if *.0 == Tool::Publish { "" } else { " and/or clean_session" })]
    EmptyId(Tool),
    /// Everything or nothing, depending on the broker.
    #[error("\nError: Combining '-R' and '--retained-only' makes no sense.")]
    NoRetainedAndOnlyRetained,
    /// Version 3 cannot say it, or it is not UTF-8.
    #[error("Error: Problem setting username and/or password.")]
    Login,
}

impl Error {
    /// All that is to be said: the sentence, and where to read on.
    pub fn text(&self, tool: Tool) -> String {
        let blank = if self.is_followed_by_blank() { "\n" } else { "" };
        let help = if self.is_of_the_parser() {
            format!("\nUse '{} --help' to see usage.\n", name(tool))
        } else {
            String::new()
        };
        format!("{self}\n{blank}{help}")
    }

    /// Whether the tool prints its help behind the sentence.
    pub const fn shows_help(&self) -> bool {
        matches!(self, Self::NothingToPublish)
    }

    /// Whether it is found before the tool begins to set up its connection.
    const fn is_of_the_parser(&self) -> bool {
        !matches!(
            self,
            Self::NothingToPublish
                | Self::EmptyId(_)
                | Self::Login
                | Self::UrlPort
                | Self::KeyForm
                | Self::TlsVersion
                | Self::NoPsk(_)
                | Self::NoEngine(_)
                | Self::NoRetainedAndOnlyRetained
        )
    }

    /// mosquitto ends some sentences with an empty line.
    const fn is_followed_by_blank(&self) -> bool {
        matches!(
            self,
            Self::Missing { .. }
                | Self::TwoMessages
                | Self::KeepAlive
                | Self::WillQos(_)
                | Self::TwoIds
                | Self::TwoOptionFiles
                | Self::ExpiryNotNumber
                | Self::ExpiryOutOfRange
                | Self::Version
                | Self::Window
                | Self::Repeat
                | Self::RepeatDelay
                | Self::UrlScheme
                | Self::NotText(_)
                | Self::Property(_)
                | Self::Count(_)
                | Self::Timeout(_)
                | Self::RandomFilter
                | Self::RetainHandling(_)
        )
    }
}
