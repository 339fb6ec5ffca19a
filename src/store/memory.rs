//! The store that promises nothing beyond the process: what is given to it is kept at once.

use super::{Store, Ticket};

/// Commits at once; sessions and retained messages end with the process.
#[derive(Debug, Default)]
pub struct Memory {
    given: u64,
}

impl Store for Memory {
    fn ticket(&mut self) -> Ticket {
        self.given = self.given.saturating_add(1);
        Ticket(self.given)
    }

    fn commit(&mut self) -> Ticket {
        Ticket(self.given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ticket_is_committed_at_once() {
        let mut store = Memory::default();
        let (first, second) = (store.ticket(), store.ticket());
        assert!(first < second);
        assert!(store.commit() >= second);
    }
}
