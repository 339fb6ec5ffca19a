//! Who gets a message: subscriptions in their tree, and the routes drawn from it.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;

use super::mount::View;
use super::session::SessionKey;
use crate::codec::{Qos, SubscriptionOptions};
use crate::topic::{Shared, Tree};

/// One session's subscription to a filter.
#[derive(Debug, Clone, Copy)]
pub(super) struct Subscription {
    pub(super) session: SessionKey,
    pub(super) options: SubscriptionOptions,
    pub(super) view: View,
    /// The subscription identifier that goes with each message.
    pub(super) identifier: Option<u32>,
}

/// The subscriptions to one filter.
#[derive(Debug, Default)]
struct Subscribers {
    single: Vec<Subscription>,
    groups: Vec<(Box<str>, Rc<Group>)>,
}

/// A group that shares one subscription: each message goes to one member.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) members: Vec<Subscription>,
    /// Where the search for the next member begins.
    pub(super) next: Cell<usize>,
}

/// What one session gets of a topic, all its matching subscriptions taken together: one copy,
/// the highest QoS `[MQTT-3.3.4-2]`, all subscription identifiers `[MQTT-3.3.4-4]`.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    pub(super) qos: Qos,
    pub(super) retain_as_published: bool,
    /// Bytes of the topic that the client does not see.
    pub(super) mount: u16,
    pub(super) identifiers: Option<Rc<[u32]>>,
}

/// One session on a route.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) session: SessionKey,
    pub(super) terms: Terms,
    /// For the session's own messages, where no-local makes a difference.
    pub(super) own: Own,
}

/// What no-local makes of a session's own messages.
#[derive(Debug)]
pub(super) enum Own {
    Same,
    Nothing,
    Other(Terms),
}

impl Target {
    /// The terms for a message of this publisher.
    pub(super) fn terms_for(&self, publisher: Option<SessionKey>) -> Option<&Terms> {
        if publisher != Some(self.session) {
            return Some(&self.terms);
        }
        match &self.own {
            Own::Same => Some(&self.terms),
            Own::Nothing => None,
            Own::Other(terms) => Some(terms),
        }
    }
}

/// Everybody who gets the messages of one topic.
#[derive(Debug)]
pub(super) struct Route {
    pub(super) topic: Rc<str>,
    pub(super) targets: Vec<Target>,
    pub(super) groups: Vec<Rc<Group>>,
}

/// Routes kept for reuse; enough for a busy broker's topics, bounded for one that sees new topics
/// all the time.
const CACHED_ROUTES: usize = 4_096;
/// Sessions on all routes kept, some megabytes: many sessions on `#` are on every route.
const CACHED_TARGETS: usize = 65_536;
/// Longer topics are rare and not worth the memory.
const CACHED_TOPIC_BYTES: usize = 256;

/// All subscriptions.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    tree: Tree<Subscribers>,
    cache: HashMap<Rc<str>, Rc<Route>>,
    /// Sessions on all cached routes together: what the cache costs.
    cached_targets: usize,
    /// The route used last: publishers repeat their topics.
    last: Option<Rc<Route>>,
    /// How many there are, and how many of groups.
    pub(super) single: usize,
    pub(super) shared: usize,
}

impl Subscriptions {
    /// Adds or replaces a session's subscription; true when it is new `[MQTT-3.8.4-3]`.
    pub(super) fn insert(&mut self, filter: &str, subscription: Subscription) -> bool {
        self.forget_routes();
        let replace_or_push = |list: &mut Vec<Subscription>| match list
            .iter_mut()
            .find(|other| other.session == subscription.session)
        {
            Some(other) => {
                *other = subscription;
                false
            }
            None => {
                list.push(subscription);
                true
            }
        };
        let Some(shared) = Shared::parse(filter) else {
            let is_new = replace_or_push(&mut self.tree.entry(filter).single);
            self.single += usize::from(is_new);
            return is_new;
        };
        let groups = &mut self.tree.entry(shared.filter).groups;
        let at = groups.iter().position(|(name, _)| **name == *shared.group);
        let at = at.unwrap_or_else(|| {
            groups.push((shared.group.into(), Rc::default()));
            groups.len() - 1
        });
        // Routes that shared the group were forgotten above, so this copies nothing.
        let is_new = replace_or_push(&mut Rc::make_mut(&mut groups[at].1).members);
        self.shared += usize::from(is_new);
        is_new
    }

    /// Removes a session's subscription; false when there was none.
    pub(super) fn remove(&mut self, filter: &str, session: SessionKey) -> bool {
        self.forget_routes();
        let plain = Shared::parse(filter).map_or(filter, |shared| shared.filter);
        let Some(subscribers) = self.tree.get_mut(plain) else {
            return false;
        };
        let before = subscribers.count();
        match Shared::parse(filter) {
            None => subscribers.single.retain(|other| other.session != session),
            Some(shared) => {
                for (name, group) in &mut subscribers.groups {
                    if **name == *shared.group {
                        Rc::make_mut(group).members.retain(|other| other.session != session);
                    }
                }
                subscribers.groups.retain(|(_, group)| !group.members.is_empty());
            }
        }
        let after = subscribers.count();
        if after == 0 {
            self.tree.remove(plain);
        }
        let gone = before - after;
        if Shared::parse(filter).is_some() {
            self.shared -= gone;
        } else {
            self.single -= gone;
        }
        gone > 0
    }

    /// Nodes of the tree; 1 when there is no subscription.
    #[cfg(test)]
    pub(super) fn node_count(&self) -> usize {
        self.tree.node_count()
    }

    /// What routes were drawn from has changed.
    pub(super) fn forget_routes(&mut self) {
        self.cache.clear();
        self.cached_targets = 0;
        self.last = None;
    }

    /// The route of a topic, to sessions that `may_read` it. That is asked once for all messages on
    /// a route that is kept: when it changes, routes are forgotten.
    pub(super) fn route(
        &mut self,
        topic: &str,
        may_read: impl Fn(SessionKey) -> bool,
    ) -> Rc<Route> {
        if let Some(last) = &self.last
            && *last.topic == *topic
        {
            return Rc::clone(last);
        }
        let route = match self.cache.get(topic) {
            Some(route) => Rc::clone(route),
            None => self.draw(topic, may_read),
        };
        self.last = Some(Rc::clone(&route));
        route
    }

    fn draw(&mut self, topic: &str, may_read: impl Fn(SessionKey) -> bool) -> Rc<Route> {
        let (mut all, mut groups) = (Vec::new(), Vec::new());
        let reads = |subscription: &&Subscription| {
            subscription.view.shows(topic) && may_read(subscription.session)
        };
        self.tree.matching(topic, |subscribers| {
            all.extend(subscribers.single.iter().filter(reads).copied());
            groups.extend(subscribers.groups.iter().map(|(_, group)| group.of_members(reads)));
        });
        all.sort_by_key(|subscription| subscription.session);
        let targets = all.chunk_by(|a, b| a.session == b.session).filter_map(Target::new).collect();
        let route = Rc::new(Route { topic: topic.into(), targets, groups });
        if topic.len() <= CACHED_TOPIC_BYTES {
            self.cached_targets += route.targets.len();
            if self.cache.len() >= CACHED_ROUTES || self.cached_targets > CACHED_TARGETS {
                self.cache.clear();
                self.cached_targets = route.targets.len();
            }
            self.cache.insert(Rc::clone(&route.topic), Rc::clone(&route));
        }
        route
    }
}

impl Subscribers {
    fn count(&self) -> usize {
        self.single.len() + self.groups.iter().map(|(_, group)| group.members.len()).sum::<usize>()
    }
}

impl Group {
    /// The group itself, or, where some of its members are left out, one of the others alone.
    fn of_members(self: &Rc<Self>, reads: impl Fn(&&Subscription) -> bool) -> Rc<Self> {
        let members: Vec<_> = self.members.iter().filter(&reads).copied().collect();
        if members.len() == self.members.len() {
            return Rc::clone(self);
        }
        Rc::new(Self { members, next: Cell::new(0) })
    }
}

impl Clone for Group {
    fn clone(&self) -> Self {
        Self { members: self.members.clone(), next: self.next.clone() }
    }
}

impl Target {
    /// One session's matching subscriptions, taken together.
    fn new(subscriptions: &[Subscription]) -> Option<Self> {
        let session = subscriptions.first()?.session;
        let terms = Terms::new(subscriptions.iter())?;
        let own = if subscriptions.iter().any(|subscription| subscription.options.no_local) {
            let own = subscriptions.iter().filter(|subscription| !subscription.options.no_local);
            Terms::new(own).map_or(Own::Nothing, Own::Other)
        } else {
            Own::Same
        };
        Some(Self { session, terms, own })
    }
}

impl Terms {
    pub(super) fn new<'a>(
        subscriptions: impl Iterator<Item = &'a Subscription> + Clone,
    ) -> Option<Self> {
        let mount = subscriptions.clone().next()?.view.mount;
        let qos = subscriptions.clone().map(|subscription| subscription.options.qos).max()?;
        let retain_as_published =
            subscriptions.clone().any(|subscription| subscription.options.retain_as_published);
        let identifiers: Rc<[u32]> =
            subscriptions.filter_map(|subscription| subscription.identifier).collect();
        let identifiers = (!identifiers.is_empty()).then_some(identifiers);
        Some(Self { qos, retain_as_published, mount, identifiers })
    }
}
