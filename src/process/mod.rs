//! What belongs to the process as a whole: the signals that end it, and the command behind `--`.

mod companion;
mod signals;

pub use self::companion::{Companion, NotStarted};
pub use self::signals::Signals;
pub use signal_hook::consts::SIGINT;
