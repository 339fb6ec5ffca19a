//! A user's password: as it is, or as a hash that it is recognised by.

use std::num::NonZeroU32;

use data_encoding::BASE64;
use ring::{digest, hmac, pbkdf2};

use super::argon2id::{self, Argon2id, Workspace};
use crate::net::random_bytes;
use crate::secret::Secret;

/// What a password is recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Password(Form);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Form {
    Plain(Secret),
    /// SHA-512 of password and salt: mosquitto's `$6$`.
    Sha512 {
        salt: Secret,
        hash: Secret,
    },
    /// PBKDF2 with HMAC-SHA-512: mosquitto's `$7$`.
    Pbkdf2 {
        rounds: NonZeroU32,
        salt: Secret,
        hash: Secret,
    },
    /// mosquitto's since 2.1.
    Argon2id(Argon2id),
}

/// Why a text is no hash that a password can be recognised by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HashError {
    /// Nothing at its start says how it was made.
    #[error("the password is not hashed: mq passwd -U FILE does it")]
    Plain,
    /// Made by a method that is not served.
    #[error(
        "its password was hashed by a method that is not served: argon2id, sha512-pbkdf2 and sha512 \
         are"
    )]
    Method,
    /// Parts are missing, or not what they should be.
    #[error(
        "its hash is damaged: it is to be $6$SALT$HASH, $7$ROUNDS$SALT$HASH, or \
         $argon2id$v=19$m=KIB,t=PASSES,p=LANES$SALT$HASH, in base64"
    )]
    Damaged,
    /// To check it would keep everybody waiting.
    #[error("its hash takes {0} rounds, and more than {MAX_ROUNDS} are not served")]
    Rounds(u32),
    /// To check it would take too much memory, or keep everybody waiting.
    #[error(
        "its hash takes {kib} KiB of memory, {passes} times, in {lanes} lanes; not more than 256 MiB, \
         a gigabyte in all, and 16 lanes are served"
    )]
    Costs {
        /// Memory.
        kib: u32,
        /// Passes over it.
        passes: u32,
        /// Parts of it.
        lanes: u32,
    },
}

/// Rounds of a new hash, as many as mosquitto takes: readers of the file may be slow.
pub const ROUNDS: NonZeroU32 = NonZeroU32::new(1_000).expect("is not zero");

/// Rounds of a hash that is read: at a million or so a second, seconds for each login.
const MAX_ROUNDS: u32 = 1_000_000;

/// Bytes of the salt of a new hash: mosquitto before 2.1 takes no other.
const SALT_BYTES: usize = 12;

/// Bytes of the longest salt that is read: mosquitto makes them since 2.1.
const MOST_SALT_BYTES: usize = 64;

/// Bytes that SHA-512 gives.
const HASH_BYTES: usize = digest::SHA512_OUTPUT_LEN;

impl Password {
    /// A password itself.
    pub const fn plain(password: Secret) -> Self {
        Self(Form::Plain(password))
    }

    /// A hash as it stands in a file of mosquitto's: `$6$SALT$HASH`, `$7$ROUNDS$SALT$HASH`.
    pub fn parse(text: &str) -> Result<Self, HashError> {
        let (method, rest) =
            text.strip_prefix('$').and_then(|rest| rest.split_once('$')).ok_or(HashError::Plain)?;
        match method {
            "6" => {
                let (salt, hash) = salt_and_hash(rest)?;
                Ok(Self(Form::Sha512 { salt, hash }))
            }
            "7" => {
                let (rounds, rest) = rest.split_once('$').ok_or(HashError::Damaged)?;
                let number: u32 = rounds.parse().map_err(|_| HashError::Damaged)?;
                let rounds = NonZeroU32::new(number).ok_or(HashError::Damaged)?;
                if number > MAX_ROUNDS {
                    return Err(HashError::Rounds(number));
                }
                let (salt, hash) = salt_and_hash(rest)?;
                Ok(Self(Form::Pbkdf2 { rounds, salt, hash }))
            }
            "argon2id" => Argon2id::parse(rest).map(|hash| Self(Form::Argon2id(hash))),
            _ if method.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Err(HashError::Method),
            _ => Err(HashError::Plain),
        }
    }

    /// Whether this is the password. The time it takes tells nothing of how much of it is right.
    pub(super) fn is(&self, given: &[u8], workspace: &mut Workspace) -> bool {
        match &self.0 {
            Form::Plain(password) => equal(password.expose(), given),
            Form::Sha512 { salt, hash } => equal(&sha512(given, salt.expose()), hash.expose()),
            Form::Pbkdf2 { rounds, salt, hash } => {
                let (salt, hash) = (salt.expose(), hash.expose());
                pbkdf2::verify(pbkdf2::PBKDF2_HMAC_SHA512, *rounds, salt, given, hash).is_ok()
            }
            Form::Argon2id(hash) => hash.is(given, workspace),
        }
    }

    /// Whether [`Self::is`] takes so long that others would wait for it.
    pub(super) const fn takes_long(&self) -> bool {
        matches!(self.0, Form::Pbkdf2 { .. } | Form::Argon2id(_))
    }
}

/// How a new hash is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `$6$`, for mosquitto before 2.0: quick to guess.
    Sha512,
    /// `$7$` with so many rounds.
    Pbkdf2(NonZeroU32),
    /// `$argon2id$`, for mosquitto from 2.1 on: what guesses take is memory.
    Argon2id,
}

/// A new hash of a password, as [`Password::parse`] reads it.
pub fn hash(password: &Secret, method: Method) -> std::io::Result<String> {
    let salt: [u8; SALT_BYTES] = random_bytes()?;
    let salt_text = BASE64.encode(&salt);
    Ok(match method {
        Method::Argon2id => argon2id::hash(password)?,
        Method::Sha512 => {
            format!("$6${salt_text}${}", BASE64.encode(&sha512(password.expose(), &salt)))
        }
        Method::Pbkdf2(rounds) => {
            let mut hash = [0; HASH_BYTES];
            let algorithm = pbkdf2::PBKDF2_HMAC_SHA512;
            pbkdf2::derive(algorithm, rounds, &salt, password.expose(), &mut hash);
            format!("$7${rounds}${salt_text}${}", BASE64.encode(&hash))
        }
    })
}

fn salt_and_hash(text: &str) -> Result<(Secret, Secret), HashError> {
    let (salt, hash) = text.split_once('$').ok_or(HashError::Damaged)?;
    let decode = |text: &str| BASE64.decode(text.as_bytes()).map_err(|_| HashError::Damaged);
    let (salt, hash) = (decode(salt)?, decode(hash)?);
    if salt.is_empty() || salt.len() > MOST_SALT_BYTES || hash.len() != HASH_BYTES {
        return Err(HashError::Damaged);
    }
    Ok((Secret::new(salt), Secret::new(hash)))
}

fn sha512(password: &[u8], salt: &[u8]) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA512);
    context.update(password);
    context.update(salt);
    context.finish().as_ref().to_vec()
}

/// Whether two secrets are equal, in a time that depends on their lengths alone: what is compared
/// are their fingerprints, and those in constant time.
pub(super) fn equal(wanted: &[u8], given: &[u8]) -> bool {
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"compared, not kept");
    let wanted = hmac::sign(&key, wanted);
    hmac::verify(&key, given, wanted.as_ref()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_knows_its_password_and_no_other() {
        let secret = Secret::new("top secret");
        let hashed = |method| Password::parse(&hash(&secret, method).unwrap()).unwrap();
        let forms = [
            Password::plain(secret.clone()),
            hashed(Method::Sha512),
            hashed(Method::Pbkdf2(ROUNDS)),
            hashed(Method::Pbkdf2(NonZeroU32::MIN)),
            hashed(Method::Argon2id),
        ];
        let workspace = &mut Workspace::default();
        for password in forms {
            assert!(password.is(b"top secret", workspace));
            for wrong in [&b""[..], b"top secre", b"top secret ", b"Top secret", b"$7$"] {
                assert!(!password.is(wrong, workspace), "{password:?}");
            }
            assert!(!format!("{password:?}").contains("top secret"));
        }
    }

    #[test]
    fn hashes_of_mosquitto_passwd_are_known() {
        // mosquitto_passwd 2.0.11: -H sha512 and -H sha512-pbkdf2, of the password `pw`.
        for text in [SHA512, PBKDF2] {
            let password = Password::parse(text).unwrap();
            let workspace = &mut Workspace::default();
            assert!(password.is(b"pw", workspace) && !password.is(b"PW", workspace), "{text}");
        }
    }

    #[test]
    fn what_is_no_hash_is_refused_with_the_reason() {
        let cut = |text: &str, by: usize| Password::parse(&text[..text.len() - by]).unwrap_err();
        for by in 1..PBKDF2.len() - 3 {
            assert_eq!(cut(PBKDF2, by), HashError::Damaged, "{by}");
        }
        for (text, why) in [
            ("", HashError::Plain),
            ("pw", HashError::Plain),
            ("$pw", HashError::Plain),
            ("$5$c2FsdA==$aGFzaA==", HashError::Method),
            ("$argon2i$v=19$m=47104,t=1,p=1$c2FsdA$aGFzaA", HashError::Method),
            ("$argon2id$v=19$m=47104,t=1,p=1$c2FsdA$aGFzaA", HashError::Damaged),
            ("$6$c2FsdA==$aGFzaA==", HashError::Damaged),
            ("$7$0$c2FsdA==$aGFzaA==", HashError::Damaged),
            ("$7$-1$c2FsdA==$aGFzaA==", HashError::Damaged),
            ("$7$1000001$c2FsdA==$aGFzaA==", HashError::Rounds(1_000_001)),
        ] {
            assert_eq!(Password::parse(text).unwrap_err(), why, "{text}");
        }
    }

    const SHA512: &str = "$6$lT7OmO+k5gx/oQrk$lVUizEmW4hyZPC1qrNiwcVXtnil6hZS1BQabsvhc3dTaQ3rdPAM2\
                          XH6ol8NMzL/kkitTb7gwcYJonTdC89uthA==";
    const PBKDF2: &str = "$7$101$hwJdILg/f4yepW+l$ieK3y/YnJmGAVcVTEP5FDXpkjRJfDV2hBMxNpyXxsxUKi7B\
                          /keiA4oVm2RioEavOJ2bKdn9SIx36cMfNslQA3g==";
}
