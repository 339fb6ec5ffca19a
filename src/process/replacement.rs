//! Files put in place whole: who reads one meanwhile finds the old or the new.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Who can read and change a new file, from its first byte on; the user's mask takes away more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone.
    Owner,
    /// Everybody reads it, its owner alone changes it.
    Read,
    /// Whoever the mask lets.
    Mask,
}

impl Access {
    #[cfg(unix)]
    fn mode(self) -> u32 {
        match self {
            Self::Owner => 0o600,
            Self::Read => 0o644,
            Self::Mask => 0o666,
        }
    }
}

/// Writes a file beside `path` and renames it, so that there is all of it or nothing. A link at
/// `path` is replaced, not followed, and so is none that somebody put where the new file is
/// written. `settle` is called with the file between the last byte and the new name.
pub fn replace(
    path: &Path,
    bytes: &[u8],
    access: Access,
    settle: impl FnOnce(&File) -> io::Result<()>,
) -> io::Result<()> {
    let beside = beside(path);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, access.mode());
    #[cfg(not(unix))]
    let _ = access;
    // Not to be removed when it is there already: then it is somebody else's.
    let mut file = options.open(&beside)?;
    let written =
        file.write_all(bytes).and_then(|()| settle(&file)).and_then(|()| fs::rename(&beside, path));
    if written.is_err() {
        // There is nothing to be done about one that cannot be removed either.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// A name that nobody can foresee, in the same folder: a rename never crosses file systems.
fn beside(path: &Path) -> OsString {
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{:016x}", fastrand::u64(..)));
    beside
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Folder(std::path::PathBuf);

    impl Folder {
        fn new() -> Self {
            let path = std::env::temp_dir().join(format!("mq-place-{:x}", fastrand::u64(..)));
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn names(&self) -> Vec<OsString> {
            let entries = fs::read_dir(&self.0).unwrap();
            entries.map(|entry| entry.unwrap().file_name()).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn what_fails_leaves_the_old_file_and_nothing_beside_it() {
        let folder = Folder::new();
        let path = folder.0.join("file");
        fs::write(&path, "old").unwrap();
        let failed =
            replace(&path, b"new", Access::Owner, |_| Err(io::ErrorKind::StorageFull.into()));
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert_eq!(fs::read(&path).unwrap(), b"old");
        replace(&path, b"new", Access::Owner, |_| Ok(())).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(folder.names(), ["file"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_is_replaced_and_modes_are_those_asked_for() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let folder = Folder::new();
        let (path, target) = (folder.0.join("file"), folder.0.join("target"));
        fs::write(&target, "kept").unwrap();
        symlink(&target, &path).unwrap();
        for access in [Access::Owner, Access::Read] {
            replace(&path, b"new", access, |_| Ok(())).unwrap();
            let there = fs::symlink_metadata(&path).unwrap();
            assert!(there.is_file());
            let more = there.permissions().mode() & 0o777 & !access.mode();
            assert_eq!(more, 0, "{access:?}: {more:o}");
        }
        assert_eq!(fs::read(&target).unwrap(), b"kept");
    }
}
