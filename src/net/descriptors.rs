//! How many files and sockets the process may have open.

/// What `raise_descriptor_limit` returns where there is no limit, or none that can be asked for.
pub const UNLIMITED_DESCRIPTORS: u64 = u64::MAX;

/// The soft limit that macOS takes where the hard one reads as infinite (`OPEN_MAX`).
#[cfg(unix)]
const OPEN_MAX: u64 = 10_240;

/// Raises the soft limit of open descriptors to the hard one, and returns the soft limit then.
///
/// A limit that cannot be raised stays as it is. Children inherit the raised one.
#[cfg(unix)]
pub fn raise_descriptor_limit() -> u64 {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let old = getrlimit(Resource::Nofile);
    if let Some(soft) = old.current
        && old.maximum != Some(soft)
    {
        let raise = |to| setrlimit(Resource::Nofile, Rlimit { current: to, ..old });
        // the limit is comfort, not need: where both fail, fewer connections fit
        if raise(old.maximum).is_err() && soft < OPEN_MAX {
            let _ = raise(Some(OPEN_MAX));
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(UNLIMITED_DESCRIPTORS)
}

/// There is no such limit here: `UNLIMITED_DESCRIPTORS`.
#[cfg(not(unix))]
pub fn raise_descriptor_limit() -> u64 {
    UNLIMITED_DESCRIPTORS
}

#[cfg(all(test, unix))]
mod tests {
    use rustix::process::{Resource, getrlimit};

    use super::*;

    #[test]
    fn the_soft_limit_meets_the_hard_one() {
        let soft = raise_descriptor_limit();
        let limit = getrlimit(Resource::Nofile);
        assert_eq!(limit.current.unwrap_or(UNLIMITED_DESCRIPTORS), soft);
        if cfg!(target_os = "linux") {
            assert_eq!(limit.current, limit.maximum);
        }
        assert_eq!(raise_descriptor_limit(), soft, "a second call changes nothing");
    }
}
