//! `mq sub`.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::Context as _;

use regex::bytes::{Regex, RegexBuilder};

use super::connect::{self, duration, qos, resolve, time_limit};
use super::exit::{Exit, of_subscriber};
use super::hint;
use super::manual::{CLIENT_ENVIRONMENT, CLIENT_EXIT_STATUS, CLIENT_FILES, Manual};
use super::output;
use super::print::Printing;
use super::subscription::subscription;
use crate::client::subscribe;
use crate::codec::{Qos, RetainHandling};
use crate::options::{self, Show, Subscribe, Subscription, Tool};

/// The manual page, beside the options.
pub(super) const MANUAL: Manual = Manual {
    examples: "\
mq sub 'sensors/+/temp' -v                with topics, until Ctrl-C
mq sub job --match 'done|failed' -C 1     wait for a message in a script
mq sub re -C 1 -- mq pub -t do -m x       subscribe, then publish
mq sub 'config/#' --retained -v           what the broker keeps
mq sub '#' -F '@H:@M:@S %t %p'            with the time
mq sub '#' --for 10s --json > recording   for mq pub --json
",
    notes: "\
Formats: %t topic, %p payload, %x or %X payload in hex digits, %f or %d a payload of 4 or 8 bytes \
as a number, %l length, %q QoS, %r retain, %m packet id, %I or %U time, %j JSON, %J JSON with the \
payload as JSON; of MQTT 5 %A topic alias, %C content type, %D correlation data, %E expiry, %F payload \
format, %P user properties, %R response topic, %S subscription id. Before the letter may stand -, 0, \
a width, a precision and a character between groups of hex digits: %-20t, %.2:x. @X is strftime's \
%X, @N nanoseconds; \\e \\n \\t and others are escapes.

Regular expressions are those of Rust: (?i) before one takes letters in either case, (?-u) bytes \
instead of characters; ^ and $ are the ends of the payload, (?m) makes them those of lines.

Options of a filter's own, with commas between them: qos=0 to 2; no-local, not what this client \
publishes itself; rap, retain as published; rh=0 to 2, retained messages always, when the \
subscription is new, never. Then one space, and the rest is the filter.

Nobody says when all retained messages have come. With --retained it is taken for granted when the \
broker has answered a ping behind the subscription, and then sent none for the time of --idle.

The exit code is 0 when the rules are met, 3 when there was no connection, 4 when the broker \
refused, 5 when -W passed, and that of COMMAND when it fails.",
    exit_status: CLIENT_EXIT_STATUS,
    environment: CLIENT_ENVIRONMENT,
    files: CLIENT_FILES,
    tool: Some(Tool::Subscribe),
};

/// Print the messages of topics as they come
#[derive(Debug, clap::Parser)]
#[command(name = "mq sub", disable_help_flag = true, disable_version_flag = true)]
#[command(args_override_self = true)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Args {
    /// Topic filter to subscribe to; may come many times
    #[arg(value_name = "TOPIC")]
    filters: Vec<String>,
    /// Topic filter to subscribe to, as an option; may come many times
    #[arg(short, long = "topic", value_name = "FILTER")]
    topics: Vec<String>,
    /// Topic filter with options of its own, like 'qos=1,no-local,rap,rh=2 FILTER'; may come many
    /// times
    #[arg(long = "subscribe", value_name = "OPTIONS FILTER", value_parser = subscription)]
    subscriptions: Vec<Subscription>,
    /// Drop the messages of topics that match this filter; may come many times
    #[arg(short = 'T', long, value_name = "FILTER")]
    filter_out: Vec<String>,
    /// Drop the messages whose payload this regular expression does not match; they do not count
    /// for -C; `\w`, `\d`, `\s`, `\b` and `(?i)` know ASCII alone
    #[arg(long = "match", value_name = "REGEX", value_parser = pattern)]
    pattern: Option<Regex>,
    /// Topic filter to unsubscribe from, of a session that lasts; may come many times
    #[arg(short = 'U', long, value_name = "FILTER")]
    unsubscribe: Vec<String>,
    /// The highest quality of service: 0, 1 or 2
    #[arg(short, long, default_value = "0", value_parser = qos, hide_default_value = true)]
    qos: Qos,
    #[command(flatten)]
    print: Printing,
    /// End after so many messages
    #[arg(short = 'C', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End after this time, with exit code 5 unless -C was met: seconds, or 30s, 1m30s
    #[arg(short = 'W', long, value_name = "TIME", value_parser = time_limit)]
    timeout: Option<Duration>,
    /// End so long after the subscription stands, with exit code 0
    #[arg(long = "for", value_name = "TIME", value_parser = time_limit)]
    span: Option<Duration>,
    /// Print the retained messages, at QoS 0, and end when all have come
    #[arg(long, conflicts_with_all = NOT_RETAINED)]
    retained: bool,
    /// With --retained: all have come when the broker sent none for so long
    #[arg(long, value_name = "TIME", default_value = "200ms", value_parser = duration)]
    #[arg(requires = "retained")]
    idle: Duration,
    /// Leave out messages that were retained before
    #[arg(short = 'R', long)]
    no_retained: bool,
    /// End with the first message that was not retained before; it is not printed
    #[arg(long)]
    retained_only: bool,
    /// Remove each retained message that comes and passes the filters from the broker; not with -R
    #[arg(long)]
    remove_retained: bool,
    /// Ask for the retain flag as the publisher set it; needs MQTT 5
    #[arg(long)]
    retain_as_published: bool,
    /// Ask for retained messages always, never, or when the subscription is new; needs MQTT 5
    #[arg(long, value_name = "WHEN", value_parser = retain_handling)]
    retain_handling: Option<RetainHandling>,
    /// Print only so many percent of the messages, drawn by lot: 0.1 to 100; all count for -C
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    random_filter: Option<f64>,
    /// Print how many messages came in each second instead of the messages
    #[arg(long, conflicts_with_all = ["format", "json", "tsv"])]
    message_rate: bool,
    /// Show the last message of each topic in a line of its own that stays in its place
    #[arg(short = 'w', long)]
    watch: bool,
    /// End once the broker has answered the subscription
    #[arg(short = 'E', long)]
    exit_after_subscribe: bool,
    /// Give up when a lost connection does not come back for so long
    #[arg(long, value_name = "TIME", value_parser = time_limit)]
    give_up: Option<Duration>,
    #[command(flatten)]
    connect: connect::Connection,
    /// A command to start once the subscription stands
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// What asks for other messages than the retained ones, or for them in another way.
const NOT_RETAINED: [&str; 9] = [
    "subscriptions",
    "unsubscribe",
    "qos",
    "no_retained",
    "retained_only",
    "retain_as_published",
    "retain_handling",
    "message_rate",
    "exit_after_subscribe",
];

/// A regular expression for bytes; where it is wrong, what is wrong in one line.
///
/// One with `\w` or `(?i)` is of bytes from end to end: these know ASCII alone.
fn pattern(text: &str) -> Result<Regex, String> {
    let of_bytes = |_: &regex::Error| RegexBuilder::new(text).unicode(false).build().ok();
    Regex::new(text).or_else(|error| of_bytes(&error).ok_or(error)).map_err(|error| {
        let words = error.to_string();
        let last = words.lines().last().unwrap_or_default();
        hint::of_words(last.strip_prefix("error: ").unwrap_or(last))
    })
}

/// `always`, `new` or `never`.
pub(super) fn retain_handling(text: &str) -> Result<RetainHandling, String> {
    Ok(match text {
        "always" => RetainHandling::Send,
        "new" => RetainHandling::SendIfNew,
        "never" => RetainHandling::Never,
        _ => return Err("not always, new or never".to_owned()),
    })
}

/// 0.1 to 100.
fn percent(text: &str) -> Result<f64, String> {
    let percent = text.parse().ok().filter(|percent| (0.1..=100.0).contains(percent));
    percent.ok_or_else(|| "not a number from 0.1 to 100".to_owned())
}

/// Subscribes as asked on the command line.
pub(super) fn run_args(args: Args) -> anyhow::Result<Exit> {
    let needs_v5 = args.retain_as_published
        || args.retain_handling.is_some()
        || args.subscriptions.iter().any(Subscription::needs_v5);
    let connect = args.connect.into_options()?;
    if args.filters.iter().any(|filter| options::is_url(filter)) {
        return Err(options::Error::UrlAsTopic.into());
    }
    if let Some(shared) = args.filter_out.iter().find(|filter| filter.starts_with("$share/")) {
        return Err(options::Error::SharedFilterOut(shared.clone()).into());
    }
    let print = args.print.into_options();
    run(&Subscribe {
        connect: options::Connect { needs_v5, ..connect },
        filters: args.filters.into_iter().chain(args.topics).collect(),
        subscriptions: args.subscriptions,
        unsubscribe: args.unsubscribe,
        filter_out: args.filter_out,
        pattern: args.pattern,
        qos: args.qos,
        count: args.count,
        time_limit: args.timeout,
        span: args.span,
        idle: args.retained.then_some(args.idle),
        // A line on a screen says nothing without its topic.
        print: options::Print { verbose: print.verbose || args.watch, ..print },
        show: match (args.message_rate, args.watch) {
            (true, _) => Show::Rate,
            (false, true) => Show::Watch { anywhere: false },
            (false, false) => Show::Messages,
        },
        random_filter: args.random_filter,
        skip_retained: args.no_retained,
        retained_only: args.retained_only,
        remove_retained: args.remove_retained,
        echoes: false,
        retain_as_published: args.retain_as_published,
        retain_handling: args.retain_handling.unwrap_or_default(),
        will_when_cut_short: false,
        patient: false,
        give_up: args.give_up,
        only_subscribe: args.exit_after_subscribe,
        command: args.command,
    })
}

/// Subscribes.
pub(super) fn run(options: &Subscribe) -> anyhow::Result<Exit> {
    let (resolved, job) = resolve(&options.connect, |resolved| {
        if options.show == (Show::Watch { anywhere: false }) && !output::is_terminal() {
            return Err(options::Error::WatchWithoutTerminal);
        }
        options.job(resolved)
    })?;
    let sink = output::messages(options.print.layout(), options.show, &resolved.settings)
        .context("standard output")?;
    let run = subscribe::run(&resolved.settings, &job, sink, &output::notice);
    let report = crate::client::block_on(run)??;
    output::subscriber(&report);
    Ok(of_subscriber(&report))
}
