//! What belongs to the process as a whole: the signals that end it, the command behind `--`, a server
//! of its own beside it, and what it takes of the machine.

mod companion;
mod server;
mod signals;
mod usage;

pub use self::companion::{Companion, NotStarted};
pub use self::server::{Server, ServerError};
pub use self::signals::Signals;
pub use self::usage::{Usage, waited_for_processor};
pub use signal_hook::consts::SIGINT;
