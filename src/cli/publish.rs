//! `mq pub`.

use std::time::Duration;

use super::connect::{self, duration, qos, time_limit};
use super::exit::{Exit, of_client};
use super::payload::Source;
use super::{hint, output};
use crate::client::publish::{self, Refusal, Report};
use crate::codec::Qos;
use crate::options::{Payload, Publish};

/// Publish a message, a file, or each line of standard input
#[derive(Debug, clap::Parser)]
#[command(name = "mq pub", disable_help_flag = true, disable_version_flag = true)]
#[command(args_override_self = true)]
#[command(after_help = "\
Examples:
  mq pub -t lamp -m on
  tail -F log | mq pub -t logs/app -l -q 1

The exit code is 0 when all was delivered, 3 when there was no connection or it was lost, 4 when \
the broker refused something.")]
pub(super) struct Args {
    /// Topic to publish to
    #[arg(short, long)]
    topic: Option<String>,
    #[command(flatten)]
    message: Source,
    /// Quality of service: 0, 1 or 2
    #[arg(short, long, default_value = "0", value_parser = qos, hide_default_value = true)]
    qos: Qos,
    /// The broker keeps the message for later subscribers
    #[arg(short, long)]
    retain: bool,
    /// Send the message so many times
    #[arg(long, value_name = "TIMES", default_value_t = 1, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..), conflicts_with = "stdin_line")]
    repeat: u64,
    /// Wait from the delivery of one message to the next
    #[arg(long, value_name = "TIME", default_value = "0", hide_default_value = true)]
    #[arg(value_parser = duration)]
    repeat_delay: Duration,
    /// With -l or --repeat: give up when there is no connection for so long
    #[arg(long, value_name = "TIME", value_parser = time_limit)]
    give_up: Option<Duration>,
    #[command(flatten)]
    connect: connect::Connection,
}

/// Publishes as asked.
pub(super) fn run(args: Args) -> anyhow::Result<Exit> {
    let options = Publish {
        connect: args.connect.into_options()?,
        topic: args.topic,
        qos: args.qos,
        retain: args.retain,
        payload: args.message.into_payload()?,
        repeat: args.repeat,
        repeat_delay: args.repeat_delay,
        reconnect: true,
        give_up: args.give_up,
    };
    let (resolved, job) = connect::resolve(&options.connect, |resolved| options.job(resolved))?;
    let run = publish::run(&resolved.settings, &job, &output::notice);
    let report = crate::client::block_on(run)??;
    Ok(tell(&report, matches!(options.payload, Payload::Lines) || options.repeat > 1))
}

/// What a report means to people and scripts.
fn tell(report: &Report, is_stream: bool) -> Exit {
    tell_refused(report, "message", is_stream);
    if report.possible_duplicates > 0 {
        let count = report.possible_duplicates;
        output::note(&format!(
            "{count} messages were sent again after the broker lost the session: they may have \
             come twice"
        ));
    }
    if report.postponed > 0 {
        let count = report.postponed;
        let then =
            if report.unacknowledged == 0 { "sent again," } else { "what was sent again is" };
        output::note(&format!("{count} refusals were only for the moment: {then} out of order"));
    }
    if let Some(signal) = report.signal {
        if report.unacknowledged > 0 {
            let count = report.unacknowledged;
            output::note(&format!("{count} messages are not acknowledged"));
        }
        return Exit::Signal(signal);
    }
    if let Some(failure) = &report.failure {
        output::error(&hint::of_client(failure));
        return of_client(failure);
    }
    if report.refused > 0 { Exit::Refused } else { Exit::Done }
}

/// What was refused for good; `what` is one of it.
pub(super) fn tell_refused(report: &Report, what: &str, is_stream: bool) {
    let Some((number, why)) = &report.first_refused else { return };
    output::error(&if is_stream {
        let (refused, read) = (report.refused, report.read);
        format!("{refused} of {read} {what}s refused, the first is number {number}: {why}")
    } else if matches!(why, Refusal::Unheard(_)) {
        why.to_string()
    } else {
        format!("the {what} was refused: {why}")
    });
}
