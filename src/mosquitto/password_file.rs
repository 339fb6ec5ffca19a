//! mosquitto's `password_file`: names and hashes of passwords, read by a broker and edited by
//! `mq passwd`.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::Path;

use super::lines::{self, At, FileError};
#[cfg(unix)]
use super::lines::{FOREIGN, is_foreign};
use crate::broker::access::{HashError, Method, Password, hash};
use crate::process::{Access, replace};
use crate::secret::Secret;

/// A file as it is edited: what is no user stays as it is.
#[derive(Debug, Default)]
pub struct PasswordFile {
    lines: Vec<Line>,
}

#[derive(Debug)]
enum Line {
    /// A comment, or nothing.
    Other(String),
    User {
        name: String,
        hash: Secret,
        number: usize,
    },
}

/// The users of a file, of whom there is at least one.
pub fn read(path: &Path) -> Result<Vec<(String, Password)>, FileError> {
    PasswordFile::read(path)?.users().map_err(|at| FileError { path: path.to_owned(), at })
}

/// Why a name cannot stand in the file.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    if name.is_empty() {
        return Err("the name is empty");
    }
    if name.starts_with('#') {
        return Err("a name that begins with # would be a comment");
    }
    if name.contains(':') {
        return Err("a name has no colon: it ends there");
    }
    if name.chars().any(char::is_control) {
        return Err("a name has no control characters");
    }
    if u16::try_from(name.len()).is_err() {
        return Err("a name has 65,535 bytes at most");
    }
    Ok(())
}

impl PasswordFile {
    /// Reads a file; passwords may be plain in it.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let text = lines::read(path)?;
        Self::parse(&text).map_err(|at| FileError { path: path.to_owned(), at })
    }

    fn parse(text: &str) -> Result<Self, At> {
        let mut file = Self::default();
        let mut said = lines::said(text).peekable();
        let mut known = HashMap::new();
        let all = text.strip_suffix('\n').unwrap_or(text);
        for (at, line) in all.split('\n').enumerate() {
            let number = at.saturating_add(1);
            let Some((_, line)) = said.next_if(|(next, _)| *next == number) else {
                file.lines.push(Line::Other(line.to_owned()));
                continue;
            };
            let wrong = |why: String| At::Line(number, why);
            let line = line.map_err(wrong)?;
            let (name, hash) = line.split_once(':').ok_or_else(|| {
                wrong("the colon between the name and the password is missing".to_owned())
            })?;
            check_name(name).map_err(|why| wrong(why.to_owned()))?;
            if let Some(first) = known.insert(name.to_owned(), number) {
                let why = format!("user {name:?} is there already, on line {first}");
                return Err(wrong(why));
            }
            let (name, hash) = (name.to_owned(), Secret::new(hash.trim_end()));
            file.lines.push(Line::User { name, hash, number });
        }
        if text.is_empty() {
            file.lines.clear();
        }
        Ok(file)
    }

    /// Everybody, by whose passwords they are recognised.
    fn users(&self) -> Result<Vec<(String, Password)>, At> {
        let mut users = Vec::new();
        for line in &self.lines {
            let Line::User { name, hash, number } = line else { continue };
            let password = parse_hash(hash)
                .map_err(|why| At::Line(*number, format!("user {name:?}: {why}")))?;
            users.push((name.clone(), password));
        }
        if users.is_empty() {
            return Err(At::Whole("it has no user"));
        }
        Ok(users)
    }

    /// Adds a user or changes the password; whether the user is new.
    pub fn set(&mut self, name: &str, password: &Secret, method: Method) -> io::Result<bool> {
        let new = Secret::new(hash(password, method)?);
        let old = self.lines.iter_mut().find_map(|line| match line {
            Line::User { name: other, hash, .. } if other == name => Some(hash),
            _ => None,
        });
        match old {
            Some(hash) => {
                *hash = new;
                Ok(false)
            }
            None => {
                let number = self.lines.len().saturating_add(1);
                self.lines.push(Line::User { name: name.to_owned(), hash: new, number });
                Ok(true)
            }
        }
    }

    /// Removes a user; false when there is none of this name.
    pub fn remove(&mut self, name: &str) -> bool {
        let before = self.lines.len();
        self.lines.retain(|line| !matches!(line, Line::User { name: other, .. } if other == name));
        self.lines.len() < before
    }

    /// Hashes the passwords that stand in it as they are; how many there were.
    pub fn upgrade(&mut self, method: Method) -> io::Result<usize> {
        let mut count = 0_usize;
        for line in &mut self.lines {
            if let Line::User { hash: text, .. } = line
                && matches!(parse_hash(text), Err(HashError::Plain))
            {
                *text = Secret::new(hash(text, method)?);
                count = count.saturating_add(1);
            }
        }
        Ok(count)
    }

    /// Puts it in place of what is there, whole or not at all, readable by nobody else. A link is
    /// replaced, not followed. Whose file it was, and whether the group may read it, stays.
    pub fn write(&self, path: &Path) -> Result<(), FileError> {
        let there = std::fs::symlink_metadata(path).ok().filter(std::fs::Metadata::is_file);
        let written = replace(path, &self.to_bytes(), Access::Owner, |file| {
            keep_owner(file, there.as_ref());
            file.sync_all()
        });
        written.map_err(|error| FileError { path: path.to_owned(), at: At::File(error) })
    }

    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        for line in &self.lines {
            match line {
                Line::Other(text) => bytes.extend_from_slice(text.as_bytes()),
                Line::User { name, hash, .. } => {
                    bytes.extend_from_slice(name.as_bytes());
                    bytes.push(b':');
                    bytes.extend_from_slice(hash.expose());
                }
            }
            bytes.push(b'\n');
        }
        bytes
    }
}

fn parse_hash(text: &Secret) -> Result<Password, HashError> {
    Password::parse(std::str::from_utf8(text.expose()).map_err(|_| HashError::Damaged)?)
}

/// What is to be said of who else can read or change a file. That its group can read it is how a
/// broker reads the file of an administrator, and worth a word only when it is the broker's own.
#[cfg(unix)]
pub fn warnings(path: &Path) -> Vec<&'static str> {
    use std::os::unix::fs::MetadataExt as _;
    let Ok(there) = std::fs::metadata(path) else { return Vec::new() };
    let mode = there.mode();
    let is_own = there.uid() == rustix::process::geteuid().as_raw();
    let mut warnings = Vec::new();
    if is_open_to_others(path) {
        warnings.push("everybody on this machine can read it: chmod o-r it");
    }
    if mode & 0o040 != 0 && is_own {
        warnings.push("its group can read it: chmod g-r it");
    }
    if mode & 0o022 != 0 {
        warnings.push("others can add users to it: chmod go-w it");
    }
    warnings.extend(is_foreign(&there).then_some(FOREIGN));
    warnings
}

/// Whether everybody on this machine can read a file.
#[cfg(unix)]
pub fn is_open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).is_ok_and(|there| there.mode() & 0o004 != 0)
}

/// The system is not asked here.
#[cfg(not(unix))]
pub fn is_open_to_others(_: &Path) -> bool {
    false
}

/// The system is not asked here.
#[cfg(not(unix))]
pub fn warnings(_: &Path) -> Vec<&'static str> {
    Vec::new()
}

/// A broker that runs as somebody else still reads its file after an administrator edited it. Who
/// may not give files away gets one of their own.
#[cfg(unix)]
fn keep_owner(file: &File, there: Option<&std::fs::Metadata>) {
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown};
    let Some(there) = there else { return };
    if fchown(file, Some(there.uid()), Some(there.gid())).is_ok() {
        let mode = 0o600 | (there.mode() & 0o040);
        // Without it nobody else can read it, which is the safer of both.
        let _ = file.set_permissions(std::fs::Permissions::from_mode(mode));
    }
}

#[cfg(not(unix))]
fn keep_owner(_: &File, _: Option<&std::fs::Metadata>) {}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$6$lT7OmO+k5gx/oQrk$lVUizEmW4hyZPC1qrNiwcVXtnil6hZS1BQabsvhc3dTaQ3rdPAM2XH\
                        6ol8NMzL/kkitTb7gwcYJonTdC89uthA==";

    fn users(text: &str) -> Result<Vec<String>, At> {
        let users = PasswordFile::parse(text)?.users()?;
        Ok(users.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn users_are_read_and_all_else_is_refused_with_its_line() {
        let good = format!("# staff\r\nalice:{HASH}\r\n\n bob c :{HASH}");
        assert_eq!(users(&good).unwrap(), ["alice", " bob c "]);
        for (text, line, why) in [
            (format!("alice:{HASH}\nbob\n"), 2, "colon"),
            (format!("alice:{HASH}\n:{HASH}\n"), 2, "empty"),
            (format!("alice:{HASH}\n\nalice:{HASH}\n"), 3, "on line 1"),
            (format!("alice:{}\n", &HASH[..HASH.len() - 1]), 1, "damaged"),
            ("alice:marker\n".to_owned(), 1, "mq passwd -U"),
            ("alice:\n".to_owned(), 1, "mq passwd -U"),
            (format!("\u{FEFF}alice:{HASH}"), 1, "byte order mark"),
            (format!("al\0ice:{HASH}"), 1, "control character"),
        ] {
            match users(&text) {
                Err(At::Line(number, said)) => {
                    assert!(number == line && said.contains(why), "{text:?}: {number} {said}");
                    assert!(!said.contains("marker"), "{said}");
                }
                other => panic!("{text:?}: {other:?}"),
            }
        }
        for text in ["", "\n", "# nobody\n"] {
            assert!(matches!(users(text), Err(At::Whole(_))), "{text:?}");
        }
    }

    #[test]
    fn what_is_not_edited_stays_as_it_is() {
        let text = format!("# staff\n\nalice:{HASH}\nbob:{HASH}\n# end\n");
        let mut file = PasswordFile::parse(&text).unwrap();
        assert_eq!(file.to_bytes(), text.as_bytes());
        assert!(file.remove("alice") && !file.remove("alice"));
        assert_eq!(file.to_bytes(), format!("# staff\n\nbob:{HASH}\n# end\n").as_bytes());
        assert!(file.set("carol", &Secret::new("pw"), Method::Sha512).unwrap());
        assert!(!file.set("bob", &Secret::new("pw"), Method::Sha512).unwrap());
        let after = String::from_utf8(file.to_bytes()).unwrap();
        assert_eq!(users(&after).unwrap(), ["bob", "carol"]);
        assert!(!after.contains(HASH));
        assert!(PasswordFile::parse("").unwrap().to_bytes().is_empty());
    }

    #[test]
    fn plain_passwords_are_hashed_and_hashes_stay() {
        let mut file = PasswordFile::parse(&format!("alice:marker\nbob:{HASH}\n")).unwrap();
        assert_eq!(file.upgrade(Method::Sha512).unwrap(), 1);
        let after = String::from_utf8(file.to_bytes()).unwrap();
        assert_eq!(users(&after).unwrap(), ["alice", "bob"]);
        assert!(after.contains(HASH) && !after.contains("marker"));
        assert_eq!(file.upgrade(Method::Sha512).unwrap(), 0);
    }
}
