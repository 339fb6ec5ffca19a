//! Values of the environment, and secrets of files.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::parse_version;
use crate::codec::Version;
use crate::options::{Environment, Error};
use crate::secret::Secret;

/// Bytes of the longest password, as MQTT counts them.
const MAX_STRING: usize = 65_535;

/// No more of a file is read for a secret: a password has at most 65,535 bytes, and one that is
/// longer is told to be; the headers of a request have a fraction of that.
const LONGEST_LINE: u64 = 65_538;

/// The environment; an empty variable is as good as none.
#[derive(Clone, Copy)]
pub(in crate::options) struct Variables<'a>(pub(in crate::options) Environment<'a>);

impl Variables<'_> {
    fn raw(self, name: &str) -> Option<OsString> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    pub(super) fn text(self, variable: &'static str) -> Result<Option<String>, Error> {
        let text = self.raw(variable).map(OsString::into_string).transpose();
        text.map_err(|_| Error::VariableNotText(variable))
    }

    /// A file or folder.
    pub(in crate::options) fn path(self, variable: &'static str) -> Option<PathBuf> {
        self.raw(variable).map(PathBuf::from)
    }

    pub(super) fn number(
        self,
        name: &'static str,
        wanted: &'static str,
    ) -> Result<Option<u16>, Error> {
        self.text(name)?.map(|text| number(name, &text, wanted)).transpose()
    }

    pub(super) fn version(self) -> Result<Option<Version>, Error> {
        let Some(text) = self.text("MQTT_VERSION")? else { return Ok(None) };
        parse_version(&text).map(Some).ok_or(Error::Variable {
            variable: "MQTT_VERSION",
            value: text,
            wanted: "3.1, 3.1.1 or 5",
        })
    }

    /// `MQTT_PASSWORD`, or the first line of the file that `MQTT_PASSWORD_FILE` names.
    pub(super) fn password(self) -> Result<Option<Secret>, Error> {
        if let Some(password) = self.raw("MQTT_PASSWORD") {
            return Ok(Some(Secret::new(password.into_encoded_bytes())));
        }
        self.path("MQTT_PASSWORD_FILE").map(|path| first_line(&path)).transpose()
    }
}

/// The first line of a file that holds a secret.
pub(in crate::options) fn first_line(path: &Path) -> Result<Secret, Error> {
    beginning(path).map(|content| line(&content))
}

/// What `value` says, or where it is `@FILE`, the lines of the file that are not empty: others can
/// see the words of a command line.
pub(in crate::options) fn lines_behind(value: &Secret) -> Result<Vec<Secret>, Error> {
    let Some(path) = value.expose().strip_prefix(b"@") else { return Ok(vec![value.clone()]) };
    let path = PathBuf::from(String::from_utf8_lossy(path).into_owned());
    let content = beginning(&path)?;
    let lines = content.split(|byte| *byte == b'\n').map(line);
    Ok(lines.filter(|line| !line.expose().is_empty()).collect())
}

/// As much of a file as may matter.
fn beginning(path: &Path) -> Result<Vec<u8>, Error> {
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(LONGEST_LINE).read_to_end(&mut content))
        .map_err(|source| Error::File { path: path.to_owned(), source })?;
    Ok(content)
}

/// The first line of a file that a broker takes a password from: one that nobody can mean lets
/// nobody in.
pub(in crate::options) fn password_line(path: &Path) -> Result<Secret, Error> {
    let password = first_line(path)?;
    let why = match password.expose() {
        [] => "it is empty, and a password is wanted there",
        [0xEF, 0xBB, 0xBF, ..] => {
            "it begins with a byte order mark: save the file as UTF-8 without one"
        }
        line if line.contains(&0) => "it has a zero byte, and so is no password",
        line if line.len() > MAX_STRING => "it is longer than a password can be",
        _ => return Ok(password),
    };
    Err(Error::PasswordLine { path: path.to_owned(), why })
}

/// The login secret in the first line of a file, or of standard input, which goes on behind it.
pub(super) fn password_of(path: &Path) -> Result<Secret, Error> {
    if path.as_os_str() != "-" {
        return first_line(path);
    }
    let mut content = Vec::new();
    while content.last() != Some(&b'\n') && (content.len() as u64) < LONGEST_LINE {
        match next_byte() {
            Ok(Some(byte)) => content.push(byte),
            Ok(None) => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::Input(error)),
        }
    }
    if content.is_empty() {
        return Err(Error::NoPassword);
    }
    Ok(line(&content))
}

/// The next byte of standard input, and none behind it: messages may follow.
#[cfg(unix)]
fn next_byte() -> io::Result<Option<u8>> {
    let mut buffer = [0];
    let count = rustix::io::read(rustix::stdio::stdin(), &mut buffer)?;
    let [byte] = buffer;
    Ok((count > 0).then_some(byte))
}

/// The next byte of standard input.
#[cfg(not(unix))]
fn next_byte() -> io::Result<Option<u8>> {
    io::stdin().lock().bytes().next().transpose()
}

fn line(content: &[u8]) -> Secret {
    let line = content.split(|byte| *byte == b'\n').next().unwrap_or_default();
    Secret::new(line.strip_suffix(b"\r").unwrap_or(line))
}

/// A port by a variable.
pub(super) fn port_number(text: String) -> Result<u16, Error> {
    let (variable, wanted) = ("MQTT_PORT", "a port number from 1 to 65535");
    let number = text.parse().ok().filter(|port| *port > 0);
    number.ok_or(Error::Variable { variable, value: text, wanted })
}

fn number(variable: &'static str, text: &str, wanted: &'static str) -> Result<u16, Error> {
    text.parse().map_err(|_| Error::Variable { variable, value: text.to_owned(), wanted })
}
