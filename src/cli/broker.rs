//! `mq broker`.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::exit::Exit;
use super::manual::Manual;
use super::telling::Telling;
use super::{limits, output};
use crate::broker::{Bound, Event, Observer, OnFull};
use crate::options;
use crate::process::{Companion, Signals};

/// The manual page, beside the options.
pub(super) const MANUAL: Manual = Manual {
    examples: &[
        "mq broker                        until Ctrl-C, at localhost:1883",
        "mq broker -- cargo test          at a free port, as long as the tests run",
        "mq broker -p 0 --ready-file url  at a free port that stands in a file",
    ],
    notes: "\
One line for each address it serves at goes to standard output once it listens, to standard error \
with a command. The exit code is the command's; 125 when the broker did not start, 126 and 127 \
when the command cannot be run.",
    exit_status: &[
        ("0", "Ended by SIGINT or SIGTERM, or the command ended with 0."),
        ("1", "Cannot serve."),
        ("2", "Usage."),
        ("125", "With a command: the broker did not start, so neither did the command."),
        ("126", "The command cannot be executed."),
        ("127", "There is no such command."),
        ("any other", "The command's own, 128+n when signal n ended it."),
    ],
    environment: &[(
        "MQTT_URL, MQTT_HOST, MQTT_PORT, MQ",
        "Set for the command behind --: where the broker serves, and the path of this program.",
    )],
    files: &[("none", "All is in memory; only --ready-file writes a file.")],
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
    /// What a full queue does to QoS 1 and 2 messages: refuse them for 10 s and then lose them
    /// for that client, refuse them always, or drop them at once
    #[arg(long, value_name = "WHAT", default_value = "refuse-then-drop")]
    #[arg(value_parser = on_full, hide_default_value = true)]
    on_full: OnFull,
    /// Tell every client that comes and goes [default without a command]
    #[arg(short, long)]
    verbose: bool,
    /// Tell trouble only [default with a command]
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
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
    if args.show_limits {
        output::page(&limits::page());
        return Ok(Exit::Done);
    }
    // An unset variable behind `--` must not make a broker that serves for ever.
    let command = args.command.unwrap_or_default();
    if command.first().is_some_and(|program| program.is_empty()) {
        output::error_as("there is no command behind --", Exit::Usage);
        return Ok(Exit::Usage);
    }
    let with_command = !command.is_empty();
    let told = Told { ready: true, passing: args.verbose || !(args.quiet || with_command) };
    let options = options::Broker {
        port: args.port,
        bind: args.bind,
        unix: args.unix,
        on_full: args.on_full,
        ready_file: args.ready_file,
        command,
    };
    let served = crate::client::block_on(serve(&options, told)).map_err(anyhow::Error::new);
    match served.and_then(|result| result) {
        Err(error) if with_command && !error.is::<crate::process::NotStarted>() => {
            output::error_as(&format!("{error:#}"), Exit::NotStarted);
            Ok(Exit::NotStarted)
        }
        result => result,
    }
}

/// Serves at the usual port, as mosquitto does without options: nothing on standard output, and
/// a full queue drops.
pub(super) fn run_plain() -> anyhow::Result<Exit> {
    let options = options::Broker {
        port: None,
        bind: None,
        unix: None,
        on_full: OnFull::Drop,
        ready_file: None,
        command: Vec::new(),
    };
    crate::client::block_on(serve(&options, Told { ready: false, passing: true }))?
}

/// What is told of a broker.
#[derive(Debug, Clone, Copy)]
struct Told {
    /// Where it serves, on standard output.
    ready: bool,
    /// Who comes and goes.
    passing: bool,
}

async fn serve(options: &options::Broker, told: Told) -> anyhow::Result<Exit> {
    let mut signals = Signals::new().context("cannot listen to signals")?;
    let bound = match Bound::bind(options.resolve()).await {
        Ok(bound) => bound,
        Err(error) => {
            let tcp = options.unix.is_none() || options.port.is_some();
            let hint = if error.is_in_use() && tcp { "; -p 0 picks a free port" } else { "" };
            let cause = anyhow::Error::new(error);
            anyhow::bail!("cannot serve: {cause:#}{hint}");
        }
    };
    let urls = bound.urls();
    if !bound.is_loopback() {
        output::note("whoever reaches this address may publish and subscribe: there is no login");
    }
    if let Some(path) = &options.ready_file {
        write_ready_file(path, &urls)
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    let ready = ready_lines(&urls);
    let mut companion = Companion::new(&options.command);
    if options.command.is_empty() {
        if told.ready {
            output::page(&ready);
        }
        let asked_to_end = async {
            signals.first().await;
        };
        bound.serve(Some(observer(told.passing)), asked_to_end).await;
        return Ok(Exit::Done);
    }
    output::aside(&ready);
    // Before the broker raises its own limit of descriptors, which is not the command's.
    companion.start_with(&environment(&bound))?;
    let ended = accompany(&mut companion, &mut signals);
    bound.serve(Some(observer(told.passing)), ended).await;
    Ok(companion.ended.map_or(Exit::Failed, Exit::Command))
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

/// Where the command finds the broker, and this program.
fn environment(bound: &Bound) -> Vec<(&'static str, OsString)> {
    let mut variables = Vec::new();
    if let (Some(host), Some(port)) = (bound.host(), bound.port()) {
        let place = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        variables.push(("MQTT_URL", format!("mqtt://{place}:{port}").into()));
        variables.push(("MQTT_HOST", host.into()));
        variables.push(("MQTT_PORT", port.to_string().into()));
    }
    if let Ok(program) = std::env::current_exe() {
        variables.push(("MQ", program.into()));
    }
    variables
}

/// One line for each address.
fn ready_lines(urls: &[String]) -> String {
    let mut lines = urls.join("\n");
    lines.push('\n');
    lines
}

/// Written beside its place and renamed, so that who waits for it finds it whole. What is there
/// and is no plain file (a pipe, a device) is written to instead, and links are followed.
fn write_ready_file(path: &Path, urls: &[String]) -> io::Result<()> {
    if std::fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        let mut there = std::fs::OpenOptions::new().write(true).open(path)?;
        return there.write_all(ready_lines(urls).as_bytes());
    }
    let target = std::fs::canonicalize(path);
    let path = target.as_deref().unwrap_or(path);
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}", std::process::id()));
    let written =
        std::fs::write(&beside, ready_lines(urls)).and_then(|()| std::fs::rename(&beside, path));
    if written.is_err() {
        // There is nothing to be done about one that cannot be removed either.
        let _ = std::fs::remove_file(&beside);
    }
    written
}

/// Tells events as lines: trouble always, comings and goings when `verbose`.
fn observer(verbose: bool) -> Observer {
    Box::new(move |event| {
        if let Some(line) = worded(event, verbose) {
            output::note(&line);
        }
    })
}

fn worded(event: Event<'_>, verbose: bool) -> Option<String> {
    let passing = matches!(event, Event::Connected { .. } | Event::Ended { .. });
    if passing && !verbose {
        return None;
    }
    Some(match event {
        Event::Connected { client_id, peer, version, resumed } => {
            let session = if resumed { ", resuming its session" } else { "" };
            format!("{client_id} connected from {peer}, MQTT {version}{session}")
        }
        Event::Ended { client_id: Some(client_id), peer, end } => {
            format!("{client_id} from {peer}: {end}")
        }
        Event::Ended { client_id: None, peer, end } => format!("{peer}: {end}"),
        Event::Fight { client_id, takeovers } => format!(
            "clients with the same id {client_id} throw each other off, {takeovers} times in a \
             minute: give each its own id"
        ),
        Event::Slow { client_id } => {
            format!("{client_id} does not take its messages: nobody waits for it any longer")
        }
        Event::Losing { client_id, lost } => {
            format!("{client_id} has lost {lost} messages: its queue is full")
        }
        Event::AcceptFailed { error, pause } => {
            let pause = humantime::format_duration(pause);
            format!("cannot accept a connection, trying again in {pause}: {error}")
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_even_when_quiet() {
        let fight = Event::Fight { client_id: "board", takeovers: 3 };
        let text = worded(fight, false).unwrap_or_default();
        assert!(text.contains("board") && text.contains("own id"), "{text}");
        let ended =
            Event::Ended { client_id: None, peer: "127.0.0.1:1", end: crate::broker::End::Lost };
        assert_eq!(worded(ended, false), None);
    }
}
