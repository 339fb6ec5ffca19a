//! Argon2id, as mosquitto hashes passwords since 2.1: `$argon2id$v=19$m=KIB,t=PASSES,p=LANES$SALT$HASH`
//! with both in base64 without padding.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use data_encoding::BASE64_NOPAD;

use super::password::{HashError, equal};
use crate::net::random_bytes;
use crate::secret::Secret;

/// Memory of a new hash in KiB, and passes over it: mosquitto's.
const NEW_KIB: u32 = 47_104;
const NEW_PASSES: u32 = 1;

/// Bytes of the salt and of the hash of a new one: mosquitto's.
const NEW_SALT_BYTES: usize = 64;
const NEW_HASH_BYTES: usize = 64;

/// Most memory of a hash that is read, in KiB: it is taken at each login.
const MOST_KIB: u32 = 262_144;

/// Most work of a hash that is read, in KiB times passes: about a second of a processor.
const MOST_WORK: u32 = 1_048_576;

/// Most lanes of a hash that is read. They are gone through one after the other here.
const MOST_LANES: u32 = 16;

/// Fewest and most bytes of salt and hash that are read.
const SALT_BYTES: std::ops::RangeInclusive<usize> = 8..=64;
const HASH_BYTES: std::ops::RangeInclusive<usize> = 16..=128;

/// The memory that a hash is computed in, kept for the next one.
#[derive(Debug, Default)]
pub(in crate::broker) struct Workspace(Vec<Block>);

/// A hash of a password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Argon2id {
    params: Params,
    salt: Secret,
    hash: Secret,
}

impl Argon2id {
    /// What stands behind `$argon2id$`.
    pub(super) fn parse(text: &str) -> Result<Self, HashError> {
        let mut parts = text.split('$');
        let mut part = || parts.next().ok_or(HashError::Damaged);
        let (version, costs, salt, hash) = (part()?, part()?, part()?, part()?);
        if parts.next().is_some() {
            return Err(HashError::Damaged);
        }
        // 16, the one that came before, is not made by anybody any longer.
        match version {
            "v=19" => {}
            "v=16" => return Err(HashError::Method),
            _ => return Err(HashError::Damaged),
        }
        let decode = |text: &str| BASE64_NOPAD.decode(text.as_bytes());
        let (salt, hash) = (decode(salt), decode(hash));
        let (salt, hash) =
            (salt.map_err(|_| HashError::Damaged)?, hash.map_err(|_| HashError::Damaged)?);
        if !SALT_BYTES.contains(&salt.len()) || !HASH_BYTES.contains(&hash.len()) {
            return Err(HashError::Damaged);
        }
        let [kib, passes, lanes] = numbers(costs).ok_or(HashError::Damaged)?;
        let work = kib.checked_mul(passes);
        if kib > MOST_KIB || lanes > MOST_LANES || work.is_none_or(|work| work > MOST_WORK) {
            return Err(HashError::Costs { kib, passes, lanes });
        }
        let params = Params::new(kib, passes, lanes, Some(hash.len()));
        let params = params.map_err(|_| HashError::Damaged)?;
        Ok(Self { params, salt: Secret::new(salt), hash: Secret::new(hash) })
    }

    /// Whether this is the password.
    pub(super) fn is(&self, given: &[u8], workspace: &mut Workspace) -> bool {
        let blocks = self.params.block_count();
        if workspace.0.len() < blocks {
            workspace.0.resize(blocks, Block::new());
        }
        let memory = workspace.0.get_mut(..blocks).unwrap_or_default();
        let mut hash = vec![0; self.hash.expose().len()];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        let salt = self.salt.expose();
        let made = argon2.hash_password_into_with_memory(given, salt, &mut hash, memory);
        made.is_ok() && equal(&hash, self.hash.expose())
    }
}

/// `m=KIB,t=PASSES,p=LANES`.
fn numbers(costs: &str) -> Option<[u32; 3]> {
    let mut parts = costs.split(',');
    let mut number = |name: &str| {
        let digits = parts.next()?.strip_prefix(name)?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
    };
    let numbers = [number("m=")?, number("t=")?, number("p=")?];
    parts.next().is_none().then_some(numbers)
}

/// A new hash of a password, from the first `$` on.
pub(super) fn hash(password: &Secret) -> std::io::Result<String> {
    let salt: [u8; NEW_SALT_BYTES] = random_bytes()?;
    let mut hash = [0; NEW_HASH_BYTES];
    // Constants that are within bounds, and a salt that is long enough.
    let wrong = |error: argon2::Error| std::io::Error::other(error.to_string());
    let params = Params::new(NEW_KIB, NEW_PASSES, 1, Some(NEW_HASH_BYTES)).map_err(wrong)?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into(password.expose(), &salt, &mut hash).map_err(wrong)?;
    let (salt, hash) = (BASE64_NOPAD.encode(&salt), BASE64_NOPAD.encode(&hash));
    Ok(format!("$argon2id$v=19$m={NEW_KIB},t={NEW_PASSES},p=1${salt}${hash}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the `argon2` program of Debian, the reference: `printf pw | argon2 somesalt -id -m 6 -t 2
    /// -p 2 -e`.
    const REFERENCE: &str =
        "v=19$m=64,t=2,p=2$c29tZXNhbHQ$dlIUOw3JoyOwLWSSZ4o+iHvepFZA/BR/CdwZywhyrq8";

    #[test]
    fn what_is_no_such_hash_is_refused_with_the_reason() {
        let (salt, hash) = ("c29tZXNhbHQ", "AAAAAAAAAAAAAAAAAAAAAA");
        let with = |costs: &str| Argon2id::parse(&format!("v=19${costs}${salt}${hash}"));
        assert!(with("m=64,t=1,p=1").is_ok());
        for costs in [
            "m=64,t=1",
            "t=1,m=64,p=1",
            "m=64,t=1,p=1,x=1",
            "m=,t=1,p=1",
            "m=-1,t=1,p=1",
            "m=+64,t=1,p=1",
            "m=64,t=0,p=1",
            "m=64,t=1,p=0",
            "m=7,t=1,p=1",
            "m=64,t=1,p=9",
            "m=4294967296,t=1,p=1",
            "",
        ] {
            assert_eq!(with(costs).unwrap_err(), HashError::Damaged, "{costs}");
        }
        for (costs, kib, passes, lanes) in [
            ("m=262145,t=1,p=1", 262_145, 1, 1),
            ("m=4294967295,t=4294967295,p=1", u32::MAX, u32::MAX, 1),
            ("m=64,t=16385,p=1", 64, 16_385, 1),
            ("m=1024,t=1,p=17", 1_024, 1, 17),
        ] {
            let error = with(costs).unwrap_err();
            assert_eq!(error, HashError::Costs { kib, passes, lanes }, "{costs}");
        }
        let parts = |text: &str| Argon2id::parse(text).unwrap_err();
        assert_eq!(parts(&format!("v=16$m=64,t=1,p=1${salt}${hash}")), HashError::Method);
        for text in [
            "",
            "v=19",
            &format!("m=64,t=1,p=1${salt}${hash}"),
            &format!("v=19$m=64,t=1,p=1${salt}${hash}$"),
            &format!("v=19$m=64,t=1,p=1$c2FsdA${hash}"),
            &format!("v=19$m=64,t=1,p=1${salt}$AAAA"),
            &format!("v=19$m=64,t=1,p=1${salt}=${hash}"),
            &format!("v=19$m=64,t=1,p=1${salt}${}", "A".repeat(1_000)),
        ] {
            assert_eq!(parts(text), HashError::Damaged, "{text}");
        }
    }

    #[test]
    fn a_hash_of_the_reference_knows_its_password_and_one_workspace_serves_all() {
        let mut workspace = Workspace::default();
        let reference = Argon2id::parse(REFERENCE).unwrap();
        let secret = Secret::new("top secret");
        let own = hash(&secret).unwrap();
        let own = Argon2id::parse(own.strip_prefix("$argon2id$").unwrap()).unwrap();
        for _ in 0..2 {
            assert!(own.is(b"top secret", &mut workspace));
            assert!(reference.is(b"pw", &mut workspace));
            assert!(!own.is(b"pw", &mut workspace));
            assert!(!reference.is(b"", &mut workspace));
        }
        assert!(!format!("{own:?}").contains("top secret"));
    }
}
