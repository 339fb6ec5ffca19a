//! SIGHUP: files are read again while the broker serves.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use super::mosquitto_log::MosquittoLog;
use super::plan::{Plan, Read};
use crate::broker::{Command, Commands, ListenerOptions, Policy};
use crate::cli::output;
use crate::net::{ListenAddress, TlsServer};
use crate::process::Hangups;

/// Files are not read more often, however many signals come: each reading costs a processor that
/// the broker's clients could have.
const REST: Duration = Duration::from_millis(100);

/// The listeners of a broker that serves.
#[derive(Debug)]
pub(super) struct Served {
    places: Vec<ListenAddress>,
    secured: Vec<TlsServer>,
}

impl Served {
    pub(super) fn of(listeners: &[ListenerOptions]) -> Self {
        let places = listeners.iter().map(|listener| listener.address.clone()).collect();
        let secured = listeners.iter().filter_map(|listener| listener.entrance.tls.clone());
        Self { places, secured: secured.collect() }
    }

    /// Where they listen.
    pub(super) fn places(&self) -> &[ListenAddress] {
        &self.places
    }

    /// Takes the certificates as their files are now.
    fn renew(&self) -> anyhow::Result<()> {
        self.secured.iter().try_for_each(|server| Ok(server.reload()?))
    }
}

/// What the files say now.
#[derive(Debug)]
pub(super) struct Revised {
    policies: Vec<Policy>,
    warnings: Vec<String>,
}

impl Revised {
    /// Asks the broker to do so; what is to be said of it.
    pub(super) fn put_in_force(self, commands: &Commands) -> Vec<String> {
        commands.ask(Command::Policies(self.policies));
        self.warnings
    }
}

/// Reads the plan's files at each signal, and puts what they say of users and rules in force; when
/// anything is wrong with them, all stays as it was.
pub(super) async fn follow(
    plan: Arc<Plan>,
    (served, log): (Served, Option<MosquittoLog>),
    commands: Commands,
    mut hangups: Hangups,
) -> Infallible {
    loop {
        hangups.next().await;
        if let Some(Err(error)) = log.as_ref().map(MosquittoLog::reopen) {
            output::error(&format!("{error:#}; the log goes on where it was"));
        }
        match once(&plan, &served).await {
            Ok(revised) => {
                for warning in revised.put_in_force(&commands) {
                    output::note(&warning);
                }
                output::note(
                    "the files are read again: users, rules and certificates are in force as they say",
                );
            }
            Err(error) => output::error(&format!("{error:#}; all stays as it was")),
        }
        rest().await;
    }
}

/// Between two readings.
pub(super) async fn rest() {
    tokio::time::sleep(REST).await;
}

/// Reads the plan's files for the listeners that serve; their certificates are in force then.
pub(super) async fn once(plan: &Arc<Plan>, served: &Served) -> anyhow::Result<Revised> {
    let reader = Arc::clone(plan);
    // On a thread of its own: the broker serves meanwhile.
    let read = tokio::task::spawn_blocking(move || reader.read()).await??;
    let revised = revised(&served.places, read)?;
    served.renew()?;
    Ok(revised)
}

fn revised(places: &[ListenAddress], read: Read) -> anyhow::Result<Revised> {
    let (mut listeners, mut warnings) = (read.broker.listeners, read.warnings);
    let mut policies = Vec::with_capacity(places.len());
    for place in places {
        let of_place = |listener: &ListenerOptions| listener.address == *place;
        let Some(at) = listeners.iter().position(of_place) else {
            anyhow::bail!("the listener at {place} is gone: start the broker again without it");
        };
        policies.push(listeners.remove(at).policy);
    }
    warnings.extend(listeners.iter().map(|listener| {
        format!(
            "the listener at {} is new: start the broker again to serve there",
            listener.address
        )
    }));
    Ok(Revised { policies, warnings })
}
