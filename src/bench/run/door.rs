//! Who is to connect, when, and as whom.

use std::collections::VecDeque;

use super::super::peer::{State, dial};
use super::super::plan::Lane;
use super::clients::place;
use super::{Phase, Run};
use crate::client::{Notice, Notify, Settings};
use crate::options::Scenario;

/// Clients that dial at once: brokers let about as many wait to be accepted.
const DIALLING: u32 = 100;

/// Seconds that the session of a client is kept that is to come back, in version 5: what is left
/// behind by a run that is killed is not kept for ever.
const KEPT: u32 = 3600;

/// Nanoseconds after a connection failed before the next is tried where clients come again and
/// again: who is refused at once is refused at once again.
const PAUSE: u64 = 100_000_000;

/// Where the clients of one lane wait to connect.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) settings: Settings,
    /// Who is to connect.
    pub(super) lobby: VecDeque<u32>,
    /// How often one was let go.
    pub(super) launched: u64,
    /// The broker has accepted one.
    pub(super) is_known: bool,
    /// Nobody is let go before.
    shut_until: u64,
}

impl Door {
    /// All wait.
    pub(super) fn new(lane: &Lane, settings: &Settings, tls_resume: bool) -> Self {
        let given = lane.settings.as_deref().unwrap_or(settings);
        let prefix = given.client_id.clone().unwrap_or_else(|| format!("mqb-{:08x}", lane.run));
        let window = lane.inflight.or(given.window);
        let last = lane.first.saturating_add(lane.connections());
        let mut settings = Settings { client_id: Some(prefix), window, ..given.clone() };
        if tls_resume {
            settings.resume_tls();
        }
        Self {
            settings,
            lobby: (lane.first..last).collect(),
            launched: 0,
            is_known: false,
            shut_until: 0,
        }
    }

    /// A client failed: let the next one wait.
    pub(super) const fn shut(&mut self, now: u64) {
        self.shut_until = now.saturating_add(PAUSE);
    }
}

impl<'a> Run<'a> {
    /// When the next client is to connect, and of which lane; none while all do or others have to
    /// arrive first.
    pub(super) fn launch_due(&self) -> Option<(usize, u64)> {
        if self.dialling >= DIALLING {
            return None;
        }
        let lanes = self.plan.lanes.iter().zip(&self.doors).enumerate();
        let due = lanes.filter_map(|(at, (lane, door))| Some((at, self.opens(lane, door)?)));
        due.min_by_key(|(_, due)| *due)
    }

    /// When a door opens next.
    fn opens(&self, lane: &Lane, door: &Door) -> Option<u64> {
        // The first goes alone: it finds out whether there is a broker, and which version it
        // speaks.
        let first_is_away = door.launched == 1 && !door.is_known;
        if first_is_away || door.lobby.is_empty() {
            return None;
        }
        match self.phase {
            Phase::Running if lane.scenario.only_connects() && door.launched < lane.all => {
                let due = self.desk.start.saturating_add(lane.due(door.launched));
                Some(due.max(door.shut_until))
            }
            Phase::Running | Phase::Settling(_) | Phase::Over(_) => None,
            _ => (!lane.scenario.only_connects()).then_some(0),
        }
    }

    pub(super) fn launch(&mut self, now: u64) {
        while let Some((at, _)) = self.launch_due().filter(|(_, due)| *due <= now) {
            let (Some(door), Some(lane)) = (self.doors.get_mut(at), self.plan.lanes.get(at)) else {
                return;
            };
            let Some(index) = door.lobby.pop_front() else { return };
            let by_clock = lane.scenario.only_connects() && lane.is_open();
            let due = if by_clock { lane.due(door.launched) } else { 0 };
            let is_first = door.launched == 0;
            door.launched = door.launched.saturating_add(1);
            let mut settings = door.settings.clone();
            settings.client_id = settings.client_id.map(|prefix| format!("{prefix}-{index}"));
            self.identities.apply(index, &mut settings);
            // The first has found the broker; who comes later is not to hide that it is gone.
            settings.retry = settings.retry.filter(|_| is_first);
            let is_kept =
                lane.is_absent(index.saturating_sub(lane.first)) && self.phase != Phase::Tidying;
            if is_kept {
                settings.clean = false;
                settings.session_expiry = Some(KEPT);
            }
            let is_told = is_first || settings.debug;
            let notify: Notify<'a> = if is_told { self.notify } else { &silent };
            let intended = self.desk.start.saturating_add(due);
            let Some(peer) = place(&mut self.peers, index) else { return };
            peer.begun = (if by_clock { intended } else { now }, now);
            peer.is_kept = is_kept;
            peer.state = State::Dials(Box::pin(dial(settings, lane.qos, notify)));
            peer.bell.ring();
            self.dialling = self.dialling.saturating_add(1);
        }
    }

    /// A client of a lane whose clients come again and again is to come again.
    pub(super) fn is_to_return(&self, index: u32) -> bool {
        let lane = self.plan.lanes.get(self.desk.lane_of(index));
        lane.is_some_and(|lane| lane.scenario == Scenario::Churn) && self.phase == Phase::Running
    }

    /// A client waits to connect again.
    pub(super) fn queue(&mut self, index: u32) {
        let lane = self.desk.lane_of(index);
        if let Some(door) = self.doors.get_mut(lane) {
            door.lobby.push_back(index);
        }
    }
}

/// For clients of whom nothing is to be told: all would say the same.
fn silent(_: &Notice<'_>) {}
