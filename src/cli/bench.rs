//! `mq bench`.

pub(super) mod compare;
mod csv;
mod hgrm;
mod html;
mod json;
mod live;
mod measure;
pub(super) mod merge;
mod metrics;
mod outputs;
mod plot;
mod read;
mod search;
mod summary;

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::Context as _;
use jiff::tz::TimeZone;
use jiff::{Timestamp, civil};

use self::compare::Judging;
use self::measure::Job;
use self::outputs::Wanted;
use self::search::Searched;
use super::connect::{self, qos, secret, time_limit};
use super::exit::Exit;
use super::manual::{CLIENT_ENVIRONMENT, Manual};
use super::output;
use crate::bench::{self, Gate, Plan, Report};
use crate::codec::Qos;
use crate::net::{clock, random_bytes};
use crate::options::{
    self, Bench, OnError, Pace, Place, Rate, Scenario, ScenarioError, ScenarioFile, Share, Size,
};
use crate::process::Usage;
use crate::secret::Secret;

/// The manual page, beside the options.
pub(super) const MANUAL: Manual = Manual {
    examples: "\
mq bench --embedded                          how fast, with a broker of its own
mq bench --rate 1000 --fail-if 'p99 > 20ms'  fail a CI job when it is slow
mq bench publish -q 1 --inflight 100         how fast messages are acknowledged
mq bench fan-out --clients 500 --rate 100    one publishes, 500 subscribe
mq bench --scenario scripts/load.toml        groups of clients, and phases
mq bench --find-max --fail-if 'p99 > 20ms'   the highest rate that is fast enough
mq bench connect --clients 5000 --rate 1000  connect, and hold
mq bench -t 'p/{client}' -m '{\"id\":\"{stamp}\",\"t\":{walk:20:0.1}}'  as devices send
mq bench --embedded --html report.html       plots, for a browser
mq bench --repeat 5 --against mqtt://other   is the other broker faster?
",
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

Gates: [SCOPE.]METRIC OP VALUE[UNIT]. Scopes: e2e (the default), ack, connect, subscribe; tcp, tls \
and connack, the parts of connect; request; late, behind the schedule; e2e.uncorrected and the like; \
group.NAME and phase.NAME of a scenario file. Metrics: min mean p50 p90 p95 p99 p99.9 p99.99 max, \
with ns, us, ms or s; lost duplicate reordered corrupt errors rate, and connected published received \
acknowledged refused unacknowledged unsent elsewhere resumed, % being of what was asked, or could \
be; elapsed; own.cpu and broker.cpu, in % of a processor, own.memory and broker.memory, in KiB, MiB \
or GiB, own.cost and broker.cost, processor time for a million messages. A gate that holds makes the \
exit code 6, as does one of which nothing was measured.

A scenario file has [[group]] tables, each with name, scenario, clients, topic, qos, rate, schedule, \
inflight, count, size, message, version, url, username, password, id and keepalive, as the options \
of these names; and either duration, or [[phase]] tables one after the other with name, duration, \
load (the share of every rate, 1 unless said) and from (that at its beginning). scripts/load.toml is \
an example.

Of several brokers (-h, -L) clients connect to one after the other in turn. A client whose broker \
does not take it goes to the next; the report tells how many and why.

--find-max looks for a rate of any scenario that has one, and of all groups of a file together. \
--csv and --metrics then tell of all tries, --hgrm and --html of the best.

--index N --of M does one of M parts of a load, each on a machine of its own: clients, rate and \
--count are shared, and each part has topics of its own. With --start-at all begin at one time, by \
the clock of part 0: the others ask it for its time through the broker, and tell how far theirs is \
off. mq bench merge adds up what --json wrote.

--repeat and --against run several times, of two brokers in turn (A is that of the other options), \
and tell which differences are more than chance: see mq help bench-compare, for files of --json.

--json prints an object a second, and a report at the end; times are nanoseconds, histograms \
HdrHistogram's format V2 in base64. The last second is the part that the run left of it: \
what is told second by second adds up to the report.",
    exit_status: "\
0 | Done, whatever was measured; some clients may have failed, see errors.
1 | Failed at run time, or ended by --on-error stop.
2 | Usage: a bad option or value, a gate that the run cannot be judged by.
3 | No connection, or all were lost; of the latter there is a report.
4 | The broker refused the first client, or ended the last one.
6 | A gate of --fail-if holds.
128+n | Ended by signal n, in the eyes of a shell; after SIGINT and SIGTERM there is a report.
",
    environment: CLIENT_ENVIRONMENT,
    files: "none | No file is read or written that no option or variable names.",
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
    /// What happens when something fails: go-on (it is counted) or stop
    #[arg(long, value_name = "WHAT", value_parser = on_error, default_value = "go-on")]
    on_error: OnError,
    /// Find the highest rate that no --fail-if makes fail [default: 'p99 > 100ms' and 'lost > 0']:
    /// one run after the other, of --duration each [default: 5s], the first at --rate [default:
    /// 1000]
    #[arg(long, conflicts_with_all = ["count", "until_steady"])]
    find_max: bool,
    /// A file of TOML with groups of clients and phases; what a group does not say is as given
    /// here
    #[arg(id = "file", long = "scenario", value_name = "FILE")]
    file: Option<PathBuf>,
    /// A file of CSV with a client a line; its first line names the columns: id, username, password,
    /// cert, key
    #[arg(long, value_name = "FILE")]
    clients_from: Option<PathBuf>,
    /// An address to connect from, or a range like 127.0.0.2..127.0.0.9; may come many times, and
    /// clients take turns
    #[arg(long, value_name = "ADDRESS", value_parser = source)]
    source: Vec<Sources>,
    /// Go on with TLS sessions that earlier connections of the run began, as devices do that come
    /// back [default: a full handshake each]
    #[arg(long)]
    tls_resume: bool,
    /// Print objects of JSON: one a second, and the report
    #[arg(long)]
    json: bool,
    /// Process of a broker on this machine, whose processor time and memory are told, too
    #[arg(long, value_name = "PID", conflicts_with = "embedded")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    broker_pid: Option<u32>,
    /// Start mq broker at a free port, and load that
    #[arg(long, conflicts_with_all = ["host", "port", "unix", "urls"])]
    embedded: bool,
    #[command(flatten)]
    shared: Shared,
    #[command(flatten)]
    several: Several,
    #[command(flatten)]
    figures: Wanted,
    #[command(flatten)]
    connect: connect::Connection,
}

/// One load from several machines.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Several machines")]
struct Shared {
    /// Do this part of the load, counted from 0
    #[arg(long, value_name = "N", requires = "of")]
    #[arg(conflicts_with_all = ["repeat", "against", "find_max", "file"])]
    index: Option<u32>,
    /// Share clients, rate and messages among so many processes
    #[arg(long, value_name = "M", requires = "index")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    of: Option<u32>,
    /// Begin to send at this time, like 2026-11-21T20:30:00Z, or 20:30:00 today
    #[arg(long, value_name = "TIME", value_parser = moment)]
    #[arg(conflicts_with_all = ["repeat", "against"])]
    start_at: Option<SystemTime>,
}

/// A moment: with its zone, or in that of this machine; a time alone is today's.
fn moment(text: &str) -> Result<SystemTime, String> {
    let wrong = || "not a time like 2026-11-21T20:30:00Z, or 20:30:00 for today".to_owned();
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(SystemTime::from(moment));
    }
    let zone = TimeZone::system();
    let local = match text.parse::<civil::Time>() {
        Ok(time) => {
            let now = Timestamp::try_from(clock::wall()).map_err(|_| wrong())?;
            now.to_zoned(zone.clone()).date().to_datetime(time)
        }
        Err(_) => text.parse::<civil::DateTime>().map_err(|_| wrong())?,
    };
    let moment = local.to_zoned(zone).map_err(|_| wrong())?;
    Ok(SystemTime::from(moment.timestamp()))
}

/// Several runs, to know what is chance.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Several runs")]
struct Several {
    /// Run so many times, of each broker in turn, and tell how the runs differ
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    #[arg(conflicts_with = "find_max")]
    repeat: Option<u32>,
    /// Run at this broker, too, in turn, and say whether it differs by more than chance
    #[arg(long, value_name = "URL", value_parser = secret, conflicts_with = "find_max")]
    against: Option<Secret>,
    #[command(flatten)]
    judging: Judging,
}

/// More have no ports to come from, and no descriptors.
const MAX_CLIENTS: i64 = 10_000_000;

fn scenario(text: &str) -> Result<Scenario, String> {
    let found = Scenario::ALL.into_iter().find(|one| one.name() == text);
    let names = || Scenario::ALL.map(Scenario::name).join(", ");
    found.ok_or_else(|| format!("not one of {}", names()))
}

fn on_error(text: &str) -> Result<OnError, String> {
    match text {
        "go-on" => Ok(OnError::GoOn),
        "stop" => Ok(OnError::Stop),
        _ => Err("go-on or stop".to_owned()),
    }
}

/// Addresses of one option.
#[derive(Debug, Clone)]
struct Sources(Vec<IpAddr>);

fn source(text: &str) -> Result<Sources, String> {
    options::sources(text).map(Sources).map_err(str::to_owned)
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
    let other = args.several.against.as_ref().map(|url| against(&connect, url));
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
        on_error: args.on_error,
        share: args.shared.index.zip(args.shared.of).map(|(index, of)| Share { index, of }),
        start: args.shared.start_at,
        broker: args.broker_pid,
        tls_resume: args.tls_resume,
    }
    .shared()?;
    if let Some(process) = args.broker_pid
        && let Err(why) = Usage::of(Some(process))
    {
        let why = match why.kind() {
            std::io::ErrorKind::NotFound => "there is no such process".to_owned(),
            _ => why.to_string(),
        };
        output::error_as(&format!("--broker-pid {process}: {why}"), Exit::Usage);
        return Ok(Exit::Usage);
    }
    let run = u32::from_le_bytes(random_bytes().context("cannot make a number for the run")?);
    let knows_broker = (args.embedded || args.broker_pid.is_some()) && other.is_none();
    let (resolved, plan) = connect::resolve(&asked.connect, |resolved| {
        let file = args.file.as_deref();
        let searched = Searched { asked: &asked, resolved, file, run };
        let mut plan = match file {
            _ if args.find_max => searched.plan(searched.begin(), 0)?,
            Some(path) => of_file(path, &asked, run, None)?,
            None => Plan::new(&asked, resolved, run)?,
        };
        plan.keeps_times = args.json;
        if args.tls_resume && !plan.has_tls(&resolved.settings) {
            return Err(options::Error::TlsIdle { what: "--tls-resume" });
        }
        let sources = args.source.iter().flat_map(|one| one.0.iter().copied());
        plan.identities.sources = Arc::new(sources.collect());
        if let Some(path) = &args.clients_from {
            plan.identities.clients = Arc::new(clients(path, &asked.connect, plan.connections())?);
        }
        for gate in &args.fail_if {
            let wrong = |error: bench::GateError| error.to_string();
            gate.check(&plan, knows_broker)
                .map_err(|why| options::Error::Gate { gate: gate.to_string(), why: wrong(why) })?;
        }
        Ok(plan)
    })?;
    let other = other.map(|other| connect::resolve(&other, |_| Ok(()))).transpose()?;
    let job = Job {
        sides: std::iter::once(resolved.settings.clone())
            .chain(other.map(|(resolved, ())| resolved.settings))
            .collect(),
        plan,
        search: args.find_max.then_some(Searched {
            asked: &asked,
            resolved: &resolved,
            file: args.file.as_deref(),
            run,
        }),
        gates: args.fail_if,
        json: args.json,
        embedded: args.embedded,
        several: args.several,
        figures: args.figures,
    };
    crate::client::block_on(measure::measure(job))?
}

/// A file whose whole text is needed.
fn text(path: &Path) -> Result<String, options::Error> {
    let wrong = |source| options::Error::File { path: path.to_owned(), source };
    std::fs::read_to_string(path).map_err(wrong)
}

/// What a scenario file comes to; with a rate, its groups send that together.
fn of_file(
    path: &Path,
    usual: &Bench,
    run: u32,
    rate: Option<f64>,
) -> Result<Plan, options::Error> {
    let wrong = |source| options::Error::Scenario { path: path.to_owned(), source };
    let mut file = ScenarioFile::parse(&text(path)?, usual).map_err(wrong)?;
    if let Some(rate) = rate {
        file.send(rate).map_err(wrong)?;
    }
    if !file.phases.is_empty() && usual.duration.is_some() {
        let why = "the phases say how long it takes: leave --duration out".to_owned();
        return Err(wrong(ScenarioError { place: Place { line: 1, column: 1 }, why }));
    }
    let at = |(place, error): (Place, options::Error)| {
        wrong(ScenarioError { place, why: error.to_string() })
    };
    let resolve = |group: &options::Group| {
        let resolved = group.bench.connect.resolve(&connect::environment);
        resolved.map_err(|error| at((group.place, error)))
    };
    let resolved = file.groups.iter().map(resolve).collect::<Result<Vec<_>, _>>()?;
    Plan::of_groups(&file, &resolved, usual, run).map_err(at)
}

/// Who the clients are.
fn clients(
    path: &Path,
    usual: &options::Connect,
    connections: u32,
) -> Result<Vec<options::Identity>, options::Error> {
    let wrong = |source| options::Error::Clients { path: path.to_owned(), source };
    let read = options::identities(&text(path)?, usual, &connect::environment);
    let clients = read.map_err(wrong)?;
    let rows = clients.len();
    if u32::try_from(rows).is_ok_and(|rows| rows < connections) {
        let path = path.to_owned();
        return Err(options::Error::FewClients { path, rows, clients: connections });
    }
    Ok(clients)
}

/// The same clients, at another broker.
fn against(connect: &options::Connect, url: &Secret) -> options::Connect {
    let transport = options::Transport { urls: vec![url.clone()], ..connect.transport.clone() };
    let connect = connect.clone();
    options::Connect { transport, hosts: Vec::new(), port: None, unix: None, ..connect }
}

/// The gates that hold, each with what was found.
fn failed_gates(gates: &[Gate], report: &Report) -> Vec<String> {
    gates.iter().filter_map(|gate| Some(format!("{gate}: {}", gate.judge(report)?))).collect()
}

fn tell_gates(failed: &[String]) {
    for gate in failed {
        output::error_as(&format!("gate failed: {gate}"), Exit::Gate);
    }
}
