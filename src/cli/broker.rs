//! `mq broker`.

mod access;
mod background;
mod events;
mod flood;
mod log;
mod log_places;
mod mosquitto_log;
pub(super) mod named;
mod place;
mod plan;
mod reached;
mod record;
mod reload;
mod secure;
mod seeds;
mod status;
mod tell;
mod told;
mod watch;

use std::convert::Infallible;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;

use self::background::Side;
use self::log::Detail;
use self::place::PidFile;
use self::plan::{Plan, Read};
use self::reached::{environment, ready_lines, tell_certificates, warnings};
use self::told::{Logs, Told, both};
use super::exit::Exit;
use super::manual::Manual;
use super::telling::Telling;
use super::{hint, limits, output};
use crate::broker::{Bound, OnFull, Policy};
use crate::net::{BindError, clock};
use crate::options;
use crate::process::{
    Companion, Hangups, Signals, Supervisor, become_user, end_of_input, is_superuser,
};

/// The manual page, beside the options.
pub(super) const MANUAL: Manual = Manual {
    examples: "\
mq broker                        until Ctrl-C, at localhost:1883
mq broker -- cargo test          at a free port, as long as the tests run
mq broker -p 0 --ready-file url  at a free port that stands in a file
mq broker --tls --ws 9001        with TLS at port 8883, and for browsers
mq broker --expect 'lamp on' -- ./switch   fails with 6 when nothing said so
mq broker --json=publishes       what happens, and each message, as JSON
mq broker -d --pid-file /run/mq.pid 2>>mq.log   in the background
",
    notes: "\
One line for each address it serves at goes to standard output once it listens, to standard error \
with a command; with --json the lines of type listening stand for them. The exit code is the \
command's; 125 when the broker did not start, 126 and 127 when the command cannot be run. The log on \
standard error has the time of day on a terminal, date and time in UTC elsewhere, and no more than \
100 lines a minute about one peer: the rest is counted. With --error-format json each of its lines \
is what --json tells, with the words as its message. What nobody reads in time is left out, and \
counted: a broker waits for no reader.",
    exit_status: "\
0 | Ended by SIGINT or SIGTERM, or the command ended with 0.
1 | Cannot serve, or --record could not write all.
2 | Usage.
6 | Something that --expect names was not published.
125 | With a command: the broker did not start, so neither did the command.
126 | The command cannot be executed.
127 | There is no such command.
any other | The command's own, 128+n when signal n ended it.
",
    environment: "\
MQTT_URL, MQTT_HOST, MQTT_PORT, MQ \
    | Set for the command behind --: where the broker serves, and the path of this program.
MQTT_USERNAME, MQTT_PASSWORD | Set for it, too: the first --user. MQTT_URL then has both in it.
MQTTS_URL, MQTT_WS_URL \
    | Set for it where there are such ports: TLS, and WebSockets (the plain ones if there are \
    both).
MQTT_CAFILE, MQTT_CERT, MQTT_KEY \
    | Set for it where certificates are made: whom to trust, and the first --issue-cert.
NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID \
    | Set by systemd for a service of Type=notify: it is told when the broker listens, when it \
    stops, and that it lives.
",
    files: "\
--config, --password-file, --acl-file, --user NAME:@FILE, --tls-cert and its like \
    | Are read when it starts, and again at SIGHUP: when anything is wrong with them then, all \
    stays as it was.
--retain-file | Is read once, when it starts. All else is in memory.
--ready-file, --pid-file, --record \
    | Are written. A recording begins anew with each start; mq pub --json sends it again.
ca.crt, server.crt, server.key, NAME.crt, NAME.key \
    | Are made by --tls in a folder of its own under the folder for temporary files, which is \
    removed at the end, or in --tls-dir, which has ca.key as well.
",
    tool: None,
};

/// Run a broker: in memory, on this machine, with nothing to configure
#[derive(Debug, clap::Parser)]
#[command(name = "mq broker", disable_help_flag = true, disable_version_flag = true)]
#[command(args_override_self = true)]
pub(super) struct Args {
    /// Port to serve at, 0 for a free one [default: 1883, with a command 0]
    #[arg(short, long, value_name = "PORT")]
    port: Option<u16>,
    /// Address to serve at instead of localhost, * for all
    #[arg(short, long, value_name = "ADDRESS")]
    bind: Option<String>,
    /// Unix socket to serve at, beside the port if one is given
    #[arg(long, value_name = "PATH")]
    unix: Option<PathBuf>,
    /// Put the lines that tell where it serves into this file, once it listens
    #[arg(long, value_name = "FILE")]
    ready_file: Option<PathBuf>,
    /// Serve in the background; this call ends once it listens there, or has failed. The log goes
    /// on where standard error is a file, and nowhere else
    #[arg(short, long, conflicts_with_all = ["command", "json", "until_stdin_ends"])]
    daemon: bool,
    /// Put the number of the process into this file, as long as it serves
    #[arg(long, value_name = "FILE")]
    pid_file: Option<PathBuf>,
    /// What a full queue does to QoS 1 and 2 messages: refuse them for 10 s and then lose them
    /// for that client, refuse them always, or drop them at once
    #[arg(long, value_name = "WHAT", default_value = "refuse-then-drop")]
    #[arg(value_parser = on_full, hide_default_value = true)]
    on_full: OnFull,
    /// Tell every subscription in the log, and with a command who comes and goes as well
    #[arg(short, long)]
    verbose: bool,
    /// Tell trouble alone in the log [default with a command]
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// End when standard input does: for programs that start a broker, and may be killed
    #[arg(long, conflicts_with = "command")]
    until_stdin_ends: bool,
    /// Print every limit with its value, and end
    #[arg(long)]
    show_limits: bool,
    #[command(flatten)]
    telling: Telling,
    /// Print the most used options, and examples
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
    /// Command to run while the broker serves
    #[arg(last = true, value_name = "COMMAND")]
    command: Option<Vec<OsString>>,
    #[command(flatten)]
    access: access::Access,
    #[command(flatten)]
    watch: watch::Watch,
    #[command(flatten)]
    secure: secure::Secure,
    #[command(flatten)]
    status: status::Status,
    #[command(flatten)]
    config: plan::Config,
}

fn on_full(text: &str) -> Result<OnFull, String> {
    match text {
        "refuse-then-drop" => Ok(OnFull::RefuseThenDrop),
        "refuse" => Ok(OnFull::Refuse),
        "drop" => Ok(OnFull::Drop),
        _ => Err("refuse-then-drop, refuse or drop".to_owned()),
    }
}

/// Serves until a signal comes, or the command ends.
pub(super) fn run(args: Args) -> anyhow::Result<Exit> {
    if args.daemon
        && !args.show_limits
        && !args.config.test_config
        && let Side::Caller(exit) = background::divide()?
    {
        return Ok(exit);
    }
    // An unset variable behind `--` must not make a broker that serves for ever.
    let command = args.command.unwrap_or_default();
    if command.first().is_some_and(|program| program.is_empty()) {
        output::error_as("there is no command behind --", Exit::Usage);
        return Ok(Exit::Usage);
    }
    let with_command = !command.is_empty();
    let detail = match (args.verbose, args.quiet || with_command) {
        (true, _) => Detail::All,
        (false, true) => Detail::Trouble,
        (false, false) => Detail::Passing,
    };
    let told = Told { ready: true, detail, is_quiet: args.quiet, is_configured: false };
    let mut options = options::Broker {
        port: args.port,
        bind: args.bind,
        unix: args.unix,
        on_full: args.on_full,
        ready_file: args.ready_file,
        pid_file: args.pid_file,
        background: args.daemon,
        secured: args.secure.into_options(),
        until_stdin_ends: args.until_stdin_ends,
        command,
        ..options::Broker::default()
    };
    args.watch.fill(&mut options);
    args.status.fill(&mut options);
    let tests_config = args.config.test_config;
    let mut plan = Plan::new(options, args.config, args.access);
    let read = plan.prepare().and_then(|()| plan.read());
    let read = read.inspect(|read| warn(&read.warnings));
    if tests_config {
        read?;
        output::note("the configuration can be served");
        return Ok(Exit::Done);
    }
    if args.show_limits {
        let broker = read?.broker;
        let policies: Vec<_> = broker.listeners.iter().map(|listener| &listener.policy).collect();
        return Ok(output::page(&limits::page(&broker.limits, &policies)));
    }
    let served = read.and_then(|read| {
        crate::client::block_on(serve(plan, read, told)).map_err(anyhow::Error::new)?
    });
    match served {
        Err(error) if with_command && Exit::from(&error) == Exit::Failed => {
            output::error_as(&hint::describe(&error), Exit::NotStarted);
            Ok(Exit::NotStarted)
        }
        result => result,
    }
}

/// What the log has left out is told this often.
const MINUTE: Duration = Duration::from_mins(1);

fn warn(warnings: &[String]) {
    for warning in warnings {
        output::note(warning);
    }
}

async fn serve(plan: Plan, read: Read, told: Told) -> anyhow::Result<Exit> {
    let mut signals = Signals::new().context("cannot listen to signals")?;
    // What was made for it goes with it, at the end of this function.
    let plan = Arc::new(plan);
    // Without a file to read again the signal ends the broker, as it ends every program.
    let hangups = plan.has_files().then(Hangups::new).transpose();
    let hangups = hangups.context("cannot listen to signals")?;
    let served = reload::Served::of(&read);
    let Read { options, broker: mut resolved, login, .. } = read;
    if let Some(path) = &options.retain_file {
        resolved.retained = seeds::read(path, &resolved.limits)?;
    }
    let of_any =
        |is: fn(&Policy) -> bool| resolved.listeners.iter().any(|listener| is(&listener.policy));
    let (open, checked) =
        (of_any(Policy::admits_anybody), of_any(|policy| policy.access.has_users()));
    let bound = Bound::bind(resolved).await;
    let bound = bound.map_err(|error| not_bound(error, &plan, &options))?;
    let urls = bound.urls();
    warn(&warnings(&bound.endpoints(), &options, open, checked));
    if let Some(url) = bound.metrics_url() {
        let open = if bound.shows_metrics() { ", for whoever reaches this address" } else { "" };
        output::note(&format!("metrics at {url}{open}"));
    }
    let ready = ready_lines(&urls);
    let _pid_file = put_files(&options, &ready)?;
    let with_command = !options.command.is_empty();
    let told = Told { is_configured: plan.file().is_some(), ..told };
    let teller = tell::Shared::open(&options.watch, told, with_command)?;
    let commands = bound.commands();
    let open = || Logs::open(told, &teller, &options.log, commands.clone());
    let logs = plan.file().map(|_| open()).transpose()?;
    if let Some(name) = options.user.as_deref().filter(|_| is_superuser()) {
        step_down(name, &plan)?;
    }
    let theirs = logs.as_ref().map(|logs| logs.observer(bound.ports()));
    let observer = both(teller.observer(), theirs);
    let has_events = teller.listening(&urls);
    let mut companion = Companion::new(&options.command);
    let reading = async {
        match hangups {
            Some(hangups) => reload::follow(&plan, &served, &commands, hangups, logs).await,
            None => std::future::pending().await,
        }
    };
    if !with_command {
        if told.ready && !has_events {
            // Who cannot be told is served all the same.
            output::page(&ready);
        }
        tell_certificates(&bound, plan.certificates(), login.as_ref());
        if options.background {
            background::leave()?;
        }
        let ended = unless_ended(reading, async {
            tokio::select! {
                _ = signals.first() => {}
                () = end_of_input(), if options.until_stdin_ends => {}
            }
        });
        // Boxed: with all that goes on beside it, it is too much for a stack.
        Box::pin(bound.serve(Some(observer), meanwhile(&teller, &urls, ended))).await;
        return Ok(teller.finish());
    }
    if !has_events {
        output::aside(&ready);
    }
    tell_certificates(&bound, plan.certificates(), login.as_ref());
    // Before the broker raises its own limit of descriptors, which is not the command's.
    let environment = environment(&bound, login.as_ref(), plan.certificates());
    companion.start_with(&environment)?;
    let ended = unless_ended(reading, accompany(&mut companion, &mut signals));
    Box::pin(bound.serve(Some(observer), meanwhile(&teller, &urls, ended))).await;
    let told = teller.finish();
    Ok(match companion.ended {
        Some(0) => told,
        Some(code) => Exit::Command(code),
        None => Exit::Failed,
    })
}

/// The files that others wait for; the one with the process's number goes with the value.
fn put_files(options: &options::Broker, ready: &str) -> anyhow::Result<Option<PidFile>> {
    let cannot = |path: &Path| format!("cannot write {}", path.display());
    let pid_file = options.pid_file.as_ref();
    let pid_file = pid_file.map(|path| PidFile::put(path).with_context(|| cannot(path)));
    let pid_file = pid_file.transpose()?;
    if let Some(path) = &options.ready_file {
        place::put(path, ready).with_context(|| cannot(path))?;
    }
    Ok(pid_file)
}

/// Becomes this user, who is told of files that only the superuser can read again.
fn step_down(name: &str, plan: &Plan) -> anyhow::Result<()> {
    become_user(name)?;
    if let Err(error) = plan.read() {
        let why = hint::describe(&error);
        output::note(&format!("user {name:?} cannot read all again at SIGHUP: {why}"));
    }
    Ok(())
}

/// Why there is no place to serve at, and where that was said.
fn not_bound(error: BindError, plan: &Plan, options: &options::Broker) -> anyhow::Error {
    let tcp = options.unix.is_none() || options.port.is_some();
    let hint = match plan.file() {
        Some(path) => format!("; {} says where to listen", path.display()),
        None if error.is_in_use() && tcp => "; -p 0 picks a free port".to_owned(),
        None => String::new(),
    };
    let cause = anyhow::Error::new(error);
    anyhow::anyhow!("cannot serve: {cause:#}{hint}")
}

/// Waits for an end; who watches this process hears of it and of what goes before it, and the log
/// says each minute what it has left out.
async fn meanwhile(teller: &tell::Shared, urls: &[String], end: impl Future<Output = ()>) {
    let telling = async {
        let mut minutes = tokio::time::interval_at((clock::now() + MINUTE).into(), MINUTE);
        loop {
            minutes.tick().await;
            teller.tick();
        }
    };
    Supervisor::watch(&urls.join(", "), unless_ended(telling, end)).await;
}

/// Lets `always` go on until the end.
async fn unless_ended(always: impl Future<Output = Infallible>, end: impl Future<Output = ()>) {
    tokio::select! {
        never = always => match never {},
        () = end => {}
    }
}

/// Waits for the command's end. SIGINT is its own matter, being of one process group with us;
/// SIGTERM came to us alone and is passed on.
async fn accompany(companion: &mut Companion<'_>, signals: &mut Signals) {
    loop {
        tokio::select! {
            () = companion.finish() => return,
            signal = signals.next() => if signal == signal_hook::consts::SIGTERM {
                companion.terminate();
            },
        }
    }
}
