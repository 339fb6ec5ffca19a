//! The files in which users keep options: one option a line, the rest of the line is its value.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use super::name;
use crate::options::Environment;
use crate::options::Tool;

/// The options of the file, each as the words of a command line. A file that is not there or
/// cannot be read holds none.
pub(super) fn lines(
    tool: Tool,
    named: Option<&OsString>,
    environment: Environment<'_>,
) -> Vec<Vec<OsString>> {
    let path = match named {
        Some(path) => Some(PathBuf::from(path)),
        None => usual_path(tool, environment),
    };
    let content = path.and_then(|path| std::fs::read(path).ok()).unwrap_or_default();
    content.split(|byte| *byte == b'\n').filter_map(words).collect()
}

/// Where the file is when nobody says so. A variable that is empty is the root, as mosquitto has
/// it, and never the current folder: whoever may write there would have a say in the options.
fn usual_path(tool: Tool, environment: Environment<'_>) -> Option<PathBuf> {
    if cfg!(windows) {
        let profile = PathBuf::from(environment("USERPROFILE")?);
        return Some(profile.join(format!("{}.conf", name(tool))));
    }
    let (mut path, below) = match environment("XDG_CONFIG_HOME") {
        Some(folder) => (folder, "/"),
        None => (environment("HOME")?, "/.config/"),
    };
    path.push(below);
    path.push(name(tool));
    Some(path.into())
}

/// The option and, behind the first space, its value: spaces in it are kept, and nothing in it
/// is special.
fn words(line: &[u8]) -> Option<Vec<OsString>> {
    if line.starts_with(b"#") {
        return None;
    }
    let end = line.iter().rposition(|byte| *byte != b'\r').map_or(0, |last| last.saturating_add(1));
    let line = line.get(..end).unwrap_or_default();
    let start = line.iter().position(|byte| *byte != b' ')?;
    let line = line.get(start..).unwrap_or_default();
    let parts = line.splitn(2, |byte| *byte == b' ');
    Some(parts.filter_map(word).collect()).filter(|words: &Vec<_>| !words.is_empty())
}

/// A word of a command line; an empty one is none.
fn word(bytes: &[u8]) -> Option<OsString> {
    if bytes.is_empty() {
        return None;
    }
    #[cfg(unix)]
    return Some(<OsStr as std::os::unix::ffi::OsStrExt>::from_bytes(bytes).to_owned());
    #[cfg(not(unix))]
    Some(OsString::from(String::from_utf8_lossy(bytes).into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<Vec<OsString>> {
        words(line.as_bytes())
    }

    fn of(words: &[&str]) -> Vec<OsString> {
        words.iter().map(OsString::from).collect()
    }

    #[test]
    fn the_rest_of_the_line_is_the_value() {
        assert_eq!(read("-t a b  c \r"), Some(of(&["-t", "a b  c "])));
        assert_eq!(read("  -d"), Some(of(&["-d"])));
        assert_eq!(read("-m \"x\""), Some(of(&["-m", "\"x\""])));
        assert_eq!(read("-m  x"), Some(of(&["-m", " x"])));
        assert_eq!(read("-d "), Some(of(&["-d"])));
        assert_eq!(read(" # no comment"), Some(of(&["#", "no comment"])));
        for nothing in ["", "\r", "#-d", "   "] {
            assert_eq!(read(nothing), None, "{nothing:?}");
        }
    }

    #[test]
    fn the_file_is_where_mosquitto_looks_for_it() {
        let home = |name: &str| (name == "HOME").then(|| OsString::from("/people/me"));
        let both = |name: &str| match name {
            "HOME" => Some(OsString::from("/people/me")),
            "XDG_CONFIG_HOME" => Some(OsString::from("/xdg")),
            _ => None,
        };
        let of = |tool, environment: Environment<'_>| usual_path(tool, environment);
        assert_eq!(of(Tool::Subscribe, &home), Some("/people/me/.config/mosquitto_sub".into()));
        assert_eq!(of(Tool::Request, &both), Some("/xdg/mosquitto_rr".into()));
        assert_eq!(of(Tool::Publish, &|_| None), None);
        let empty = |_: &str| Some(OsString::new());
        assert_eq!(of(Tool::Publish, &empty), Some("/mosquitto_pub".into()));
        let no_home = |name: &str| (name == "HOME").then(OsString::new);
        assert_eq!(of(Tool::Publish, &no_home), Some("/.config/mosquitto_pub".into()));
    }
}
