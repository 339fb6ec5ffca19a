//! What speaks against a CONNECT, and what its client is granted.

use std::rc::Rc;

use super::access::Refusal;
use super::event::End;
use super::policy::Policy;
use super::publish::BROKER_TOPICS;
use super::router::Router;
use crate::codec::{Connect, Properties, Property, Reason, Version, Will};
use crate::net::random_bytes;
use crate::session::Server;
use crate::topic;

/// A CONNECT that is not taken: what the client is told, and why its connection ends.
pub(super) type NotTaken = (Reason, End);

/// What the client is told is why.
pub(super) const fn refused(reason: Reason) -> NotTaken {
    (reason, End::Refused(reason))
}

fn turned_away(refusal: Refusal) -> NotTaken {
    (refusal.reason(), End::TurnedAway(refusal))
}

impl Router {
    /// What speaks against a CONNECT that is well formed.
    pub(super) fn check(&self, listener: usize, connect: &Connect<'_>) -> Result<(), NotTaken> {
        let policy = self.policies.of(listener);
        if !policy.versions.has(connect.version) {
            return Err(refused(Reason::UnsupportedProtocolVersion));
        }
        let method = connect
            .properties
            .iter()
            .any(|property| matches!(property, Property::AuthenticationMethod(_)));
        if method {
            return Err(refused(Reason::BadAuthenticationMethod));
        }
        // Version 5 gets an identifier; before, only with a clean session, and 3.1 never.
        if connect.client_id.is_empty() && !policy.user_as_client_id {
            let is_assigned = match connect.version {
                Version::V31 => false,
                Version::V311 => connect.clean,
                Version::V5 => true,
            };
            if !is_assigned || !policy.assigns_client_ids {
                return Err(refused(Reason::ClientIdentifierNotValid));
            }
        }
        if let Some(will) = &connect.will {
            self.check_will(policy, will).map_err(refused)?;
        }
        if self.sheds_client(connect) || self.is_excessive(connect.properties) {
            return Err(refused(Reason::QuotaExceeded));
        }
        self.granted_keep_alive(connect).map(|_| ())
    }

    fn check_will(&self, policy: &Policy, will: &Will<'_>) -> Result<(), Reason> {
        let topic = policy.whole_name(will.topic);
        if self.is_too_deep(&topic) {
            return Err(Reason::TopicNameInvalid);
        }
        if topic.starts_with(BROKER_TOPICS) {
            return Err(Reason::NotAuthorized);
        }
        if will.qos > policy.maximum_qos {
            return Err(Reason::QosNotSupported);
        }
        if will.retain && !self.limits.retains {
            return Err(Reason::RetainNotSupported);
        }
        if self.is_excessive(will.properties) || will.payload.len() > self.limits.message_bytes {
            return Err(Reason::QuotaExceeded);
        }
        Ok(())
    }

    /// Whether a topic, as it is inside the broker, has more levels than a topic may have, or more
    /// bytes.
    pub(super) fn is_too_deep(&self, topic: &str) -> bool {
        let levels = self.limits.topic_levels;
        topic.len() >= levels
            && (topic::level_count(topic) > levels || u16::try_from(topic.len()).is_err())
    }

    /// Whether properties are over the limits that the specification does not know.
    pub(super) fn is_excessive(&self, properties: Properties<'_>) -> bool {
        self.limits.are_exceeded_by(properties)
    }

    /// The identifier that counts for a client whose login is taken.
    pub(super) fn client_id(
        &self,
        listener: usize,
        connect: &Connect<'_>,
        user: Option<&str>,
    ) -> Result<Rc<str>, NotTaken> {
        let policy = self.policies.of(listener);
        let client_id: Rc<str> = if policy.user_as_client_id {
            let name = user.or(connect.username).filter(|name| !name.is_empty());
            name.ok_or_else(|| turned_away(Refusal::NoName))?.into()
        } else if connect.client_id.is_empty() {
            // Without one that nobody guesses somebody else could take the session over.
            let random = random_bytes().map_err(|_| refused(Reason::ServerUnavailable))?;
            format!("{}{:032x}", policy.assigned_prefix, u128::from_be_bytes(random)).into()
        } else {
            connect.client_id.into()
        };
        if !client_id.starts_with(&*policy.client_id_prefix) {
            return Err(turned_away(Refusal::IdPrefix));
        }
        if !self.by_client_id.contains_key(&client_id) && self.sessions.len() >= self.limits.clients
        {
            return Err((Reason::ServerBusy, End::OverLimit("clients")));
        }
        self.owns(&client_id, user, listener).map_err(turned_away)?;
        Ok(client_id)
    }

    /// Seconds that the session may outlive its connection.
    pub(super) fn granted_expiry(&self, connect: &Connect<'_>, server: &Server) -> u32 {
        let cap = u32::try_from(self.limits.session_expiry.as_secs()).unwrap_or(u32::MAX);
        match connect.version {
            Version::V5 => server.session_expiry().min(cap),
            _ if connect.clean => 0,
            _ => cap,
        }
    }

    /// Seconds of the keep-alive that holds. Before version 5 a client cannot be told of another
    /// one, and is refused as mosquitto does.
    pub(super) fn granted_keep_alive(&self, connect: &Connect<'_>) -> Result<u16, NotTaken> {
        let (asked, most) = (connect.keep_alive, self.limits.keep_alive);
        if most == 0 || (asked != 0 && asked <= most) {
            Ok(asked)
        } else if connect.version.is_v5() {
            Ok(most)
        } else {
            let over = End::OverLimit("keep-alive");
            Err((Reason::ClientIdentifierNotValid, over))
        }
    }
}
