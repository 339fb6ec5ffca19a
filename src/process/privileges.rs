//! Whom the process runs as.

use std::io;

/// Why the process is not who it was to be.
#[derive(Debug, thiserror::Error)]
pub enum NotBecome {
    /// Nobody has this name.
    #[error("there is no user {0:?} on this machine")]
    NoSuchUser(String),
    /// The system did not allow it.
    #[error("cannot run as user {name:?}: {cause}")]
    Refused {
        /// The name.
        name: String,
        /// Why; part of the message, and so no source.
        cause: io::Error,
    },
}

/// Whether the process may do everything.
pub fn is_superuser() -> bool {
    #[cfg(unix)]
    return nix::unistd::geteuid().is_root();
    #[cfg(not(unix))]
    false
}

/// Becomes a user for good, with their groups, in all threads. Who is not the superuser stays who
/// they are, whatever the name is.
#[cfg(unix)]
pub fn become_user(name: &str) -> Result<(), NotBecome> {
    use nix::unistd::{User, setgid, setuid};
    if !is_superuser() {
        return Ok(());
    }
    let refused = |errno: nix::Error| NotBecome::Refused {
        name: name.to_owned(),
        cause: io::Error::from(errno),
    };
    let user = User::from_name(name).map_err(refused)?;
    let user = user.ok_or_else(|| NotBecome::NoSuchUser(name.to_owned()))?;
    if user.uid.is_root() {
        return Ok(());
    }
    set_groups(&user).map_err(refused)?;
    setgid(user.gid).map_err(refused)?;
    setuid(user.uid).map_err(refused)
}

#[cfg(all(unix, not(target_vendor = "apple")))]
fn set_groups(user: &nix::unistd::User) -> nix::Result<()> {
    let name = std::ffi::CString::new(user.name.as_str()).map_err(|_| nix::Error::EINVAL)?;
    nix::unistd::initgroups(&name, user.gid)
}

/// There a process leaves its groups with its user.
#[cfg(target_vendor = "apple")]
fn set_groups(_user: &nix::unistd::User) -> nix::Result<()> {
    Ok(())
}

/// Users are not changed here.
#[cfg(not(unix))]
pub fn become_user(_name: &str) -> Result<(), NotBecome> {
    Ok(())
}
