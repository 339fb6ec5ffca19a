//! How much one peer may have the log say.

use std::collections::HashMap;
use std::time::Duration;

/// How long lines are counted before it begins anew, and what was left out is told.
pub(super) const MINUTE: Duration = Duration::from_mins(1);

/// Lines about one peer in a minute: some dozens of connections, each with its end.
const TOLD: u64 = 100;

/// Peers that are counted by themselves; the others count as one. Who has more addresses than this
/// to call from fills the log no faster.
const PEERS: usize = 1_000;

/// How many lines there were about each peer in this minute.
#[derive(Debug)]
pub(super) struct Floods {
    /// How many of them are told.
    told: u64,
    by_peer: HashMap<Box<str>, u64>,
    others: u64,
}

impl Default for Floods {
    fn default() -> Self {
        Self::new(TOLD)
    }
}

impl Floods {
    /// So many lines about each peer are told.
    pub(super) fn new(told: u64) -> Self {
        Self { told, by_peer: HashMap::new(), others: 0 }
    }

    /// Whether one more line about a peer would be told.
    pub(super) fn has_room(&self, peer: &str) -> bool {
        let count = self.by_peer.get(host(peer)).copied();
        let is_new = self.by_peer.len() < PEERS;
        count.unwrap_or(if is_new { 0 } else { self.others }) < self.told
    }

    /// One more line about a peer (`127.0.0.1:4711`): whether it is told. Nothing is known of the
    /// peer where it is empty.
    pub(super) fn admit(&mut self, peer: &str) -> bool {
        let host = host(peer);
        let count = if let Some(count) = self.by_peer.get_mut(host) {
            count
        } else if host.is_empty() || self.by_peer.len() >= PEERS {
            &mut self.others
        } else {
            self.by_peer.entry(host.into()).or_default()
        };
        *count = count.saturating_add(1);
        *count <= self.told
    }

    /// The minute is over: the peers of which more was to be told, and how much more.
    pub(super) fn take(&mut self) -> Vec<(Box<str>, u64)> {
        let others = (Box::from("other peers"), std::mem::take(&mut self.others));
        let all = self.by_peer.drain().chain([others]);
        let mut over: Vec<_> = all
            .map(|(peer, count)| (peer, count.saturating_sub(self.told)))
            .filter(|(_, count)| *count > 0)
            .collect();
        over.sort();
        over
    }
}

/// A peer without its port.
fn host(peer: &str) -> &str {
    peer.rsplit_once(':').map_or(peer, |(host, _)| host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_peer_has_its_own_share_whatever_its_ports() {
        let mut floods = Floods::default();
        let told = (1_u32..=1_000).filter(|port| floods.admit(&format!("10.0.0.1:{port}")));
        assert_eq!(told.count(), 100);
        assert!(!floods.has_room("10.0.0.1:1") && floods.has_room("10.0.0.2:1"));
        assert!(floods.admit("10.0.0.2:1") && floods.admit("[::1]:1") && floods.admit(""));
        assert_eq!(floods.take(), [("10.0.0.1".into(), 900)]);
        assert!(floods.admit("10.0.0.1:1") && floods.take().is_empty());
    }

    #[test]
    fn any_number_of_peers_takes_bounded_memory_and_lines() {
        let mut floods = Floods::default();
        let told = (0..100_000).filter(|n| floods.admit(&format!("10.{n}:1"))).count();
        assert_eq!((told, floods.by_peer.len()), (PEERS + 100, PEERS));
        assert_eq!(floods.take(), [("other peers".into(), 98_900)]);
    }
}
