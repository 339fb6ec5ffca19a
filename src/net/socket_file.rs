//! The file of a Unix socket that listens: who owns its path, and that it goes when we go.

use std::fs;
use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use socket2::{Domain, SockAddr, Socket, Type};

use super::BindError;
use super::listen::BACKLOG;

/// A socket file that is removed on drop, unless another has taken its path by then.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: Option<Identity>,
}

/// Device and inode: the file itself, whatever its name.
type Identity = (u64, u64);

/// Listens at `path`. A socket file that nobody listens on any more is replaced.
pub(super) fn listen(path: &Path) -> Result<(SocketFile, UnixListener), BindError> {
    let fail = |error| BindError::new(path.display().to_string(), error);
    let socket = bind(path)?;
    // absolute, since the process may change its directory before it ends
    let path = std::path::absolute(path).map_err(fail)?;
    let file = SocketFile { identity: identity(&path), path };
    socket.listen(BACKLOG).map_err(fail)?;
    Ok((file, socket.into()))
}

fn bind(path: &Path) -> Result<Socket, BindError> {
    let fail = |error| BindError::new(path.display().to_string(), error);
    let address = SockAddr::unix(path).map_err(fail)?;
    let socket = new_socket().map_err(fail)?;
    match socket.bind(&address) {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {}
        outcome => return outcome.map(|()| socket).map_err(fail),
    }
    // a connection to a plain file is refused like one to a stale socket, so the type comes first
    let is_socket = fs::symlink_metadata(path).map(|file| file.file_type().is_socket());
    if !is_socket.map_err(fail)? {
        return Err(BindError::NotASocket { path: path.to_owned() });
    }
    if is_live(&address).map_err(fail)? {
        return Err(BindError::InUse { address: path.display().to_string() });
    }
    fs::remove_file(path).map_err(fail)?;
    socket.bind(&address).map(|()| socket).map_err(fail)
}

/// Whether somebody listens there.
fn is_live(address: &SockAddr) -> io::Result<bool> {
    match new_socket()?.connect(address) {
        Ok(()) => Ok(true),
        Err(error) => match error.kind() {
            // its backlog is full: very much alive
            io::ErrorKind::WouldBlock => Ok(true),
            io::ErrorKind::ConnectionRefused => Ok(false),
            _ => Err(error),
        },
    }
}

fn new_socket() -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

fn identity(path: &Path) -> Option<Identity> {
    let file = fs::symlink_metadata(path).ok()?;
    Some((file.dev(), file.ino()))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        if self.identity.is_some() && identity(&self.path) == self.identity {
            // what is left behind is replaced by the next start
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    /// A directory of one test, removed with all that is in it.
    pub(in crate::net) struct Folder(PathBuf);

    impl Folder {
        pub(in crate::net) fn new() -> Self {
            // short: a socket's path has some hundred bytes at most
            let name = format!("mq-{}-{:x}", std::process::id(), fastrand::u32(..));
            let folder = std::env::temp_dir().join(name);
            fs::create_dir(&folder).unwrap();
            Self(folder)
        }

        pub(in crate::net) fn path(&self, name: &str) -> PathBuf {
            self.0.join(name)
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn a_live_socket_is_refused_and_a_stale_one_replaced() {
        let folder = Folder::new();
        let path = folder.path("socket");
        let stale = UnixListener::bind(&path).unwrap();
        let error = listen(&path).unwrap_err();
        assert!(matches!(error, BindError::InUse { .. }), "{error:?}");
        UnixStream::connect(&path).expect("the live one stays");

        drop(stale);
        assert!(path.exists());
        let (file, listener) = listen(&path).unwrap();
        UnixStream::connect(&path).unwrap();
        drop((file, listener));
        assert!(!path.exists());
    }

    #[test]
    fn other_files_stay() {
        let folder = Folder::new();
        let path = folder.path("notes");
        fs::write(&path, "kept").unwrap();
        let error = listen(&path).unwrap_err();
        assert!(matches!(error, BindError::NotASocket { .. }), "{error:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "kept");
        let error = listen(&folder.path("missing/socket")).unwrap_err();
        assert!(matches!(error, BindError::Io { .. }), "{error:?}");
    }

    #[test]
    fn a_successor_keeps_its_file() {
        let folder = Folder::new();
        let path = folder.path("socket");
        let first = listen(&path).unwrap();
        fs::remove_file(&path).unwrap();
        let second = listen(&path).unwrap();
        drop(first);
        UnixStream::connect(&path).unwrap();
        drop(second);
        assert!(!path.exists());
    }
}
