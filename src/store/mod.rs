//! Where what was promised is kept, and when it may be promised.
//!
//! The contract: a success acknowledgement (PUBACK, PUBREC, SUBACK) leaves only after everything
//! that it promises is covered by [`Store::commit`]. The router gives each acknowledgement the
//! [`Ticket`] of the moment it was decided, and sends it when a commit has reached that ticket.
//! A store sees positions and, once it writes to disk, records; it knows no sessions.

mod memory;

pub use self::memory::Memory;

/// A position in what was given to the store; later ones are greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Ticket(u64);

/// Keeps what the broker promises to keep.
pub trait Store {
    /// The position behind everything given so far.
    fn ticket(&mut self) -> Ticket;

    /// Makes what was given durable as far as that is possible now, and tells how far that is.
    fn commit(&mut self) -> Ticket;
}
