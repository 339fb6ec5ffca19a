//! `mq clear`.

use std::time::Duration;

use anyhow::Context as _;

use super::connect::{self, duration, resolve, time_limit};
use super::exit::{Exit, of_subscriber};
use super::manual::{CLIENT_ENVIRONMENT, CLIENT_EXIT_STATUS, CLIENT_FILES, Manual};
use super::output;
use crate::client::subscribe;
use crate::options::{Clear, Show};
use crate::record::{End, Layout};

/// The manual page, beside the options.
pub(super) const MANUAL: Manual = Manual {
    examples: "\
mq clear 'test/#' --dry-run             what would be removed
mq clear 'test/#'                       remove it
mq clear '#' -T 'zigbee2mqtt/#' --yes   everything but some
",
    notes: "\
Each topic is printed once the broker has said that its retained message is gone; how many they are \
is told on standard error. Topics that begin with $ are matched only by filters that begin so.

Nobody says when all retained messages have come. It is taken for granted when the broker has \
answered a ping behind the subscription, and then sent none for the time of --idle.

The exit code is 0 when all are removed, also when there was none; 4 when the broker refused some, \
1 when some may still be there: run it again then.",
    exit_status: CLIENT_EXIT_STATUS,
    environment: CLIENT_ENVIRONMENT,
    files: CLIENT_FILES,
    tool: None,
};

/// Remove retained messages from the broker
#[derive(Debug, clap::Parser)]
#[command(name = "mq clear", disable_help_flag = true, disable_version_flag = true)]
#[command(args_override_self = true)]
pub(super) struct Args {
    /// Topic filter whose retained messages are removed; may come many times
    #[arg(value_name = "FILTER")]
    filters: Vec<String>,
    /// Topic filter whose retained messages are removed, as an option; may come many times
    #[arg(short, long = "topic", value_name = "FILTER")]
    topics: Vec<String>,
    /// Leave the messages of topics alone that match this filter; may come many times
    #[arg(short = 'T', long, value_name = "FILTER")]
    filter_out: Vec<String>,
    /// Print the topics whose messages would be removed, and remove none
    #[arg(long)]
    dry_run: bool,
    /// Print NUL behind each topic instead of a newline
    #[arg(short = '0', long)]
    nul: bool,
    /// Do it though a filter matches every topic
    #[arg(long)]
    yes: bool,
    /// All retained messages have come when the broker sent none for so long
    #[arg(long, value_name = "TIME", default_value = "200ms", value_parser = duration)]
    idle: Duration,
    /// End after this time, with exit code 5: seconds, or 30s, 1m30s
    #[arg(short = 'W', long, value_name = "TIME", value_parser = time_limit)]
    timeout: Option<Duration>,
    #[command(flatten)]
    connect: connect::Connection,
}

/// Removes as asked on the command line.
pub(super) fn run_args(args: Args) -> anyhow::Result<Exit> {
    let layout = Layout::Topic(if args.nul { End::Nul } else { End::Newline });
    let options = Clear {
        connect: args.connect.into_options()?,
        filters: args.filters.into_iter().chain(args.topics).collect(),
        filter_out: args.filter_out,
        dry_run: args.dry_run,
        everything: args.yes,
        idle: args.idle,
        time_limit: args.timeout,
    };
    let (resolved, job) = resolve(&options.connect, |_| options.job())?;
    let sink =
        output::messages(layout, Show::Messages, &resolved.settings).context("standard output")?;
    let run = subscribe::run(&resolved.settings, &job, sink, &output::notice);
    let report = crate::client::block_on(run)??;
    output::cleared(&report, options.dry_run);
    Ok(of_subscriber(&report))
}
