//! Random bytes that nobody can guess.

use std::io;

use ring::rand::{SecureRandom as _, SystemRandom};

/// Fills `bytes` from the system's source.
pub(super) fn fill(bytes: &mut [u8]) -> io::Result<()> {
    let failed = |_| io::Error::other("the system gives no random bytes");
    SystemRandom::new().fill(bytes).map_err(failed)
}

/// So many of them. An error when the system has none.
pub fn random<const SIZE: usize>() -> io::Result<[u8; SIZE]> {
    let mut bytes = [0; SIZE];
    fill(&mut bytes)?;
    Ok(bytes)
}
