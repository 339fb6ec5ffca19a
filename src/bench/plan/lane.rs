//! Clients that do the same: who of them does what, and when.

use super::schedule::Schedule;
use crate::bench::text::Text;
use crate::client::Settings;
use crate::codec::Qos;
use crate::options::{Scenario, Size};

/// Clients that do the same.
#[derive(Debug, Clone)]
pub(crate) struct Lane {
    /// What it is called, where there are several.
    pub(crate) name: String,
    /// The number of its first client among all.
    pub(crate) first: u32,
    /// Who publishes and who subscribes.
    pub(crate) scenario: Scenario,
    /// The clients that the scenario has many of.
    pub(crate) clients: u32,
    /// The topics, or the filter of the scenario `subscribe`.
    pub(crate) topic: Text,
    /// Of messages and subscriptions.
    pub(crate) qos: Qos,
    /// Bytes of a payload.
    pub(crate) size: Size,
    /// The payload, where it is a text.
    pub(crate) payload: Option<Text>,
    /// The most messages of one publisher on their way, where that is bounded.
    pub(crate) inflight: Option<u16>,
    /// Messages or connections a second.
    pub(crate) rate: Option<f64>,
    /// Without one each publisher waits for its own messages.
    pub(crate) schedule: Option<Schedule>,
    /// How many messages, or connections, there are to be; `u64::MAX` for no end.
    pub(crate) all: u64,
    /// Where its clients connect to and who they are, where that is not the same for all.
    pub(crate) settings: Option<Box<Settings>>,
    /// It has a broker of its own.
    pub(crate) is_elsewhere: bool,
    /// What tells this run's messages from another's.
    pub(crate) run: u32,
}

/// What one client does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Role {
    /// It publishes.
    pub(crate) publishes: bool,
    /// What it subscribes to.
    pub(crate) filter: Option<String>,
    /// The publishers whose messages come to it: the first and how many.
    pub(crate) hears: (u32, u32),
    /// It answers what comes to it.
    pub(crate) answers: bool,
}

/// What is behind the topic of a request, in that of its answer.
pub(crate) const ANSWER: &str = "/answer";

impl Lane {
    /// The only lane of a run whose messages are not known one by one.
    pub(super) fn recorded(scenario: Scenario, clients: u32, qos: Qos, run: u32) -> Self {
        Self {
            name: String::new(),
            first: 0,
            scenario,
            clients,
            topic: Text::default(),
            qos,
            size: Size::Fixed(0),
            payload: None,
            inflight: None,
            rate: None,
            schedule: None,
            all: 0,
            settings: None,
            is_elsewhere: false,
            run,
        }
    }

    /// Connections in all.
    pub(crate) fn connections(&self) -> u32 {
        match self.scenario {
            Scenario::FanIn
            | Scenario::FanOut
            | Scenario::Request
            | Scenario::Retained
            | Scenario::Offline => self.clients.saturating_add(1),
            Scenario::PeerToPeer | Scenario::Shared => self.clients.saturating_mul(2),
            _ => self.clients,
        }
    }

    /// The clients that publish are the first so many.
    pub(crate) fn publishers(&self) -> u32 {
        match self.scenario {
            Scenario::FanOut | Scenario::Retained | Scenario::Offline => 1,
            scenario if scenario.publishes() => self.clients,
            _ => 0,
        }
    }

    /// The clients that subscribe.
    pub(crate) fn subscribers(&self) -> u32 {
        match self.scenario {
            Scenario::FanIn => 1,
            Scenario::Request => self.clients.saturating_add(1),
            scenario if scenario.subscribes() => self.clients,
            _ => 0,
        }
    }

    /// Whether messages are sent by the clock, and not when others came.
    pub(crate) const fn is_open(&self) -> bool {
        self.schedule.is_some()
    }

    /// Whether this client's session outlives its connection, and is left alone while messages are
    /// published.
    pub(crate) fn is_absent(&self, index: u32) -> bool {
        self.scenario == Scenario::Offline && index >= self.publishers()
    }

    /// What a client of it does, by its number among these.
    pub(crate) fn role(&self, index: u32) -> Role {
        let own = |index| Some(self.topic.filter(Some(index)));
        let publishers = self.publishers();
        let role = Role::default();
        if index < publishers {
            let hears = (self.first.saturating_add(index), 1);
            let role = Role { publishes: true, ..role };
            return match self.scenario {
                Scenario::EndToEnd => Role { filter: own(index), hears, ..role },
                Scenario::Request => {
                    Role { filter: own(index).map(|topic| topic + ANSWER), hears, ..role }
                }
                _ => role,
            };
        }
        let (all, one) = ((self.first, publishers), (self.first, 1));
        let each = || self.topic.filter(None);
        match self.scenario {
            Scenario::Subscribe => Role { filter: own(index), ..role },
            Scenario::FanIn => Role { filter: Some(each()), hears: all, ..role },
            Scenario::FanOut | Scenario::Offline | Scenario::Retained => {
                Role { filter: own(0), hears: one, ..role }
            }
            Scenario::PeerToPeer => {
                let partner = index.saturating_sub(publishers);
                let hears = (self.first.saturating_add(partner), 1);
                Role { filter: own(partner), hears, ..role }
            }
            Scenario::Shared => {
                let group = format!("$share/mqb-{:08x}/{}", self.run, each());
                Role { filter: Some(group), hears: all, ..role }
            }
            Scenario::Request => Role { filter: Some(each()), answers: true, ..role },
            _ => role,
        }
    }

    /// When the message with this number among all is due: nanoseconds from the start. Without a
    /// rate, at once.
    pub(crate) fn due(&self, number: u64) -> u64 {
        self.schedule.as_ref().map_or(0, |schedule| schedule.due(number))
    }

    /// How many are due so many nanoseconds after the start.
    pub(crate) fn due_at(&self, time: u64) -> u64 {
        self.schedule.as_ref().map_or(self.all, |one| one.due_at(time).min(self.all))
    }

    /// How many of the first `all` are one publisher's: they take turns.
    pub(crate) fn share(&self, all: u64, publisher: u32) -> u64 {
        let publishers = u64::from(self.publishers().max(1));
        if all == u64::MAX {
            return u64::MAX;
        }
        all.saturating_sub(u64::from(publisher)).div_ceil(publishers)
    }

    /// The number among all of a publisher's message.
    pub(crate) fn number(&self, publisher: u32, sequence: u64) -> u64 {
        let publishers = u64::from(self.publishers());
        sequence.saturating_mul(publishers).saturating_add(u64::from(publisher))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::lane;
    use super::*;

    #[test]
    fn publishers_take_turns_and_none_is_forgotten() {
        let lane = lane(Scenario::EndToEnd);
        for all in [0, 1, 2, 3, 10, 1000] {
            assert_eq!((0..3).map(|one| lane.share(all, one)).sum::<u64>(), all);
        }
        assert_eq!(lane.share(u64::MAX, 2), u64::MAX);
        assert_eq!([lane.number(0, 0), lane.number(2, 0), lane.number(1, 2)], [0, 2, 7]);
    }

    use Scenario as S;

    #[test]
    fn roles_are_those_of_the_scenario() {
        let words = |scenario, index| {
            let role = lane(scenario).role(index);
            (role.publishes, role.filter, role.hears)
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(words(S::EndToEnd, 2), (true, text("t/2"), (2, 1)));
        assert_eq!(words(S::Publish, 2), (true, None, (0, 0)));
        assert_eq!(words(S::Subscribe, 2), (false, text("t"), (0, 0)));
        assert_eq!(words(S::FanIn, 2), (true, None, (0, 0)));
        assert_eq!(words(S::FanIn, 3), (false, text("t/+"), (0, 3)));
        assert_eq!(words(S::FanOut, 0), (true, None, (0, 0)));
        assert_eq!(words(S::FanOut, 3), (false, text("t/0"), (0, 1)));
        assert_eq!(words(S::PeerToPeer, 4), (false, text("t/1"), (1, 1)));
        assert_eq!(words(S::Request, 2), (true, text("t/2/answer"), (2, 1)));
        assert_eq!(words(S::Request, 3), (false, text("t/+"), (0, 0)));
        assert_eq!(words(S::Shared, 5), (false, text("$share/mqb-00000001/t/+"), (0, 3)));
        assert_eq!(words(S::Retained, 0), (true, None, (0, 0)));
        assert_eq!(words(S::Retained, 3), (false, text("t/+"), (0, 1)));
        assert_eq!(words(S::Connect, 0), (false, None, (0, 0)));
        for scenario in Scenario::ALL {
            let lane = lane(scenario);
            let roles: Vec<_> = (0..lane.connections()).map(|index| lane.role(index)).collect();
            let count = |pick: fn(&Role) -> bool| roles.iter().filter(|role| pick(role)).count();
            assert_eq!(count(|role| role.publishes), lane.publishers() as usize);
            assert_eq!(count(|role| role.filter.is_some()), lane.subscribers() as usize);
        }
    }
}
