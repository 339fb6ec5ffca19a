//! What belongs to the process as a whole: the signals that end it, the command behind `--`, a server
//! of its own beside it, who watches it as a service, and what it takes of the machine.

mod companion;
mod memory;
mod server;
mod signals;
mod supervisor;

pub use self::companion::{Companion, NotStarted};
pub use self::memory::peak_memory;
pub use self::server::{Server, ServerError};
pub use self::signals::Signals;
pub use self::supervisor::Supervisor;
pub use signal_hook::consts::SIGINT;
