//! How soon this process is let run when it has to.

/// Steps of `nice` before all that is asked for by nobody.
#[cfg(target_os = "linux")]
const AHEAD: i32 = -20;

/// Asks to be let run at once when the time has come: what is late on a processor that others use
/// would be measured as their slowness. Only some may ask for it; it is no harm when it is refused.
pub fn hurry() {
    #[cfg(target_os = "linux")]
    let _ = rustix::process::nice(AHEAD);
}
