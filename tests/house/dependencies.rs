//! What the program is built from: how much, under which licences, why.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

use super::{hold, root};

/// Crates of the normal and build tree, over all platforms.
const MOST_CRATES: usize = 170;

/// Crates that may stand in the normal tree in two versions, each with the reason.
const TWICE: &[(&str, &str)] = &[
    ("syn", "jiff names jiff-static for no platform at all, to keep both at one version"),
    ("windows-sys", "declarations alone; ring and the system's certificates differ in age"),
];

/// Never in the program itself; the first is fine as a dev-dependency.
const ORACLES: &[&str] = &["rumqttc", "mqttbytes"];

/// `cargo metadata`, without the network when everything was fetched before.
fn metadata() -> Value {
    let run = |extra: &[&str]| {
        Command::new(env!("CARGO"))
            .args(["metadata", "--locked", "--format-version", "1"])
            .args(extra)
            .current_dir(root())
            .output()
            .expect("cargo starts")
    };
    let mut output = run(&["--offline"]);
    if !output.status.success() {
        output = run(&[]); // crates for other platforms may not be here yet
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "cargo metadata (`cargo fetch --locked` may help): {errors}");
    serde_json::from_slice(&output.stdout).expect("cargo writes JSON")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

/// Packages by their identifier; the program's own is left out.
fn packages(metadata: &Value) -> BTreeMap<&str, &Value> {
    let own = text(&metadata["resolve"], "root");
    let all = list(metadata, "packages").map(|package| (text(package, "id"), package));
    all.filter(|(id, _)| *id != own).collect()
}

/// What the program is built from: normal and build dependencies of all platforms.
fn shipped(metadata: &Value) -> BTreeSet<&str> {
    let nodes: BTreeMap<&str, &Value> =
        list(&metadata["resolve"], "nodes").map(|node| (text(node, "id"), node)).collect();
    let own = text(&metadata["resolve"], "root");
    let mut reached = BTreeSet::from([own]);
    let mut open = vec![own];
    while let Some(id) = open.pop() {
        for dependency in list(nodes[id], "deps") {
            let ships = list(dependency, "dep_kinds").any(|kind| kind["kind"] != "dev");
            let id = text(dependency, "pkg");
            if ships && reached.insert(id) {
                open.push(id);
            }
        }
    }
    reached.remove(own);
    reached
}

/// The lists of deny.toml that are held here.
#[derive(Default)]
struct Rules {
    licences: BTreeSet<String>,
    exceptions: BTreeMap<String, BTreeSet<String>>,
    barred: BTreeMap<String, String>,
}

impl Rules {
    /// Reads the form that deny.toml has here: one entry a line, lists opened by `name = [`.
    fn read() -> Self {
        let text = fs::read_to_string(root().join("deny.toml")).expect("deny.toml");
        let mut rules = Self::default();
        let (mut section, mut name) = ("", "");
        for line in text.lines().map(str::trim).filter(|line| !line.starts_with('#')) {
            if line.starts_with('[') {
                section = line.trim_matches(['[', ']']);
            } else if let Some(list) = line.strip_suffix(" = [") {
                name = list;
            } else if line == "]" {
                name = "";
            } else {
                let quoted: Vec<_> =
                    line.split('"').skip(1).step_by(2).map(str::to_owned).collect();
                match (section, name, quoted.as_slice()) {
                    ("licenses", "allow", [licence]) => {
                        rules.licences.insert(licence.clone());
                    }
                    ("licenses", "exceptions", [name, licences @ ..]) => {
                        let licences = licences.iter().cloned().collect();
                        rules.exceptions.insert(name.clone(), licences);
                    }
                    ("bans", "deny", [name, reason]) => {
                        rules.barred.insert(name.clone(), reason.clone());
                    }
                    _ => {}
                }
            }
        }
        assert!(rules.licences.contains("MIT") && !rules.barred.is_empty(), "deny.toml was read");
        rules
    }

    fn permits(&self, name: &str, expression: &str) -> bool {
        let excepted = self.exceptions.get(name);
        satisfied(expression, &|licence| {
            self.licences.contains(licence) || excepted.is_some_and(|more| more.contains(licence))
        })
    }
}

/// Whether an SPDX expression can be met by licences that `allowed` takes.
fn satisfied(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
    let words: Vec<_> = spaced.split_whitespace().collect();
    let mut words = words.as_slice();
    any_of(&mut words, allowed) && words.is_empty()
}

fn any_of(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = all_of(words, allowed);
    while let ["OR", rest @ ..] = words {
        *words = rest;
        met |= all_of(words, allowed);
    }
    met
}

fn all_of(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = one(words, allowed);
    while let ["AND", rest @ ..] = words {
        *words = rest;
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut &[&str], allowed: &dyn Fn(&str) -> bool) -> bool {
    match *words {
        ["(", rest @ ..] => {
            *words = rest;
            let met = any_of(words, allowed);
            if let [")", rest @ ..] = words {
                *words = rest;
            }
            met
        }
        [licence, "WITH", exception, rest @ ..] => {
            *words = rest;
            allowed(&format!("{licence} WITH {exception}"))
        }
        [licence, rest @ ..] => {
            *words = rest;
            allowed(licence)
        }
        [] => false,
    }
}

#[test]
fn the_tree_stays_small() {
    let metadata = metadata();
    let count = shipped(&metadata).len();
    assert!(count > 10, "the tree was read");
    assert!(count <= MOST_CRATES, "{count} crates, at most {MOST_CRATES}");
}

#[test]
fn licences_are_on_the_list() {
    let metadata = metadata();
    let rules = Rules::read();
    let found: Vec<_> = packages(&metadata)
        .values()
        .filter(|package| !rules.permits(text(package, "name"), text(package, "license")))
        .map(|package| {
            let [name, version, licence] = ["name", "version", "license"].map(|k| text(package, k));
            format!("{name} {version}: {licence:?}")
        })
        .collect();
    hold("every licence is allowed by deny.toml", &found);
}

#[test]
fn barred_crates_are_absent() {
    let metadata = metadata();
    let rules = Rules::read();
    let packages = packages(&metadata);
    let mut found: Vec<_> = packages
        .values()
        .filter_map(|package| {
            let name = text(package, "name");
            rules.barred.get(name).map(|reason| format!("{name}: {reason}"))
        })
        .collect();
    for id in shipped(&metadata) {
        let name = text(packages[id], "name");
        if ORACLES.iter().any(|oracle| name.starts_with(oracle)) {
            found.push(format!("{name}: an independent peer for tests, not part of the program"));
        }
    }
    hold("crates that deny.toml bars", &found);
}

#[test]
fn no_crate_ships_in_two_versions() {
    let metadata = metadata();
    let packages = packages(&metadata);
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for id in shipped(&metadata) {
        let package = packages[id];
        versions.entry(text(package, "name")).or_default().push(text(package, "version"));
    }
    let excused = |name: &str| TWICE.iter().any(|(twice, _)| *twice == name);
    let found: Vec<_> = versions
        .iter()
        .filter(|(name, versions)| versions.len() > 1 && !excused(name))
        .map(|(name, versions)| format!("{name}: {}", versions.join(", ")))
        .collect();
    hold("one version of each crate", &found);
    let stale: Vec<_> = TWICE
        .iter()
        .filter(|(name, _)| versions.get(name).is_none_or(|versions| versions.len() < 2))
        .map(|(name, _)| (*name).to_owned())
        .collect();
    hold("TWICE names only crates that are there twice", &stale);
}

/// Direct dependencies in a manifest without a comment on the line above.
fn without_reason(manifest: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut in_table, mut explained) = (false, false);
    for line in manifest.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            let header = header.trim_end_matches(']');
            in_table = header.ends_with("dependencies");
            if !in_table && header.contains("dependencies.") {
                found.push(format!("{header}: write it on one line of its table"));
            }
        } else if in_table && line.contains('=') && !line.starts_with('#') && !explained {
            found.push(line.to_owned());
        }
        explained = line.starts_with('#');
    }
    found
}

#[test]
fn every_dependency_says_why() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    hold("a comment with the reason stands above each dependency", &without_reason(&manifest));
}

#[test]
fn missing_reasons_are_seen() {
    let found = |text: &str| without_reason(text).len();
    assert_eq!(found("[dependencies]\n# why\na = \"1\"\n# why\nb = \"1\"\n[features]\nc = []"), 0);
    assert_eq!(found("[dependencies]\n# why\na = \"1\"\nb = \"1\""), 1);
    assert_eq!(found("[target.'cfg(unix)'.dev-dependencies]\na = \"1\""), 1);
    assert_eq!(found("[dependencies.a]\nversion = \"1\""), 1);
}

#[test]
fn licence_expressions_are_understood() {
    let rules = Rules::read();
    let permits = |expression| rules.permits("x", expression);
    assert!(permits("MIT OR GPL-3.0"));
    assert!(permits("Unlicense/MIT"));
    assert!(permits("(MIT OR Apache-2.0) AND Unicode-3.0"));
    assert!(permits("Apache-2.0 WITH LLVM-exception OR GPL-2.0"));
    assert!(!permits("MIT AND GPL-3.0"));
    assert!(!permits("(GPL-3.0 OR AGPL-3.0) AND MIT"));
    assert!(!permits(""));
    assert!(!permits("MPL-2.0"));
    assert!(rules.permits("colored", "MPL-2.0"));
}
