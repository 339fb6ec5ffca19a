//! A connection for who drives it, and many more, by himself.

use super::connector::{Connector, Keep};
use super::first::first;
use super::{Error, Notify, Settings};
use crate::codec::Qos;
use crate::net::{Steps, Stream};
use crate::session::{Client, Message};

/// A connection on which the broker has accepted the client.
#[derive(Debug)]
pub struct Opened {
    /// Bytes go and come here.
    pub stream: Stream,
    /// When dialling came how far; CONNECT was sent when it was ready.
    pub steps: Option<Steps>,
    /// Bytes that came behind CONNACK already.
    pub arrived: Vec<u8>,
    /// The broker's place among all, in the order in which they were tried.
    pub place: usize,
    /// Why the first of them did not take the connection, where it did not.
    pub passed_over: Option<Error>,
}

/// Connects as every client does, to the first broker that there is, with the fall back to 3.1.1,
/// and gives the connection away. The session, that of a client who publishes at `qos`, is connected then.
pub async fn open<M: Message>(
    settings: &Settings,
    session: &mut Client<M>,
    qos: Qos,
    notify: Notify<'_>,
) -> Result<Opened, Error> {
    let mut connector = Connector::new(settings, notify, Keep::AsAsked);
    connector.window_v3 = settings.windows(qos).1;
    let link = first(&mut connector, session).await?;
    let steps = link.steps;
    let (stream, arrived) = link.into_parts();
    let (place, passed_over) = connector.taken_passed_over();
    Ok(Opened { stream, steps, arrived, place, passed_over })
}
