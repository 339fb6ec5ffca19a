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
struct Revised {
    policies: Vec<Policy>,
    limits: Limits,
    /// Each with what takes its place.
    secured: Vec<(TlsServer, TlsServer)>,
    /// What they say of the log.
    log: options::Log,
    warnings: Vec<String>,
}

impl Revised {
    /// Has the broker do so; what is to be said of it.
    fn put_in_force(self, commands: &Commands) -> Vec<String> {
        for (server, fresh) in &self.secured {
            server.take(fresh);
        }
        commands.ask(Command::Limits(Box::new(self.limits)));
        commands.ask(Command::Policies(self.policies));
        self.warnings
    }
}

/// Who tells what comes of reading the files again, and has the log that they may speak of.
pub(super) trait Reader {
    /// A signal came.
    fn begins(&self) {}

    /// Goes on with the log as the files say now, or where they say nothing, in its file opened
    /// anew. What fails leaves it where it was.
    fn take(&self, said: Option<&options::Log>) -> anyhow::Result<()>;

    /// The log goes on where it was.
    fn keeps_log(&self, why: &anyhow::Error);

    /// What the files say is in force.
    fn done(&self, warnings: &[String]);

    /// All stays as it was.
    fn failed(&self, why: &anyhow::Error);
}

/// Reads the plan's files, if it has some, at each signal, and puts what they say in force; when
/// anything is wrong with them, all stays as it was.
pub(super) async fn follow(
    plan: &Arc<Plan>,
    served: &Served,
    commands: &Commands,
    mut hangups: Hangups,
    reader: impl Reader,
) -> Infallible {
    loop {
        hangups.next().await;
        reader.begins();
        let revised = if plan.has_files() { Some(once(plan, served).await) } else { None };
        let said = revised.as_ref().and_then(|revised| revised.as_ref().ok());
        if let Err(error) = reader.take(said.map(|revised| &revised.log)) {
            reader.keeps_log(&error);
        }
        match revised {
            Some(Ok(revised)) => reader.done(&revised.put_in_force(commands)),
            Some(Err(error)) => reader.failed(&error),
            None => {}
        }
        tokio::time::sleep(REST).await;
    }
}

/// In our own words, where there is a log in mosquitto's form as well.
impl Reader for Option<Logs> {
    fn take(&self, said: Option<&options::Log>) -> anyhow::Result<()> {
        match (self, said) {
            (None, _) => Ok(()),
            (Some(logs), Some(said)) => logs.take(said),
            (Some(logs), None) => logs.reopen(),
        }
    }

    fn keeps_log(&self, why: &anyhow::Error) {
        output::error(&format!("{why:#}; the log goes on where it was"));
    }

    fn done(&self, warnings: &[String]) {
        for warning in warnings {
            output::note(warning);
        }
        output::note("the files are read again: what they say is in force");
    }

    fn failed(&self, why: &anyhow::Error) {
        output::error(&format!("{}; all stays as it was", hint::describe(why)));
    }
}

/// Reads the plan's files for the listeners that serve.
async fn once(plan: &Arc<Plan>, served: &Served) -> anyhow::Result<Revised> {
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
