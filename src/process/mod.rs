//! What belongs to the process as a whole: the signals that end it, the command behind `--`, a server
//! of its own beside it, and what it takes of the machine, whom it runs as.

mod companion;
mod memory;
mod privileges;
mod server;
mod signals;

pub use self::companion::{Companion, NotStarted};
pub use self::memory::peak_memory;
pub use self::privileges::{NotBecome, become_user, is_superuser};
pub use self::server::{Server, ServerError};
pub use self::signals::{Hangups, Signals};
pub use signal_hook::consts::SIGINT;
