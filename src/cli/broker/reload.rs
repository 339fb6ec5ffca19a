//! SIGHUP: files are read again while the broker serves.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use super::plan::{Plan, Read};
use crate::broker::{Command, Commands, ListenerOptions, Policy};
use crate::cli::output;
use crate::net::ListenAddress;
use crate::process::Hangups;

/// Files are not read more often, however many signals come: each reading costs a processor that
/// the broker's clients could have.
const REST: Duration = Duration::from_millis(100);

/// Reads the plan's files at each signal, and puts what they say of users and rules in force; when
/// anything is wrong with them, all stays as it was.
pub(super) async fn follow(
    plan: Arc<Plan>,
    places: Vec<ListenAddress>,
    commands: Commands,
    mut hangups: Hangups,
) -> Infallible {
    loop {
        hangups.next().await;
        let reader = Arc::clone(&plan);
        // On a thread of its own: the broker serves meanwhile.
        let read = tokio::task::spawn_blocking(move || reader.read()).await;
        let revised = match read {
            Ok(read) => read.and_then(|read| revised(&places, read)),
            Err(panic) => Err(anyhow::Error::new(panic)),
        };
        match revised {
            Ok(policies) => {
                commands.ask(Command::Policies(policies));
                output::note("the files are read again: users and rules are in force as they say");
            }
            Err(error) => output::error(&format!("{error:#}; all stays as it was")),
        }
        tokio::time::sleep(REST).await;
    }
}

/// What the files say now for the listeners that are served.
fn revised(places: &[ListenAddress], read: Read) -> anyhow::Result<Vec<Policy>> {
    let mut listeners = read.broker.listeners;
    let mut policies = Vec::with_capacity(places.len());
    for place in places {
        let of_place = |listener: &ListenerOptions| listener.address == *place;
        let Some(at) = listeners.iter().position(of_place) else {
            anyhow::bail!("the listener at {place} is gone: start the broker again without it");
        };
        policies.push(listeners.remove(at).policy);
    }
    for warning in &read.warnings {
        output::note(warning);
    }
    for listener in listeners {
        output::note(&format!(
            "the listener at {} is new: start the broker again to serve there",
            listener.address
        ));
    }
    Ok(policies)
}
