//! What belongs to the process as a whole: the signals that end it, the command behind `--`, a server
//! of its own beside it, who started it, whom it runs as, who watches it as a service, what it takes
//! of the machine, and the files that it puts in place.

#[cfg(unix)]
mod caught;
mod child;
mod companion;
#[cfg(unix)]
mod deferral;
mod lifeline;
mod priority;
mod privileges;
mod replacement;
mod server;
mod signals;
mod supervisor;
mod usage;

pub use self::companion::{Companion, NotStarted};
#[cfg(unix)]
pub use self::deferral::Deferral;
pub use self::lifeline::end_of_input;
pub use self::priority::hurry;
pub use self::privileges::{NotBecome, become_user, is_superuser};
pub use self::replacement::{Access, replace};
pub use self::server::{Server, ServerError};
pub use self::signals::{Hangups, Signals};
pub use self::supervisor::Supervisor;
pub use self::usage::{Usage, waited_for_processor};
pub use signal_hook::consts::SIGINT;
