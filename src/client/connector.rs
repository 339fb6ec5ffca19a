//! From settings to an accepted connection.

use std::io;
use std::time::Duration;

use tokio::time::timeout_at;

use super::error::words;
use super::link::{Link, Progress};
use super::trace::Trace;
use super::{Cause, Error, Notice, Notify, Server, Settings};
use crate::codec::{
    self, Connect, Disconnect, Frame, MAX_PACKET_SIZE, PacketType, Properties, Property,
    PropertyBuffer, Reason, Version,
};
use crate::net::{Route, Tls, clock, dial_in_steps};
use crate::secret::Secret;
use crate::session::{self, Client, Event, Message};

/// Seconds that the broker is asked to keep the session of a program that means to come back.
const COMES_BACK: u32 = 3600;

/// Seconds that stand for ever.
const FOR_EVER: u32 = u32::MAX;

/// How long the last bytes may take on their way out, and the last acknowledgements back.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

/// Letters behind `mq-` in an identifier made here; with it the 23 that 3.1 allows.
const ID_LETTERS: usize = 20;

/// What this program wants of a session beyond its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// What the settings say.
    AsAsked,
    /// The session is to survive a cut of the link, and to end with the program.
    WhileRunning,
}

/// Connects, first and again.
#[derive(Debug)]
pub(super) struct Connector<'a> {
    settings: &'a Settings,
    /// The broker that is or was connected to.
    server: &'a Server,
    /// Why the brokers before it did not take the connection.
    passed_over: Vec<Error>,
    notify: NotifyBox<'a>,
    keep: Keep,
    version: Version,
    client_id: String,
    /// A connection was accepted before.
    connected: bool,
    /// Version 5: unacknowledged messages that the broker may send at once.
    pub(super) receive_maximum: Option<u16>,
    /// Version 5: the broker is asked where answers to requests may go.
    pub(super) response_information: bool,
    /// Version 3: unacknowledged messages that this end sends at once.
    pub(super) window_v3: u16,
}

/// A notify with a `Debug`.
#[derive(Clone, Copy)]
struct NotifyBox<'a>(Notify<'a>);

impl std::fmt::Debug for NotifyBox<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Notify")
    }
}

/// A failed attempt, and whether an older version is worth another.
struct Failed {
    error: Error,
    older: bool,
}

impl From<Error> for Failed {
    fn from(error: Error) -> Self {
        Self { error, older: false }
    }
}

impl<'a> Connector<'a> {
    /// Nothing is sent yet.
    pub(super) fn new(settings: &'a Settings, notify: Notify<'a>, keep: Keep) -> Self {
        let mut tls = settings.servers().filter_map(|server| server.dial.tls.as_ref());
        if tls.any(Tls::is_insecure) {
            notify(&Notice::Insecure);
        }
        let version = settings.version.unwrap_or(Version::V5);
        let mut connector = Self {
            settings,
            server: &settings.server,
            passed_over: Vec::new(),
            notify: NotifyBox(notify),
            keep,
            version,
            client_id: settings.client_id.clone().unwrap_or_default(),
            connected: false,
            receive_maximum: None,
            response_information: false,
            window_v3: 20,
        };
        // Version 3.1 has no empty identifier, and a session to come back to needs a name.
        let needs_name = version == Version::V31 || connector.outlives_link();
        if connector.client_id.is_empty() && needs_name {
            let letters = std::iter::repeat_with(fastrand::alphanumeric).take(ID_LETTERS);
            connector.client_id = "mq-".chars().chain(letters).collect();
        }
        connector
    }

    /// The settings.
    pub(super) const fn settings(&self) -> &'a Settings {
        self.settings
    }

    /// The way to the broker that is or was connected to.
    pub(super) fn route(&self) -> Route {
        self.server.route()
    }

    /// Tells.
    pub(super) fn notify(&self, notice: &Notice<'_>) {
        (self.notify.0)(notice);
    }

    /// The version spoken now.
    pub(super) const fn version(&self) -> Version {
        self.version
    }

    /// The identifier, the broker's when it gave one.
    pub(super) fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Whether the session is asked to survive a cut of the link and end with the program.
    pub(super) fn outlives_link(&self) -> bool {
        matches!(self.keep, Keep::WhileRunning)
            && self.version.is_v5()
            && self.settings.clean
            && self.settings.asked_expiry().is_none()
    }

    /// The session expiry to ask for, in version 5.
    fn expiry(&self) -> Option<u32> {
        match self.settings.asked_expiry() {
            None if self.outlives_link() => Some(COMES_BACK),
            None if !self.settings.clean => Some(FOR_EVER),
            asked => asked,
        }
    }

    /// Version 5: whether the session is there for the next connection of this program.
    pub(super) fn comes_back(&self) -> bool {
        self.version.is_v5() && self.expiry().unwrap_or(0) > 0
    }

    /// Whether the user is right to expect that the session outlives a cut, and that the broker
    /// says so: version 3.1 has no word for it.
    pub(super) fn expects_session(&self) -> bool {
        let lasts = match self.version {
            Version::V31 => false,
            Version::V311 => !self.settings.clean,
            Version::V5 => self.comes_back(),
        };
        lasts && self.keep == Keep::AsAsked
    }

    /// Connects to the first of the brokers that takes the connection. Gives the messages that an
    /// earlier connection left unacknowledged in a session that is gone.
    ///
    /// What could be mended by trying again later is tried at the next broker; what could not ends
    /// it: a refused login is an answer, and a certificate that is not to be trusted is no reason
    /// to go elsewhere.
    pub(super) async fn connect<M: Message>(
        &mut self,
        session: &mut Client<M>,
    ) -> Result<(Link<'a>, Vec<M>), Error> {
        let mut failures = Vec::new();
        for server in self.settings.servers() {
            self.server = server;
            match self.connect_there(session).await {
                Ok(accepted) => {
                    self.passed_over = failures;
                    return Ok(accepted);
                }
                Err(error) => {
                    let goes_on = error.may_pass_elsewhere();
                    failures.push(error);
                    if !goes_on {
                        break;
                    }
                }
            }
        }
        Err(Error::of_all(failures))
    }

    /// How many brokers did not take the connection before one did, and why the first did not.
    pub(super) fn taken_passed_over(self) -> (usize, Option<Error>) {
        (self.passed_over.len(), self.passed_over.into_iter().next())
    }

    async fn connect_there<M: Message>(
        &mut self,
        session: &mut Client<M>,
    ) -> Result<(Link<'a>, Vec<M>), Error> {
        let first = match self.attempt(session).await {
            Ok(accepted) => return Ok(self.accepted(session, accepted)),
            Err(first) => first,
        };
        if !first.older || self.connected || self.settings.version.is_some() {
            return Err(first.error);
        }
        self.version = Version::V311;
        self.notify(&Notice::FellBack);
        match self.attempt(session).await {
            Ok(accepted) => Ok(self.accepted(session, accepted)),
            Err(Failed { error, .. }) => {
                // Who only closed may be another, or not ready: the next attempt begins anew.
                self.version = Version::V5;
                Err(error)
            }
        }
    }

    fn accepted<M: Message, T>(&mut self, session: &Client<M>, accepted: T) -> T {
        self.connected = true;
        if let Some(assigned) = &session.granted().assigned_client_id {
            self.client_id.clone_from(assigned);
        }
        accepted
    }

    async fn attempt<M: Message>(
        &self,
        session: &mut Client<M>,
    ) -> Result<(Link<'a>, Vec<M>), Failed> {
        let timeout = self.server.dial.timeout;
        let deadline = clock::now() + timeout;
        let (stream, steps) = dial_in_steps(&self.server.address, &self.server.dial)
            .await
            .map_err(|source| Error::Dial { route: self.route(), source })?;
        if let Some(name) = stream.common_name().filter(|_| !self.connected) {
            self.notify(&Notice::CommonName { name });
        }
        let traced = self.settings.debug;
        let trace = traced.then(|| Trace::new(self.notify.0, &self.client_id, self.version));
        let mut link = Link::new(stream, trace);
        link.steps = Some(steps);
        link.limit = self.packet_limit();
        self.ask(session, &mut link).map_err(Error::from)?;
        let accepted = timeout_at(deadline.into(), self.answer(session, &mut link)).await;
        let timed_out = || Err(Error::NoAnswer { route: self.route(), after: timeout }.into());
        let messages = accepted.unwrap_or_else(|_| timed_out())?;
        Ok((link, messages))
    }

    /// CONNECT.
    fn ask<M: Message>(
        &self,
        session: &mut Client<M>,
        link: &mut Link<'_>,
    ) -> Result<(), codec::EncodeError> {
        let settings = self.settings;
        let properties = self.properties()?;
        let connect = Connect {
            version: self.version,
            clean: settings.clean && !(self.comes_back() && self.connected),
            keep_alive: settings.keep_alive,
            client_id: &self.client_id,
            will: settings.will.as_ref().map(|will| codec::Will {
                topic: &will.topic,
                payload: &will.payload,
                qos: will.qos,
                retain: will.retain,
                properties: self.added(&settings.properties.will),
            }),
            username: self.server.username.as_deref(),
            password: self.server.password.as_ref().map(Secret::expose),
            properties: properties.as_properties(),
        };
        if !self.version.is_v5() {
            session.set_window(self.window_v3);
        }
        session.connect(&connect, clock::now(), &mut link.output)
    }

    /// CONNECT's properties: the user's, and what those leave to this client.
    fn properties(&self) -> Result<PropertyBuffer, codec::EncodeError> {
        let given = self.added(&self.settings.properties.connect);
        let mut all = PropertyBuffer::new();
        all.extend(given);
        if !self.version.is_v5() {
            return Ok(all);
        }
        let has = |wanted: Property<'_>| given.iter().any(|one| one.is_like(&wanted));
        let expiry = self.expiry().map(Property::SessionExpiryInterval);
        let maximum = self.receive_maximum.map(Property::ReceiveMaximum);
        let information =
            self.response_information.then_some(Property::RequestResponseInformation(1));
        for property in
            [expiry, maximum, information].into_iter().flatten().filter(|one| !has(*one))
        {
            all.push(property)?;
        }
        Ok(all)
    }

    /// What the user adds to a packet: nothing before version 5.
    pub(super) fn added<'p>(&self, properties: &'p PropertyBuffer) -> Properties<'p> {
        if self.version.is_v5() { properties.as_properties() } else { Properties::EMPTY }
    }

    /// Bytes of the largest packet that the broker may send.
    fn packet_limit(&self) -> u32 {
        let properties = self.added(&self.settings.properties.connect);
        let asked = properties.find(|property| match property {
            Property::MaximumPacketSize(size) => Some(size),
            _ => None,
        });
        asked.unwrap_or(MAX_PACKET_SIZE)
    }

    /// CONNACK.
    async fn answer<M: Message>(
        &self,
        session: &mut Client<M>,
        link: &mut Link<'_>,
    ) -> Result<Vec<M>, Failed> {
        let not_accepted = |cause: Cause| Error::NotAccepted { route: self.route(), cause };
        loop {
            match link.progress().await {
                Ok(Progress::Arrived) => {}
                Ok(Progress::Flushed) => continue,
                Err(cause) => {
                    // Some brokers of version 3 close without a word.
                    let closed = match &cause {
                        Cause::Closed => true,
                        // what breaks a rule of the layer below would break it again
                        Cause::Io(error) => error.kind() != io::ErrorKind::InvalidData,
                        _ => false,
                    };
                    let older = closed && !link.has_input();
                    return Err(Failed { error: not_accepted(cause), older });
                }
            }
            let (mut packets, output) = link.packets();
            let frame = packets.next();
            let frame = frame.map_err(|cause| if packets.is_http() { Cause::Http } else { cause });
            let Some(frame) = frame.map_err(not_accepted)? else { continue };
            let (taken, packet_type) = (packets.taken, frame.packet_type());
            if let Some(reason) = self.version_3_refusal(frame) {
                return Err(self.refused(reason, None));
            }
            let event = session.receive(frame, clock::now(), output);
            match event.map_err(|error| not_accepted(error.into()))? {
                Event::Connected(messages) => {
                    link.consume(taken);
                    return Ok(messages);
                }
                Event::Refused(reason, properties) => {
                    return Err(self.refused(reason, words(&properties)));
                }
                _ => {
                    let error =
                        packet_type.map_or_else(session::Error::from, session::Error::Unexpected);
                    return Err(not_accepted(error.into()).into());
                }
            }
        }
    }

    /// The two bytes by which a broker of version 3 refuses a CONNECT of version 5.
    fn version_3_refusal(&self, frame: Frame<'_>) -> Option<Reason> {
        match frame.body() {
            &[_, code @ 1..=5]
                if self.version.is_v5() && frame.packet_type() == Ok(PacketType::Connack) =>
            {
                Reason::from_return_code(code)
            }
            _ => None,
        }
    }

    fn refused(&self, reason: Reason, text: Option<String>) -> Failed {
        let older = reason == Reason::UnsupportedProtocolVersion;
        let route = self.route();
        let with_login = self.server.username.is_some() || self.server.password.is_some();
        let version = self.version;
        Failed { error: Error::Refused { route, reason, text, version, with_login }, older }
    }

    /// An established connection ended.
    pub(super) fn lost(&self, cause: Cause) -> Error {
        if let Cause::Told { reason: Reason::SessionTakenOver, .. } = cause {
            let client_id = self.client_id.clone();
            return Error::TakenOver { route: self.route(), client_id };
        }
        Error::Lost { route: self.route(), cause }
    }

    /// Tells a broker that broke the protocol what it did.
    pub(super) async fn object<M: Message>(
        &self,
        cause: &Cause,
        session: &mut Client<M>,
        link: &mut Link<'_>,
    ) {
        if let Cause::Protocol(error) = cause {
            session.disconnect(Disconnect::new(error.reason()), &mut link.output);
            let _ = link.leave(FAREWELL).await;
        }
    }

    /// DISCONNECT, and the end of a session that was only to survive cuts.
    pub(super) fn disconnect<M: Message>(&self, session: &mut Client<M>, link: &mut Link<'_>) {
        self.disconnect_with(Reason::Success, session, link);
    }

    /// [`Self::disconnect`] for a reason, which version 3 leaves out.
    pub(super) fn disconnect_with<M: Message>(
        &self,
        reason: Reason,
        session: &mut Client<M>,
        link: &mut Link<'_>,
    ) {
        let given = self.added(&self.settings.properties.disconnect);
        let mut properties = PropertyBuffer::new();
        properties.extend(given);
        let at_once = Property::SessionExpiryInterval(0);
        if self.outlives_link() && !given.iter().any(|one| one.is_like(&at_once)) {
            // Four bytes always fit.
            let _ = properties.push(at_once);
        }
        let disconnect = Disconnect { reason, properties: properties.as_properties() };
        session.disconnect(disconnect, &mut link.output);
    }
}
