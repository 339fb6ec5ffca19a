//! SUBSCRIBE and UNSUBSCRIBE.

use std::borrow::Cow;
use std::rc::Rc;
use std::time::Instant;

use super::connection::{ConnectionKey, Phase};
use super::event::{Denied, Event};
use super::mount::View;
use super::promises::Promise;
use super::route::Subscription;
use super::router::Router;
use super::session::{RetainedWalk, SessionKey, Standing};
use crate::codec::{
    self, Packet, Properties, Property, Qos, Reason, RetainHandling, Suback, Subscribe,
    Unsubscribe, Version,
};
use crate::topic::{self, Shared};

impl Router {
    /// Takes a SUBSCRIBE: one code a filter, in order `[MQTT-3.9.3-1]`.
    pub(super) fn subscribe(
        &mut self,
        key: ConnectionKey,
        session: SessionKey,
        subscribe: &Subscribe<'_>,
        now: Instant,
    ) {
        let identifier = subscribe.properties.find(|property| match property {
            Property::SubscriptionIdentifier(identifier) => Some(identifier),
            _ => None,
        });
        let excessive = self.is_excessive(subscribe.properties);
        let mut codes = Vec::new();
        for (at, (filter, options)) in subscribe.filters.iter().enumerate() {
            // More filters than a client may have cannot all be granted; work ends there.
            let result = if excessive || at >= self.limits.subscriptions {
                Err(Reason::QuotaExceeded)
            } else if let Some(filter) = self.whole_filter(session, filter) {
                let standing = Standing { options, identifier };
                let result = self.subscribe_one(session, &filter, standing);
                self.tell_subscribed(session, &filter, result);
                result
            } else {
                Err(Reason::TopicFilterInvalid)
            };
            codes.push(result.unwrap_or_else(|reason| reason).code());
        }
        let Some(version) = self.version(key) else {
            return;
        };
        if !version.is_v5() {
            // 0x80 is the one refusal that version 3 knows.
            codes.iter_mut().filter(|code| **code > 0x80).for_each(|code| *code = 0x80);
        }
        let suback = Suback { id: subscribe.id, properties: Properties::EMPTY, codes: &codes };
        self.answer(key, &Packet::Suback(suback), version, now);
        self.pump_later(session);
    }

    /// A client's filter inside the broker; `None` when it is longer than a filter may be.
    fn whole_filter<'a>(&self, key: SessionKey, filter: &'a str) -> Option<Cow<'a, str>> {
        match self.session_ref(key).and_then(|session| session.mount.as_ref()) {
            None => Some(Cow::Borrowed(filter)),
            Some(mount) => mount.filter(filter).map(Cow::Owned),
        }
    }

    /// Takes one subscription with its whole filter.
    fn subscribe_one(
        &mut self,
        key: SessionKey,
        filter: &str,
        mut standing: Standing,
    ) -> Result<Reason, Reason> {
        if self.is_in_vain(key, filter) {
            self.tell_denied(key, Denied::Subscription, filter);
            return Err(Reason::NotAuthorized);
        }
        let (most, most_levels) = (self.limits.subscriptions, self.limits.subscription_levels);
        let (levels, is_short) = (topic::level_count(filter), self.memory.is_short);
        if levels > self.limits.topic_levels {
            return Err(Reason::TopicFilterInvalid);
        }
        let Some(session) = self.sessions.get_mut(key.at).filter(|s| s.tenant == key.tenant) else {
            return Err(Reason::UnspecifiedError);
        };
        let highest = self.policies.of(session.listener).maximum_qos;
        standing.options.qos = standing.options.qos.min(highest);
        let plain = Shared::parse(filter).map_or(filter, |shared| shared.filter);
        let view = View::new(plain, session.mount.as_ref());
        let known = session.subscriptions.contains_key(filter);
        if !known {
            let sum = session.levels.saturating_add(levels);
            if is_short || session.subscriptions.len() >= most || sum > most_levels {
                return Err(Reason::QuotaExceeded);
            }
            session.levels = sum;
        }
        session.subscriptions.insert(filter.into(), standing);
        let Standing { options, identifier } = standing;
        self.subscriptions.insert(filter, Subscription { session: key, options, view, identifier });
        let retained = match options.retain_handling {
            RetainHandling::Send => true,
            RetainHandling::SendIfNew => !known,
            RetainHandling::Never => false,
        };
        // Shared subscriptions get no retained messages: which member would?
        if retained && plain == filter && self.retained.len() > 0 {
            self.begin_walk(key, (filter, view), standing);
        }
        Ok(match options.qos as u8 {
            0 => Reason::Success,
            1 => Reason::GrantedQos1,
            _ => Reason::GrantedQos2,
        })
    }

    fn tell_subscribed(&mut self, key: SessionKey, filter: &str, result: Result<Reason, Reason>) {
        // The reasons that grant are numbered as what they grant.
        let granted = result.and_then(|reason| Qos::from_bits(reason.code()).ok_or(reason));
        if let Some(client_id) = self.id_of(key) {
            let peer = self.peer_of(key);
            self.tell(Event::Subscribed { client_id: &client_id, peer: &peer, filter, granted });
        }
    }

    fn begin_walk(
        &mut self,
        key: SessionKey,
        (filter, view): (&str, View),
        Standing { options, identifier }: Standing,
    ) {
        let walk = self.retained.walk(filter, view);
        let identifiers = identifier.map(|identifier| Rc::from([identifier]));
        if let Some(session) = self.session(key) {
            // All of it goes again, but only once: a client that asks on and on gets no more.
            session.walks.retain(|pending| !pending.walk.is_for(filter));
            session.walks.push_back(RetainedWalk { walk, qos: options.qos, identifiers });
        }
    }

    /// Takes an UNSUBSCRIBE `[MQTT-3.10.4-1]`.
    pub(super) fn unsubscribe(
        &mut self,
        key: ConnectionKey,
        session: SessionKey,
        unsubscribe: &Unsubscribe<'_>,
        now: Instant,
    ) {
        let mut codes = Vec::new();
        for filter in unsubscribe.filters.iter() {
            // One that is too long was never had.
            let filter = self.whole_filter(session, filter).unwrap_or_default();
            let filter = &*filter;
            // The session is asked first: what it never had must not cost everybody their routes.
            let known = self.session(session).is_some_and(|session| {
                session.walks.retain(|pending| !pending.walk.is_for(filter));
                let known = session.subscriptions.remove(filter).is_some();
                if known {
                    let levels = topic::level_count(filter);
                    session.levels = session.levels.saturating_sub(levels);
                }
                known
            });
            if known {
                self.subscriptions.remove(filter, session);
                if let Some(client_id) = self.id_of(session) {
                    let peer = self.peer_of(session);
                    self.tell(Event::Unsubscribed { client_id: &client_id, peer: &peer, filter });
                }
            }
            let reason = if known { Reason::Success } else { Reason::NoSubscriptionExisted };
            codes.push(reason.code());
        }
        let Some(version) = self.version(key) else {
            return;
        };
        if !version.is_v5() {
            codes.clear();
        }
        let unsuback = Suback { id: unsubscribe.id, properties: Properties::EMPTY, codes: &codes };
        self.answer(key, &Packet::Unsuback(unsuback), version, now);
    }

    fn version(&mut self, key: ConnectionKey) -> Option<Version> {
        match &self.connection(key)?.phase {
            Phase::Open(server, _) => Some(server.version()),
            _ => None,
        }
    }

    fn answer(&mut self, key: ConnectionKey, packet: &Packet<'_>, version: Version, now: Instant) {
        let mut bytes = Vec::new();
        // One byte a filter: shorter than the request that asked.
        if packet.encode(version, &mut bytes).is_err() {
            return;
        }
        let most = match self.connection(key).map(|connection| &connection.phase) {
            Some(Phase::Open(server, _)) => server.maximum_packet_size(),
            _ => return,
        };
        let size = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if size <= most {
            self.promise(key, Promise::Answer(bytes));
        } else {
            // It may not be sent, and without it the client would wait for ever [MQTT-3.1.2-24].
            let error = codec::Error::PacketTooLarge { size, limit: most };
            self.fail(key, error.into(), now);
        }
    }
}
