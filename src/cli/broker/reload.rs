//! SIGHUP: files are read again while the broker serves.

use std::convert::Infallible;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::plan::{Plan, Read};
use super::told::Logs;
use crate::broker::{Command, Commands, Limits, ListenerOptions, Policy};
use crate::cli::{hint, output};
use crate::net::{Entrance, ListenAddress, TlsServer};
use crate::options;
use crate::process::Hangups;

/// Files are not read more often, however many signals come: each reading costs a processor that
/// the broker's clients could have.
const REST: Duration = Duration::from_millis(100);

/// What a broker that serves began with, and keeps to its end.
#[derive(Debug)]
pub(super) struct Served {
    listeners: Vec<(ListenAddress, Entrance)>,
    pid_file: Option<PathBuf>,
    user: Option<String>,
}

impl Served {
    pub(super) fn of(read: &Read) -> Self {
        let listener = |one: &ListenerOptions| (one.address.clone(), one.entrance.clone());
        Self {
            listeners: read.broker.listeners.iter().map(listener).collect(),
            pid_file: read.options.pid_file.clone(),
            user: read.options.user.clone(),
        }
    }

    /// Where it listens.
    pub(super) fn places(&self) -> impl Iterator<Item = &ListenAddress> {
        self.listeners.iter().map(|(address, _)| address)
    }
}

/// What the files say now.
#[derive(Debug)]
pub(super) struct Revised {
    policies: Vec<Policy>,
    limits: Limits,
    /// Each with what takes its place.
    secured: Vec<(TlsServer, TlsServer)>,
    /// What they say of the log.
    pub(super) log: options::Log,
    warnings: Vec<String>,
}

impl Revised {
    /// Has the broker do so; what is to be said of it.
    pub(super) fn put_in_force(self, commands: &Commands) -> Vec<String> {
        for (server, fresh) in &self.secured {
            server.take(fresh);
        }
        commands.ask(Command::Limits(Box::new(self.limits)));
        commands.ask(Command::Policies(self.policies));
        self.warnings
    }
}

/// Reads the plan's files at each signal, and puts what they say in force; when anything is wrong
/// with them, all stays as it was.
pub(super) async fn follow(
    plan: Arc<Plan>,
    (served, logs): (Served, Option<Logs>),
    commands: Commands,
    mut hangups: Hangups,
) -> Infallible {
    loop {
        hangups.next().await;
        let revised = once(&plan, &served).await;
        let log = match (&logs, &revised) {
            (None, _) => Ok(()),
            (Some(logs), Ok(revised)) => logs.take(&revised.log),
            (Some(logs), Err(_)) => logs.reopen(),
        };
        if let Err(error) = log {
            output::error(&format!("{error:#}; the log goes on where it was"));
        }
        match revised {
            Ok(revised) => {
                for warning in revised.put_in_force(&commands) {
                    output::note(&warning);
                }
                output::note("the files are read again: what they say is in force");
            }
            Err(error) => {
                let why = hint::describe(&error);
                output::error(&format!("{why}; all stays as it was"));
            }
        }
        rest().await;
    }
}

/// Between two readings.
pub(super) async fn rest() {
    tokio::time::sleep(REST).await;
}

/// Reads the plan's files for the listeners that serve.
pub(super) async fn once(plan: &Arc<Plan>, served: &Served) -> anyhow::Result<Revised> {
    let reader = Arc::clone(plan);
    // On a thread of its own: the broker serves meanwhile.
    let read = tokio::task::spawn_blocking(move || reader.read()).await??;
    revised(served, read)
}

fn revised(served: &Served, read: Read) -> anyhow::Result<Revised> {
    let Read { options, broker, mut warnings, .. } = read;
    let (mut listeners, mut waiting) = (broker.listeners, Vec::new());
    let (mut policies, mut secured) = (Vec::with_capacity(listeners.len()), Vec::new());
    for (place, entrance) in &served.listeners {
        let of_place = |listener: &ListenerOptions| listener.address == *place;
        let Some(at) = listeners.iter().position(of_place) else {
            anyhow::bail!(
                "the listener at {place} is gone, and what holds there with it: put it back, or start \
                 the broker again"
            );
        };
        let ListenerOptions { policy, entrance: fresh, .. } = listeners.remove(at);
        let keys = changed(entrance, &fresh);
        waiting.extend(keys.into_iter().map(|key| format!("{key} of the listener at {place}")));
        policies.push(policy);
        if let (Some(server), Some(fresh)) = (&entrance.tls, fresh.tls) {
            secured.push((server.clone(), fresh));
        }
    }
    waiting.extend(listeners.iter().map(|one| format!("listener at {}", one.address)));
    let of_process =
        [("pid_file", options.pid_file != served.pid_file), ("user", options.user != served.user)];
    let of_process = of_process.into_iter().filter(|(_, is_changed)| *is_changed);
    waiting.extend(of_process.map(|(key, _)| key.to_owned()));
    if !waiting.is_empty() {
        let waiting = waiting.join(", ");
        warnings.push(format!("changed, and not in force before the next start: {waiting}"));
    }
    Ok(Revised { policies, limits: broker.limits, secured, log: options.log, warnings })
}

/// The keys by which an entrance differs from the one that is served, which goes on as it is.
fn changed(served: &Entrance, fresh: &Entrance) -> Vec<&'static str> {
    let origins = |entrance: &Entrance| entrance.websocket.as_ref().map(|one| one.origins.clone());
    let (before, now) = (origins(served), origins(fresh));
    [
        ("enable_proxy_protocol", served.proxy_header != fresh.proxy_header),
        ("certfile", served.tls.is_some() != fresh.tls.is_some()),
        ("protocol", before.is_some() != now.is_some()),
        ("websockets_origin", before.is_some() && now.is_some() && before != now),
    ]
    .into_iter()
    .filter_map(|(key, is_changed)| is_changed.then_some(key))
    .collect()
}
