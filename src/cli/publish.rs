//! `mq pub`.

use std::ffi::OsString;
use std::pin::pin;
use std::time::Duration;

use anyhow::Context as _;

use super::connect::{self, duration, qos, resolve, resolve_idle, time_limit};
use super::exit::{Exit, of_publisher};
use super::manual::{CLIENT_ENVIRONMENT, CLIENT_EXIT_STATUS, CLIENT_FILES, Manual};
use super::output::{self, Progress};
use super::payload::{Source, Words};
use super::plain::{self, NotPlain, Word, once};
use super::rare::Rare;
use super::records::Recorded;
use crate::client::Settings;
use crate::client::publish::{self, Job};
use crate::codec::{Qos, Version};
use crate::options::{self, Payload, Publish, Records, Show, Tool};
use crate::record::{Form, JsonLines, Layout};

/// The manual page, beside the options.
pub(super) const MANUAL: Manual = Manual {
    examples: "\
mq pub lamp on -r                         one message, and kept for later ones
tail -F log | mq pub -t logs/app -l -q 1  each line as it comes
mq pub --json --timed < recording         what mq sub --json wrote, again
",
    notes: "\
The exit code is 0 when all was delivered, 1 when a line of --json or --tsv was no message, 3 when \
there was no connection or it was lost, 4 when the broker refused something.",
    exit_status: CLIENT_EXIT_STATUS,
    environment: CLIENT_ENVIRONMENT,
    files: CLIENT_FILES,
    tool: Some(Tool::Publish),
};

/// Publish a message, a file, or each line of standard input
#[derive(Debug, Default, clap::Parser)]
#[command(name = "mq pub", disable_help_flag = true, disable_version_flag = true)]
#[command(args_override_self = true)]
pub(super) struct Args {
    #[command(flatten)]
    words: Words,
    /// Topic to publish to; may come many times, and each message goes to each
    #[arg(short, long = "topic", value_name = "TOPIC")]
    topics: Vec<String>,
    #[command(flatten)]
    message: Source,
    #[command(flatten)]
    records: Rare<Recorded>,
    /// Quality of service: 0, 1 or 2 [default: 0]
    #[arg(short, long, value_parser = qos)]
    qos: Option<Qos>,
    /// The broker keeps the message for later subscribers
    #[arg(short, long)]
    retain: bool,
    #[command(flatten)]
    course: Rare<Course>,
    #[command(flatten)]
    connect: connect::Connection,
}

impl Args {
    /// What clap reads as well, and not so fast.
    pub(super) fn of_plain(words: &[OsString]) -> Result<Self, NotPlain> {
        let mut args = Self::default();
        let mut words = plain::Words::new(words)?;
        while let Some(word) = words.next()? {
            match word {
                Word::Text(text) => args.words.add(text)?,
                Word::Option(b't') => args.topics.push(words.text()?.to_owned()),
                Word::Option(b'q') => once(&mut args.qos, words.read(qos)?)?,
                Word::Option(b'r') => args.retain = true,
                Word::Option(option @ (b'm' | b'f' | b's' | b'l' | b'n')) => {
                    args.message.add(option, &mut words)?;
                }
                Word::Option(option) => args.connect.add(option, &mut words)?,
            }
        }
        Ok(args)
    }
}

/// How often, and with how much care.
#[derive(Debug, clap::Args)]
#[group(skip)]
struct Course {
    /// Send the message so many times
    #[arg(long, value_name = "TIMES", default_value_t = 1, hide_default_value = true)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..), conflicts_with_all = ["stdin_line", "json", "tsv", "nul"])]
    repeat: u64,
    /// Wait from the delivery of one message to the next
    #[arg(long, value_name = "TIME", default_value = "0", hide_default_value = true)]
    #[arg(value_parser = duration)]
    repeat_delay: Duration,
    /// With more than one message: give up when there is no connection for so long
    #[arg(long, value_name = "TIME", value_parser = time_limit)]
    give_up: Option<Duration>,
    /// Tell at the end how many messages were sent, acknowledged, refused and sent again, how fast,
    /// and how long the acknowledgements took
    #[arg(long)]
    stats: bool,
    /// Fail when nobody is subscribed to the topic, as far as the broker tells; needs MQTT 5, and
    /// QoS 1 unless -q 2 is given
    #[arg(long, conflicts_with = "json")]
    require_subscriber: bool,
    /// Connect to nothing: check all that would be sent, and print it as mq pub --json takes it
    #[arg(long)]
    dry_run: bool,
}

impl Default for Course {
    fn default() -> Self {
        Self {
            repeat: 1,
            repeat_delay: Duration::ZERO,
            give_up: None,
            stats: false,
            require_subscriber: false,
            dry_run: false,
        }
    }
}

/// Publishes as asked on the command line.
pub(super) fn run_args(args: Args) -> anyhow::Result<Exit> {
    let (mut words, course) = (args.words, args.course.0.unwrap_or_default());
    let connect = args.connect.into_options()?;
    // Only from QoS 1 on does a broker say whether there is a subscriber.
    let qos = if course.require_subscriber { Qos::AtLeastOnce } else { Qos::AtMostOnce };
    run(&Publish {
        connect: options::Connect { needs_v5: course.require_subscriber, ..connect },
        topics: words.topics(args.topics)?,
        qos: args.qos.unwrap_or(qos),
        retain: args.retain,
        payload: match args.records.0 {
            Some(records) => records.into_payload(args.message, words)?,
            None => args.message.or_word(words)?,
        },
        repeat: course.repeat,
        repeat_delay: course.repeat_delay,
        reconnect: true,
        give_up: course.give_up,
        stats: course.stats,
        require_subscriber: course.require_subscriber,
        dry_run: course.dry_run,
    })
}

/// Publishes.
pub(super) fn run(options: &Publish) -> anyhow::Result<Exit> {
    let job = |resolved: &_| options.job(resolved);
    let (mut resolved, mut job) = if options.dry_run {
        resolve_idle(&options.connect, job)?
    } else {
        resolve(&options.connect, job)?
    };
    if matches!(&options.payload, Payload::Records(Records { form: Form::Json { .. }, .. })) {
        // A broker of version 3 would lose what is in the lines: it has to be asked for.
        resolved.settings.version.get_or_insert(Version::V5);
    }
    if options.dry_run {
        return rehearse(&resolved.settings, &job);
    }
    let progress = if resolved.settings.debug { None } else { Progress::of(&job.payloads) };
    job.meter = progress.as_ref().map(Progress::meter);
    // Pinned here: the run is kilobytes, and each call that it is given to would copy them.
    let run = pin!(publish::run(&resolved.settings, &job, &output::notice));
    let report = match &progress {
        None => crate::client::block_on(run)??,
        Some(progress) => crate::client::block_on(output::shown(progress, run))??,
    };
    let is_lines = matches!(options.payload, Payload::Lines | Payload::Records(_));
    output::publisher(&report, is_lines || options.repeat > 1 || options.topics.len() > 1);
    output::delivery(&report);
    Ok(of_publisher(&report))
}

/// Tells what would be published.
#[cold]
fn rehearse(settings: &Settings, job: &Job) -> anyhow::Result<Exit> {
    let layout = Layout::Lines(JsonLines { embedded: false });
    let sink = output::messages(layout, Show::Messages, settings).context("standard output")?;
    let report = crate::client::block_on(publish::rehearse(job, sink, &output::notice))??;
    output::rehearsal(&report, settings);
    Ok(of_publisher(&report))
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::rare;

    /// Options with and without values, good and bad ones, and words.
    const WORDS: &[&str] = &[
        "-t", "-m", "-f", "-s", "-l", "-n", "-q", "-r", "-h", "-p", "-u", "-P", "-i", "-k", "-d",
        "-z", "a", "b/c", "1", "2", "70000", "+5", "0", "", "-", "--", "-x", "-rq", "-q1", "--qos",
        "x y", "-1", "#", "a=b", "é",
    ];

    fn shown(args: &Args) -> String {
        format!("{args:?} {}", args.connect.shown())
    }

    /// Whether the call is plain; then clap reads the same.
    fn is_plain(words: &[&str]) -> bool {
        let owned: Vec<OsString> = words.iter().map(OsString::from).collect();
        let Ok(plain) = Args::of_plain(&owned) else { return false };
        rare::build_for(&owned);
        let read = Args::try_parse_from(["mq pub"].iter().chain(words));
        rare::build_all();
        assert_eq!(
            read.map(|read| shown(&read)).map_err(|error| error.to_string()),
            Ok(shown(&plain))
        );
        true
    }

    #[test]
    fn what_is_read_without_clap_is_what_clap_reads() {
        let mut plain = 0;
        for one in WORDS {
            plain += usize::from(is_plain(&[one]));
            for two in WORDS {
                plain += usize::from(is_plain(&[one, two]));
                for three in WORDS {
                    plain += usize::from(is_plain(&[one, two, three]));
                }
            }
        }
        let seed = fastrand::u64(..);
        let mut random = fastrand::Rng::with_seed(seed);
        for _ in 0..30_000 {
            let count = random.usize(4..9);
            let word = || random.choice(WORDS).copied();
            let words: Vec<&str> = std::iter::from_fn(word).take(count).collect();
            plain += usize::from(is_plain(&words));
        }
        assert!(plain > 3000, "{plain}, seed {seed}");
    }

    #[test]
    fn what_scripts_call_is_plain() {
        for line in [
            "-t a -m x",
            "-h localhost -p 1884 -t a -m x -q 1 -r",
            "-u name -P word -i id -k 30 -t a -l -q 2",
            "lamp on",
            "lamp on -r -h broker",
            "-t a -n -r -d",
            "-t a -t b -s",
        ] {
            assert!(is_plain(&line.split(' ').collect::<Vec<_>>()), "{line}");
        }
        assert!(!is_plain(&["-t", "a", "--json"]));
    }
}
