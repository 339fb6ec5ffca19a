//! `mq bench`.

mod json;
mod summary;

use std::time::Duration;

use anyhow::Context as _;

use super::connect::{self, qos, time_limit};
use super::exit::{Exit, of_bench};
use super::manual::{CLIENT_ENVIRONMENT, Manual};
use super::output;
use crate::bench::{self, Gate, Plan, Report};
use crate::client::Settings;
use crate::codec::Qos;
use crate::net::{Address, random_bytes};
use crate::options::{self, Bench, Pace, Rate, Scenario, Size};
use crate::process::Server;

/// The manual page, beside the options.
pub(super) const MANUAL: Manual = Manual {
    examples: &[
        "mq bench --embedded                          how fast, with a broker of its own",
        "mq bench --rate 1000 --fail-if 'p99 > 20ms'  fail a CI job when it is slow",
        "mq bench publish -q 1 --inflight 100         how fast messages are acknowledged",
        "mq bench fan-out --clients 500 --rate 100    one publishes, 500 subscribe",
        "mq bench connect --clients 5000 --rate 1000  connect, and hold",
        "mq bench -t 'p/{client}' -m '{\"id\":\"{stamp}\",\"t\":{walk:20:0.1}}'  as devices send",
        "mq bench --count 100000 --json > result      for other programs",
    ],
    notes: "\
Scenarios: e2e, each client publishes to a topic of its own and subscribes to it; publish, nobody \
subscribes; subscribe, somebody else publishes; fan-in, one subscribes to all; fan-out, one \
publishes to all; p2p, pairs of one that publishes and one that subscribes; request, one answers \
all, and what is timed is from the request to its answer; shared, as many as publish share one \
subscription, and each message goes to one of them; retained, one publishes messages that are \
kept, then all others subscribe to them; offline, all others subscribe and leave, one publishes, \
and they come back for what waits for them; connect, clients connect and stay; churn, they connect, \
leave, and connect again. Client i publishes to TOPIC/i. retained and offline send 1000 messages \
unless --count or --duration says otherwise; times count from the subscription or the return, and \
what was kept is taken away at the end.

Schedules: constant; poisson, messages come without regard to each other; ramp:RATE, from that rate \
up or down to --rate over the whole time; step:N, in N steps up to --rate; burst:N, so many at once, \
as often as --rate has it.

Placeholders, in -m and -t: {client} and {seq}, the numbers of the client and of its message; {time}, \
milliseconds since 1970; {uuid}; {random:16}, letters and digits; {int:1:6}, a whole number; \
{walk:20:0.1}, a number that begins with 20 and goes up or down by 0.1 at most, with bounds as \
{walk:20:0.1:15:25}; {noise:20:0.5}, a number around 20 with that standard deviation; in -m {stamp}, \
50 letters that the ledger goes by. A topic with a placeholder is taken as it is.

Every message carries its number and the time it was meant to be sent at, so what is lost, comes \
twice, late (reordered) or damaged is counted. With --rate messages are sent by the clock, and \
times count from when a message was due, also when the broker made it wait; the uncorrected times \
beside them count from when it left. Without --rate each publisher keeps --inflight messages on \
their way.

Gates: [SCOPE.]METRIC OP VALUE[UNIT]. Scopes: e2e (the default), ack, connect, subscribe. Metrics: \
min mean p50 p90 p95 p99 p99.9 p99.99 max, with ns, us, ms or s; lost duplicate reordered corrupt \
errors rate, % being of what was asked. A gate that holds makes the exit code 6.

--json prints an object a second, and a report at the end; times are nanoseconds.",
    exit_status: &[
        ("0", "Done, whatever was measured; some clients may have failed, see errors."),
        ("1", "Failed at run time."),
        ("2", "Usage: a bad option or value, a gate that the run cannot be judged by."),
        ("3", "No connection, or all were lost; of the latter there is a report."),
        ("4", "The broker refused the first client, or ended the last one."),
        ("6", "A gate of --fail-if holds."),
        (
            "128+n",
            "Ended by signal n, in the eyes of a shell; after SIGINT and SIGTERM there is a report.",
        ),
    ],
    environment: CLIENT_ENVIRONMENT,
    files: &[("none", "No file is read or written that no option or variable names.")],
    tool: None,
};

/// Load a broker, and measure it
#[derive(Debug, clap::Parser)]
#[command(name = "mq bench", disable_help_flag = true, disable_version_flag = true)]
#[command(args_override_self = true)]
pub(super) struct Args {
    /// Who publishes and who subscribes: e2e, publish, subscribe, fan-in, fan-out, p2p, request,
    /// shared, retained, offline, connect or churn
    #[arg(value_parser = scenario, default_value = "e2e")]
    scenario: Scenario,
    /// Clients of the kind that the scenario has many of
    #[arg(long, value_name = "N", default_value_t = 10)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=MAX_CLIENTS))]
    clients: u32,
    /// What the topics begin with, for subscribe the filter [default: one that nobody else has]
    #[arg(short, long)]
    topic: Option<String>,
    /// Quality of service of messages and subscriptions: 0, 1 or 2 [default: 0, for offline 1]
    #[arg(short, long, value_parser = qos)]
    qos: Option<Qos>,
    /// Bytes of a payload: a number, from 64..1024, or around 500~100 with that standard deviation;
    /// 32 at least where it is to be told which messages came
    #[arg(long, value_name = "BYTES", default_value = "256", value_parser = size)]
    size: Size,
    /// A payload with placeholders, instead of --size; with {stamp} where it is to be told which
    /// messages came
    #[arg(short, long, value_name = "TEXT")]
    message: Option<String>,
    /// Messages a second of all publishers, sent by the clock, or 10/client of each; for connect
    /// and churn, connections a second
    #[arg(long, value_name = "N", value_parser = rate)]
    rate: Option<Rate>,
    /// How the rate goes on: constant, poisson, ramp:RATE, step:N or burst:N
    #[arg(long, value_name = "KIND", value_parser = pace, default_value = "constant")]
    schedule: Pace,
    /// Messages of one publisher that may be on their way at once [default: 20 without --rate]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    inflight: Option<u16>,
    /// How long to send, or to hold connections [default: 10s, without an end with --count]
    #[arg(long, value_name = "TIME", value_parser = time_limit)]
    duration: Option<Duration>,
    /// End when five seconds agree in what was done and how long it took, or after --duration
    /// [default: 60s]
    #[arg(long)]
    until_steady: bool,
    /// Messages to send in all; for churn, connections to make
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    count: Option<u64>,
    /// End with exit code 6 when this holds, like 'p99 > 20ms' or 'lost > 0'; may come many times
    #[arg(long, value_name = "GATE", value_parser = gate)]
    fail_if: Vec<Gate>,
    /// Print objects of JSON: one a second, and the report
    #[arg(long)]
    json: bool,
    /// Start mq broker at a free port, and load that
    #[arg(long, conflicts_with_all = ["host", "port", "unix", "urls"])]
    embedded: bool,
    #[command(flatten)]
    connect: connect::Connection,
}

/// More have no ports to come from, and no descriptors.
const MAX_CLIENTS: i64 = 10_000_000;

fn scenario(text: &str) -> Result<Scenario, String> {
    let found = Scenario::ALL.into_iter().find(|one| one.name() == text);
    let names = || Scenario::ALL.map(Scenario::name).join(", ");
    found.ok_or_else(|| format!("not one of {}", names()))
}

fn rate(text: &str) -> Result<Rate, String> {
    text.parse().map_err(str::to_owned)
}

fn size(text: &str) -> Result<Size, String> {
    text.parse().map_err(str::to_owned)
}

fn pace(text: &str) -> Result<Pace, String> {
    text.parse().map_err(str::to_owned)
}

fn gate(text: &str) -> Result<Gate, String> {
    text.parse().map_err(|error: bench::GateError| error.to_string())
}

/// Loads as asked on the command line.
pub(super) fn run(args: Args) -> anyhow::Result<Exit> {
    let connect = args.connect.into_options()?;
    let connect = if args.embedded { options::Connect { alone: true, ..connect } } else { connect };
    let asked = Bench {
        connect,
        scenario: args.scenario,
        clients: args.clients,
        topic: args.topic,
        qos: args.qos,
        size: args.size,
        payload: args.message,
        rate: args.rate,
        pace: args.schedule,
        until_steady: args.until_steady,
        inflight: args.inflight,
        duration: args.duration,
        count: args.count,
    };
    let run = u32::from_le_bytes(random_bytes().context("cannot make a number for the run")?);
    let (resolved, plan) = connect::resolve(&asked.connect, |resolved| {
        let plan = Plan::new(&asked, resolved, run)?;
        for gate in &args.fail_if {
            let wrong = |error: bench::GateError| error.to_string();
            gate.check(&plan)
                .map_err(|why| options::Error::Gate { gate: gate.to_string(), why: wrong(why) })?;
        }
        Ok(plan)
    })?;
    let how = How { gates: &args.fail_if, json: args.json, embedded: args.embedded };
    crate::client::block_on(measure(resolved.settings, &plan, &how))?
}

/// What is done beside the run.
struct How<'a> {
    gates: &'a [Gate],
    json: bool,
    embedded: bool,
}

async fn measure(mut settings: Settings, plan: &Plan, how: &How<'_>) -> anyhow::Result<Exit> {
    let broker = if how.embedded {
        let program = std::env::current_exe().context("cannot find this program")?;
        let arguments =
            ["broker", "--port", "0", "--bind", "127.0.0.1", "--quiet", "--until-stdin-ends"];
        let (broker, line) = Server::start(program.as_os_str(), &arguments).await?;
        settings.server.address =
            address(&line).with_context(|| format!("mq broker says that it serves at {line:?}"))?;
        Some(broker)
    } else {
        None
    };
    let lines = output::Lines::start().context("cannot write to standard output")?;
    let mut tell = |second: &bench::Second| {
        lines.put(if how.json { json::second(second) } else { summary::second(second, plan) });
    };
    let outcome = bench::run(&settings, plan, &mut tell, &output::notice).await;
    if let Some(broker) = broker {
        broker.stop().await;
    }
    let report = outcome.map_err(|error| match error {
        bench::Error::Client(error) => anyhow::Error::new(error),
        other => other.into(),
    })?;
    let judge = |gate: &Gate| Some(format!("{gate}: {}", gate.judge(&report)?));
    let failed: Vec<String> = how.gates.iter().filter_map(judge).collect();
    Ok(tell_all(&report, &settings, &failed, how, lines))
}

/// The report, on standard output if that can be had, and what is to be known of it.
fn tell_all(
    report: &Report,
    settings: &Settings,
    failed: &[String],
    how: &How<'_>,
    lines: output::Lines,
) -> Exit {
    let broker = settings.server.route().to_string();
    let warnings = summary::warnings(report);
    let text = || summary::report(report, &broker);
    lines.put(if how.json { json::report(report, &broker, failed, &warnings) } else { text() });
    let written = lines.finish();
    if let Err(error) = &written {
        output::aside(&text());
        output::error(&format!("cannot write to standard output: {error}"));
    }
    for warning in &warnings {
        output::note(warning);
    }
    if let Some(failure) = report.failure.as_ref().filter(|_| report.signal.is_none()) {
        output::client_failure(failure);
    }
    for gate in failed {
        output::error_as(&format!("gate failed: {gate}"), Exit::Gate);
    }
    match of_bench(report, !failed.is_empty()) {
        Exit::Done if written.is_err() => Exit::Failed,
        exit => exit,
    }
}

/// Where the line says that the broker serves.
fn address(line: &str) -> Option<Address> {
    let (host, port) = line.strip_prefix("mqtt://")?.rsplit_once(':')?;
    let host = host.trim_matches(['[', ']']).to_owned();
    Some(Address::Tcp { host, port: port.parse().ok()? })
}
