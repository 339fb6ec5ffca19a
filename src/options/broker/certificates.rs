//! The files of certificates that a broker makes for itself and for its clients.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::net::{CertificateAuthority, Issued, random_bytes};
use crate::options::Error;
use crate::process::{Access, replace};

/// Names of the files; clients have theirs.
const CA_CERTIFICATE: &str = "ca.crt";
const CA_KEY: &str = "ca.key";
const SERVER: &str = "server";

/// Letters of a client's name: X.509 has no room for more (`ub-common-name`).
const LONGEST_NAME: usize = 64;

/// Certificates on disk. A folder that nobody asked to keep goes with this value.
#[derive(Debug)]
pub struct Certificates {
    /// Whom clients are to trust: a PEM file.
    pub ca_file: PathBuf,
    /// The broker's own certificate and its key.
    pub server: (PathBuf, PathBuf),
    /// Those of clients.
    pub clients: Vec<(PathBuf, PathBuf)>,
    /// The folder, where it goes with this value.
    _fresh: Option<Fresh>,
}

#[derive(Debug)]
struct Fresh(PathBuf);

impl Drop for Fresh {
    fn drop(&mut self) {
        // What cannot be removed is in the folder for such files, and for its owner alone.
        let _ = fs::remove_dir_all(&self.0);
    }
}

impl Certificates {
    /// Makes them: in a folder that is kept, by the authority that is there or a new one, else in
    /// a new folder, by an authority whose key is written nowhere. `names` are the broker's,
    /// `clients` those of clients.
    pub(super) fn make(
        kept: Option<&Path>,
        names: &[String],
        clients: &[String],
    ) -> Result<Self, Error> {
        if let Some(name) = clients.iter().find(|name| !is_name(name)) {
            return Err(Error::CertificateName { name: name.clone() });
        }
        let (folder, fresh) = match kept {
            Some(folder) => {
                create_private(folder, true).map_err(|source| failed(folder, source))?;
                (folder.to_owned(), None)
            }
            None => {
                let fresh = fresh_folder()?;
                (fresh.0.clone(), Some(fresh))
            }
        };
        let authority = authority(&folder, kept.is_some())?;
        let server = (folder.join("server.crt"), folder.join("server.key"));
        write_pair(&server, &authority.server(names)?)?;
        let mut made = Vec::with_capacity(clients.len());
        for name in clients {
            let file = |end| folder.join(format!("{name}.{end}"));
            let pair = (file("crt"), file("key"));
            // Somebody may have it already.
            if !(pair.0.exists() && pair.1.exists()) {
                write_pair(&pair, &authority.client(name)?)?;
            }
            made.push(pair);
        }
        Ok(Self { ca_file: folder.join(CA_CERTIFICATE), server, clients: made, _fresh: fresh })
    }
}

/// Whether a client can have this name, and files can.
fn is_name(name: &str) -> bool {
    let is_taken = ["ca", SERVER].iter().any(|taken| name.eq_ignore_ascii_case(taken));
    let is_plain = |letter: char| !letter.is_control() && !matches!(letter, '/' | '\\');
    !name.is_empty()
        && name.chars().count() <= LONGEST_NAME
        && !name.starts_with('.')
        && name.chars().all(is_plain)
        && !is_taken
}

/// The authority of a folder, made now if there is none.
fn authority(folder: &Path, is_kept: bool) -> Result<CertificateAuthority, Error> {
    let (certificate, key) = (folder.join(CA_CERTIFICATE), folder.join(CA_KEY));
    if is_kept {
        match (certificate.exists(), key.exists()) {
            (true, true) => return Ok(CertificateAuthority::load(&certificate, &key)?),
            (false, false) => {}
            _ => return Err(Error::HalfAuthority { folder: folder.to_owned() }),
        }
    }
    // Two authorities of one name confuse who trusts both.
    let number = u32::from_be_bytes(random_bytes().map_err(|source| failed(folder, source))?);
    let authority = CertificateAuthority::new(&format!("mq broker CA {number:08x}"))?;
    if is_kept {
        write(&key, &authority.key(), Access::Owner)?;
    }
    write(&certificate, authority.certificate(), Access::Read)?;
    Ok(authority)
}

/// A folder for this user alone that nobody could make before.
fn fresh_folder() -> Result<Fresh, Error> {
    let above = std::env::temp_dir();
    let number = random_bytes().map_err(|source| failed(&above, source))?;
    let folder = above.join(format!("mq-tls-{:016x}", u64::from_be_bytes(number)));
    create_private(&folder, false).map_err(|source| failed(&folder, source))?;
    Ok(Fresh(folder))
}

fn create_private(folder: &Path, may_exist: bool) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if may_exist && error.kind() == io::ErrorKind::AlreadyExists => {
            if folder.is_dir() { Ok(()) } else { Err(error) }
        }
        outcome => outcome,
    }
}

fn write_pair((certificate, key): &(PathBuf, PathBuf), issued: &Issued) -> Result<(), Error> {
    write(key, &issued.key, Access::Owner)?;
    write(certificate, &issued.certificate, Access::Read)
}

fn write(path: &Path, text: &str, access: Access) -> Result<(), Error> {
    replace(path, text.as_bytes(), access, |_| Ok(())).map_err(|source| failed(path, source))
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::NotWritten { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_clients_are_names_of_files() {
        for good in ["pump", "Pump 7", "a.b@example.org", "ünïcode", &"x".repeat(64)] {
            assert!(is_name(good), "{good}");
        }
        let long = "x".repeat(65);
        for bad in ["", "ca", "CA", "server", ".", "..", ".x", "a/b", "a\\b", "a\nb", "\0", &long] {
            assert!(!is_name(bad), "{bad}");
        }
    }
}
