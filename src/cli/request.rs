//! `mq rr`.

use std::time::Duration;

use anyhow::Context as _;

use super::connect::{self, qos, time_limit};
use super::exit::{Exit, of_requester};
use super::manual::{CLIENT_ENVIRONMENT, CLIENT_EXIT_STATUS, CLIENT_FILES, Manual};
use super::output;
use super::payload::{Source, Words};
use super::print::Printing;
use super::subscribe::retain_handling;
use crate::client::request;
use crate::codec::{Qos, RetainHandling};
use crate::options::{self, Request, Show, Tool};

/// The manual page, beside the options.
pub(super) const MANUAL: Manual = Manual {
    examples: "\
mq rr -t lamp/get -e lamp/state -m colour   ask, and print the answer
mq rr -t time/get -n                        the answer on a topic of its own
mq rr -t dns -l --in-flight 100 < names     a request a line
",
    notes: "\
Answers come on the topic of -e, or on a new one that nobody else knows. With MQTT 5 each request \
carries correlation data, and answers with other data are ignored; one without any is taken while \
a single request waits. Retained messages are no answers, unless --retain-handling or \
--retain-as-published asks for them.

The exit code is 0 when all was answered, 3 when there was no connection or it was lost, 4 when \
the broker refused something or said that nobody is subscribed to the topic, 5 when -W passed.",
    exit_status: CLIENT_EXIT_STATUS,
    environment: CLIENT_ENVIRONMENT,
    files: CLIENT_FILES,
    tool: Some(Tool::Request),
};

/// Publish a request and print its answer
#[derive(Debug, clap::Parser)]
#[command(name = "mq rr", disable_help_flag = true, disable_version_flag = true)]
#[command(args_override_self = true)]
pub(super) struct Args {
    #[command(flatten)]
    words: Words,
    /// Topic to publish the request to
    #[arg(short, long)]
    topic: Option<String>,
    /// Topic of the answers [default: a new one, which needs MQTT 5]
    #[arg(short = 'e', long, value_name = "TOPIC")]
    response_topic: Option<String>,
    #[command(flatten)]
    message: Source,
    /// Quality of service of requests and answers: 0, 1 or 2
    #[arg(short, long, default_value = "0", value_parser = qos, hide_default_value = true)]
    qos: Qos,
    /// Wait so long for the answers, with -l from the sending of each request: seconds, or 30s,
    /// 1m30s; then the exit code is 5
    #[arg(short = 'W', long, value_name = "TIME", value_parser = time_limit, default_value = "30s")]
    timeout: Duration,
    /// Wait for so many answers to each request
    #[arg(short = 'C', long, value_name = "N", default_value_t = 1, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..))]
    count: u64,
    /// With -l: so many requests wait for their answers at once; answers are printed as they come
    #[arg(long, value_name = "N", default_value_t = 1, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    #[arg(conflicts_with_all = ["message", "file", "stdin_file", "null_message", "word_message"])]
    in_flight: u32,
    /// Tell the time from request to answer on standard error, of many at the end the percentiles
    #[arg(long)]
    latency: bool,
    #[command(flatten)]
    print: Printing,
    /// Leave out retained messages
    #[arg(short = 'R', long)]
    no_retained: bool,
    /// Ask for the retain flag as the publisher set it; needs MQTT 5
    #[arg(long)]
    retain_as_published: bool,
    /// Ask for retained messages always, never, or when the subscription is new; needs MQTT 5
    #[arg(long, value_name = "WHEN", value_parser = retain_handling)]
    retain_handling: Option<RetainHandling>,
    #[command(flatten)]
    connect: connect::Connection,
}

/// Asks as asked to on the command line.
pub(super) fn run_args(args: Args) -> anyhow::Result<Exit> {
    let mut words = args.words;
    let connect = args.connect.into_options()?;
    let needs_v5 =
        args.response_topic.is_none() || args.retain_as_published || args.retain_handling.is_some();
    if args.response_topic.is_none() && connect.version.is_some_and(|version| !version.is_v5()) {
        return Err(options::Error::NoResponseTopic.into());
    }
    // A message that is older than the request is no answer to it.
    let any_retained = args.retain_as_published || args.retain_handling.is_some();
    let skip_retained = args.no_retained || !any_retained;
    let usual = if skip_retained { RetainHandling::Never } else { RetainHandling::default() };
    run(&Request {
        connect: options::Connect { needs_v5, ..connect },
        topic: words.topics(args.topic.into_iter().collect())?.pop(),
        response_topic: args.response_topic,
        qos: args.qos,
        payload: args.message.or_word(words)?,
        correlate: true,
        any_message: false,
        answers: args.count,
        in_flight: usize::try_from(args.in_flight).unwrap_or(usize::MAX),
        time_limit: Some(args.timeout),
        latency: args.latency,
        print: args.print.into_options(),
        skip_retained,
        retain_as_published: args.retain_as_published,
        retain_handling: args.retain_handling.unwrap_or(usual),
        will_when_cut_short: false,
        lenient: false,
    })
}

/// Asks, prints the answers, and tells what came of it.
pub(super) fn run(options: &Request) -> anyhow::Result<Exit> {
    let (resolved, job) = connect::resolve(&options.connect, |resolved| options.job(resolved))?;
    let sink = output::messages(options.print.layout(), Show::Messages, &resolved.settings)
        .context("standard output")?;
    let run = request::run(&resolved.settings, &job, sink, &output::notice);
    let report = crate::client::block_on(run)??;
    output::requester(&report, options);
    Ok(of_requester(&report))
}
