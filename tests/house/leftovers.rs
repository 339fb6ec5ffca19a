//! Sizes, skipped tests, unfinished work, and the files that a checkout must run.

use super::source::{Source, walk};
use super::{hold, root};

/// Lines of a file under `src`, its tests included.
const SPLIT_AT: usize = 500;
const HARD_STOP: usize = 800;
/// Files that may be longer than `SPLIT_AT`, each with the reason. Short, or it means nothing.
const LONG: &[(&str, &str)] = &[];
const PROGRAM_LINES: usize = 60;

/// Written in two halves, so that this file does not hold what it bars.
const BARRED: &[&str] = &[
    concat!("todo", "!("),
    concat!("unimplemented", "!("),
    concat!("FIX", "ME"),
    concat!("/work", "/"),
    concat!("/root", "/"),
    concat!("/home", "/"),
    concat!("/tmp/", "wt-"),
    concat!("/tmp/", "target"),
];

/// Whether a file or folder is the project's own text: not what git, cargo or an editor keeps.
fn is_ours(path: &str) -> bool {
    let hidden = path.starts_with('.')
        && ![".cargo", ".ci", ".config", ".editorconfig", ".gitignore"]
            .iter()
            .any(|known| path == *known || path.starts_with(&format!("{known}/")));
    !hidden && !root().join(path).join("CACHEDIR.TAG").exists()
}

fn oversize(path: &str, lines: usize) -> Option<String> {
    let excused = LONG.iter().any(|(long, _)| *long == path);
    let limit = match (path, excused) {
        ("src/bin/mq.rs", _) => PROGRAM_LINES,
        (_, true) => HARD_STOP,
        (_, false) => SPLIT_AT,
    };
    (lines > limit).then(|| format!("{path}: {lines} lines, at most {limit}"))
}

#[test]
fn files_stay_readable() {
    let sources = Source::below("src");
    let found: Vec<_> = sources
        .iter()
        .filter_map(|source| oversize(&source.path, source.text.lines().count()))
        .collect();
    hold("a file that grows is split by concern", &found);
    let stale: Vec<_> = LONG
        .iter()
        .filter(|(long, _)| {
            let source = sources.iter().find(|source| source.path == *long);
            source.is_none_or(|source| source.text.lines().count() <= SPLIT_AT)
        })
        .map(|(long, _)| format!("{long}: no longer needs its excuse"))
        .collect();
    hold("LONG names only long files", &stale);
}

#[test]
fn sizes_are_seen() {
    assert!(oversize("src/bin/mq.rs", 61).is_some());
    assert!(oversize("src/bin/mq.rs", 60).is_none());
    assert!(oversize("src/a.rs", 501).is_some());
    assert!(oversize("src/a.rs", 500).is_none());
}

/// Skips that are not `#[ignore = "needs PROGRAM"]` on a line of their own.
fn wild_skips(source: &Source) -> Vec<String> {
    let tokens = source.tokens();
    let mut found = Vec::new();
    for (index, token) in tokens.iter().enumerate() {
        let before = |n: usize| index.checked_sub(n).map_or("", |i| tokens[i].text);
        let attribute = token.text == "ignore" && before(1) == "[" && before(2) == "#";
        let conditional = token.text == "ignore"
            && (1..20).map(before).take_while(|text| *text != "]").any(|text| text == "cfg_attr");
        let line_start = source.text[..token.at].rfind('\n').map_or(0, |at| at + 1);
        let line = source.text[line_start..].lines().next().unwrap_or_default().trim();
        if conditional || attribute && !is_permitted(line) {
            found.push(format!("{}: {line}", source.place(token.at)));
        }
    }
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        let comment = line.trim_start();
        if (comment.starts_with("///") || comment.starts_with("//!"))
            && comment.contains("```")
            && comment.contains("ignore")
        {
            found.push(format!("{}: {}", source.place(at), comment.trim()));
        }
        at += line.len();
    }
    found
}

fn is_permitted(line: &str) -> bool {
    let program = line.strip_prefix("#[ignore = \"needs ").and_then(|l| l.strip_suffix("\"]"));
    program.is_some_and(|program| {
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+');
        !program.is_empty() && program.chars().all(known)
    })
}

#[test]
fn tests_are_skipped_for_a_missing_program_only() {
    let sources = Source::below("src").into_iter().chain(Source::below("tests"));
    let found: Vec<_> = sources.flat_map(|source| wild_skips(&source)).collect();
    hold("the one form of a skip is `#[ignore = \"needs PROGRAM\"]`, alone on its line", &found);
}

#[test]
fn wild_skips_are_seen() {
    let wild =
        |text: &str| wild_skips(&Source::new("tests/cli/x.rs".into(), text.to_owned())).len();
    assert_eq!(wild("#[test]\n#[ignore = \"needs mosquitto_pub\"]\nfn f() {}"), 0);
    assert_eq!(wild("#[test]\n#[ignore]\nfn f() {}"), 1);
    assert_eq!(wild("#[ignore = \"slow\"]\nfn f() {}"), 1);
    assert_eq!(wild("#[ignore = \"needs a program\"]\nfn f() {}"), 1);
    assert_eq!(wild("#[test] #[ignore = \"needs strace\"] fn f() {}"), 1);
    assert_eq!(wild("#[cfg_attr(windows, ignore = \"needs unix\")]\nfn f() {}"), 1);
    assert_eq!(wild("/// ```ignore\n/// ```\nfn f() { ignore(1) }"), 1);
}

fn barred_words(path: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for word in BARRED {
            if line.contains(word) {
                found.push(format!("{path}:{}: {word}", number + 1));
            }
        }
    }
    found
}

#[test]
fn nothing_is_left_unfinished() {
    let mut found = Vec::new();
    let mut files = 0;
    walk(root(), &is_ours, &mut |path, text| {
        files += 1;
        found.extend(barred_words(&path, &text));
    });
    assert!(files > 20, "the repository was read");
    hold("no placeholders, no paths of one machine", &found);
}

#[test]
fn barred_words_are_seen() {
    for word in BARRED {
        assert_eq!(barred_words("x", &format!("a\nb {word} c\n")).len(), 1, "{word}");
    }
}

#[cfg(unix)]
#[test]
fn scripts_can_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut found = Vec::new();
    for folder in [".ci", "scripts"] {
        walk(&root().join(folder), &|_| true, &mut |path, text| {
            let mode = root().join(&path).metadata().expect("it was just read").permissions();
            if text.starts_with("#!") && mode.mode() & 0o111 == 0 {
                found.push(path);
            }
        });
    }
    hold("a script with `#!` is executable", &found);
}
