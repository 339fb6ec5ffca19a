//! Rust sources as text, as code without comments and literals, and as paths.

use std::fs;
use std::path::Path;

use super::root;

/// One Rust file.
pub(crate) struct Source {
    /// Path below the repository, with slashes.
    pub(crate) path: String,
    pub(crate) text: String,
    /// `text` with comments and literals blanked, byte for byte as long.
    code: String,
}

/// A word or a sign of the code.
#[derive(Clone, Copy)]
pub(crate) struct Token<'a> {
    pub(crate) text: &'a str,
    /// Where it stands in the file, in bytes.
    pub(crate) at: usize,
    /// How many modules with a body in this file surround it.
    pub(crate) inline_depth: usize,
    /// Whether it belongs to a module under `#[cfg(test)]`.
    pub(crate) in_tests: bool,
}

/// A path as written, with groups taken apart: `a::{b, c::d}` is `a::b` and `a::c::d`.
pub(crate) struct PathUse<'a> {
    pub(crate) segments: Vec<&'a str>,
    pub(crate) start: Token<'a>,
}

impl Source {
    pub(crate) fn new(path: String, text: String) -> Self {
        let code = blank(&text);
        Self { path, text, code }
    }

    /// All Rust files below a folder of the repository, in order of their paths.
    pub(crate) fn below(folder: &str) -> Vec<Self> {
        let mut files = Vec::new();
        walk(&root().join(folder), &|_| true, &mut |path, text| {
            if Path::new(&path).extension().is_some_and(|extension| extension == "rs") {
                files.push(Self::new(path, text));
            }
        });
        assert!(!files.is_empty(), "no Rust file below {folder}");
        files
    }

    /// The first component below `src`: `codec` for `src/codec/frame.rs`, `text` for `src/text.rs`.
    pub(crate) fn room(&self) -> Option<&str> {
        let below = self.path.strip_prefix("src/")?;
        let first = below.split('/').next()?;
        let room = first.strip_suffix(".rs").unwrap_or(first);
        (room != "lib").then_some(room)
    }

    /// How many names the module path of this file has: 2 for `src/codec/frame.rs`.
    pub(crate) fn depth(&self) -> usize {
        let below = self.path.strip_prefix("src/").unwrap_or(&self.path);
        let below = below.strip_suffix("/mod.rs").unwrap_or(below);
        if below == "lib.rs" { 0 } else { below.split('/').count() }
    }

    /// `path:line` of a place in the file.
    pub(crate) fn place(&self, at: usize) -> String {
        let line = self.text.bytes().take(at).filter(|&byte| byte == b'\n').count() + 1;
        format!("{}:{line}", self.path)
    }

    pub(crate) fn tokens(&self) -> Vec<Token<'_>> {
        let test_file = self.path.ends_with("/tests.rs") || self.path.contains("/tests/");
        let words = words(&self.code);
        let mut tokens: Vec<Token<'_>> = Vec::with_capacity(words.len());
        // one entry an open brace: whether a module opened it, and whether that is a test's
        let mut braces: Vec<(bool, bool)> = Vec::new();
        let mut cfg_test_pending = false;
        for (index, &(at, text)) in words.iter().enumerate() {
            let before = |n: usize| index.checked_sub(n).map_or("", |i| words[i].1);
            if text == "]" && (1..=6).map(before).eq([")", "test", "(", "cfg", "[", "#"]) {
                cfg_test_pending = true;
            }
            match text {
                "{" => {
                    let module = before(2) == "mod";
                    braces.push((module, module && cfg_test_pending));
                    cfg_test_pending = false;
                }
                "}" => {
                    braces.pop();
                }
                ";" => cfg_test_pending = false,
                _ => {}
            }
            tokens.push(Token {
                text,
                at,
                inline_depth: braces.iter().filter(|brace| brace.0).count(),
                in_tests: test_file || braces.iter().any(|brace| brace.1),
            });
        }
        tokens
    }

    /// Every path in the code, groups taken apart; a single word is a path too.
    pub(crate) fn paths(&self) -> Vec<PathUse<'_>> {
        let tokens = self.tokens();
        let mut paths = Vec::new();
        for (index, token) in tokens.iter().enumerate() {
            let before = index.checked_sub(1).map_or("", |i| tokens[i].text);
            if is_word(token.text) && before != "::" && before != "." {
                let mut found = Vec::new();
                expand(&tokens, index, &mut Vec::new(), &mut found);
                paths.extend(found.into_iter().map(|segments| PathUse { segments, start: *token }));
            }
        }
        paths
    }
}

/// Calls `file` with path and text of every wanted file that is UTF-8, in wanted folders.
pub(crate) fn walk(
    folder: &Path,
    wanted: &dyn Fn(&str) -> bool,
    file: &mut dyn FnMut(String, String),
) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.expect("an entry of a folder").path())
        .collect();
    entries.sort();
    for entry in entries {
        let path = entry.strip_prefix(root()).expect("below the root");
        let path = path.to_str().expect("names are UTF-8").replace('\\', "/");
        if !wanted(&path) {
            continue;
        }
        if entry.is_dir() {
            walk(&entry, wanted, file);
        } else if let Ok(text) = fs::read_to_string(&entry) {
            file(path, text);
        }
    }
}

fn expand<'a>(
    tokens: &[Token<'a>],
    mut index: usize,
    prefix: &mut Vec<&'a str>,
    found: &mut Vec<Vec<&'a str>>,
) -> usize {
    let text = |i: usize| tokens.get(i).map_or("", |token| token.text);
    let length = prefix.len();
    loop {
        if text(index) == "{" {
            index += 1;
            while !matches!(text(index), "}" | "") {
                index = expand(tokens, index, prefix, found);
                while !matches!(text(index), "," | "}" | "") {
                    index += 1; // `as name`
                }
                if text(index) == "," {
                    index += 1;
                }
            }
            prefix.truncate(length);
            return index + 1;
        }
        if is_word(text(index)) || text(index) == "*" {
            prefix.push(text(index));
            index += 1;
        }
        let next = text(index + 1);
        if text(index) == "::" && (is_word(next) || matches!(next, "{" | "*")) {
            index += 1;
        } else {
            break;
        }
    }
    found.push(prefix.clone());
    prefix.truncate(length);
    index
}

fn is_word(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, `::` and single signs with their places.
fn words(code: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        let at = code.len() - rest.len();
        let length = if first.is_alphanumeric() || first == '_' {
            rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        if !first.is_whitespace() {
            words.push((at, word));
        }
        rest = after;
    }
    words
}

/// Replaces comments, strings and character literals by spaces and keeps line ends.
fn blank(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut code = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = literal_end(text, at);
        for byte in code.iter_mut().take(end).skip(at) {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end.max(at + 1);
    }
    String::from_utf8(code).expect("whole characters are replaced")
}

/// Where the comment or literal that begins at `at` ends; `at` itself when none begins there.
fn literal_end(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    let rest = &bytes[at..];
    let line_end = || rest.iter().position(|&b| b == b'\n').map_or(bytes.len(), |n| at + n);
    match rest {
        [b'/', b'/', ..] => line_end(),
        [b'/', b'*', ..] => block_comment_end(bytes, at),
        [b'"', ..] => string_end(bytes, at + 1),
        [b'r', after @ ..] if !follows_word(bytes, at) => {
            let hashes = after.iter().take_while(|&&b| b == b'#').count();
            if after.get(hashes) == Some(&b'"') {
                let close = format!("\"{}", "#".repeat(hashes));
                let body = at + 2 + hashes;
                text[body..].find(&close).map_or(bytes.len(), |n| body + n + close.len())
            } else {
                at
            }
        }
        [b'\'', b'\\', escaped @ ..] => {
            let close = escaped.iter().skip(1).position(|&b| b == b'\'');
            close.map_or(bytes.len(), |n| at + 2 + 1 + n + 1)
        }
        [b'\'', ..] => {
            let Some(character) = text[at + 1..].chars().next() else { return bytes.len() };
            let close = at + 1 + character.len_utf8();
            if bytes.get(close) == Some(&b'\'') { close + 1 } else { at } // else a lifetime
        }
        _ => at,
    }
}

/// Whether the byte at `at` continues a word; the `b` and `c` of `br""` and `cr""` are none.
fn follows_word(bytes: &[u8], at: usize) -> bool {
    let word = |i: Option<usize>| {
        i.and_then(|i| bytes.get(i)).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
    };
    let previous = at.checked_sub(1);
    match previous.and_then(|i| bytes.get(i)) {
        Some(b'b' | b'c') => word(at.checked_sub(2)),
        _ => word(previous),
    }
}

fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn block_comment_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < bytes.len() {
        match &bytes[at..] {
            [b'/', b'*', ..] => {
                depth += 1;
                at += 2;
            }
            [b'*', b'/', ..] => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(text: &str) -> Vec<String> {
        let source = Source::new("src/a/b.rs".into(), text.into());
        source.paths().iter().map(|path| path.segments.join("::")).collect()
    }

    #[test]
    fn groups_are_taken_apart() {
        let found = paths("use crate::{codec::{Frame, self as c}, net, text::*};");
        for path in ["crate::codec::Frame", "crate::codec::self", "crate::net", "crate::text::*"] {
            assert!(found.iter().any(|f| f == path), "{path} is not in {found:?}");
        }
    }

    #[test]
    fn comments_and_literals_hold_no_paths() {
        let text = r##"
            // crate::a
            /* crate::b /* crate::c */ crate::d */
            let s = "crate::e \" crate::f"; let r = br#"crate::g " crate::h"#;
            let c = '"'; let q = '\''; let l: &'static str = crate::found(); let e = '\u{1F600}';
        "##;
        let found: Vec<_> =
            paths(text).into_iter().filter(|path| path.starts_with("crate")).collect();
        assert_eq!(found, ["crate::found"]);
    }

    #[test]
    fn test_modules_and_depth_are_known() {
        let text =
            "fn a() { one() } #[cfg(test)] mod tests { fn b() { two() } } fn c() { three() }";
        let source = Source::new("src/a/b.rs".into(), text.into());
        let of = |name| *source.tokens().iter().find(|token| token.text == name).unwrap();
        assert_eq!((of("one").inline_depth, of("one").in_tests), (0, false));
        assert_eq!((of("two").inline_depth, of("two").in_tests), (1, true));
        assert_eq!((of("three").inline_depth, of("three").in_tests), (0, false));
        assert_eq!((source.depth(), source.room()), (2, Some("a")));
    }
}
