//! What belongs to the process as a whole: the signals that end it, the command behind `--`, a server
//! of its own beside it, and what it takes of the machine.

mod companion;
mod memory;
mod server;
mod signals;

pub use self::companion::{Companion, NotStarted};
pub use self::memory::{Memory, memory, peak_memory};
pub use self::server::{Server, ServerError};
pub use self::signals::Signals;
pub use signal_hook::consts::SIGINT;
