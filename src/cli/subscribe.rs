//! `mq sub`.

use std::ffi::OsString;
use std::time::Duration;

use anyhow::Context as _;
use clap::builder::{OsStringValueParser, TypedValueParser as _};

use super::connect::{self, bytes, environment, qos, time_limit};
use super::exit::{Exit, of_client};
use super::{hint, output};
use crate::client::subscribe;
use crate::codec::Qos;
use crate::options::Subscribe;
use crate::record::{Empty, Format};

/// Print the messages of topics as they come
#[derive(Debug, clap::Parser)]
#[command(name = "mq sub", disable_help_flag = true, disable_version_flag = true)]
#[command(args_override_self = true)]
#[command(after_help = "\
Examples:
  mq sub -t 'sensors/+/temp' -v
  mq sub -t done -C 1 -W 30s
  mq sub -t reply -C 1 -- mq pub -t request -m hello

The exit code is 0 when the rules are met, 3 when there was no connection, 4 when the broker \
refused, 5 when -W passed, and that of COMMAND when it fails.")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(super) struct Args {
    /// Topic filter to subscribe to; may come many times
    #[arg(short, long = "topic", value_name = "FILTER")]
    topics: Vec<String>,
    /// The highest quality of service: 0, 1 or 2
    #[arg(short, long, default_value = "0", value_parser = qos, hide_default_value = true)]
    qos: Qos,
    /// Print the topic before each message
    #[arg(short, long)]
    verbose: bool,
    /// End after so many messages
    #[arg(short = 'C', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End after this time, with exit code 5 unless -C was met: seconds, or 30s, 1m30s
    #[arg(short = 'W', long, value_name = "TIME", value_parser = time_limit)]
    timeout: Option<Duration>,
    /// Print no newline behind a message
    #[arg(short = 'N', long)]
    no_newline: bool,
    /// Print each message by a format, like '%t %p' or '@H:@M %j'
    #[arg(short = 'F', long, value_name = "FORMAT", value_parser = OsStringValueParser::new().try_map(format))]
    format: Option<Format>,
    /// Print the JSON of %j and %J over many lines
    #[arg(long)]
    pretty: bool,
    /// Leave out messages that were retained before
    #[arg(short = 'R', long)]
    no_retained: bool,
    /// End once the broker has answered the subscription
    #[arg(short = 'E', long)]
    exit_after_subscribe: bool,
    #[command(flatten)]
    connect: connect::Connection,
    /// A command to start once the subscription stands
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

fn format(text: OsString) -> Result<Format, String> {
    Format::parse(&bytes(text)).map_err(|error| hint::of_words(&error.to_string()))
}

/// Subscribes as asked.
pub(super) fn run(args: Args) -> anyhow::Result<Exit> {
    let options = Subscribe {
        connect: args.connect.into_options(),
        filters: args.topics,
        qos: args.qos,
        count: args.count,
        time_limit: args.timeout,
        verbose: args.verbose,
        newline: !args.no_newline,
        empty: Empty::Nothing,
        format: args.format,
        pretty: args.pretty,
        skip_retained: args.no_retained,
        only_subscribe: args.exit_after_subscribe,
        command: args.command,
    };
    let resolved = options.connect.resolve(&environment)?;
    if options.connect.debug {
        resolved.notes.iter().for_each(|note| output::note(note));
    }
    let job = options.job(&resolved)?;
    let sink = output::messages(options.layout()).context("standard output")?;
    let run = subscribe::run(&resolved.settings, &job, sink, &output::notice);
    let report = crate::client::block_on(run)??;
    Ok(match (report.signal, report.failure, report.command) {
        (Some(signal), ..) => Exit::Signal(signal),
        (None, Some(failure), _) => of_client(&failure),
        (None, None, Some(code)) if code != 0 => Exit::Command(code),
        _ => Exit::Done,
    })
}
