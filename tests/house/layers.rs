//! An import goes down.

use super::hold;
use super::source::Source;

/// From the top to the ground. A room imports from any floor below its own, never from a floor
/// above, and never from another room on its own floor, but for the pairs in `NEIGHBOURS`.
const FLOORS: &[&[&str]] = &[
    &["bin"],
    &["cli"],
    &["mosquitto", "bench", "bridge"],
    &["options"],
    &["client", "broker"],
    &["session", "net", "store", "process"],
    &["record"],
    &["codec", "topic", "text", "secret"],
];

/// Who imports whom on one floor: packets check the names in them.
const NEIGHBOURS: &[(&str, &str)] = &[("codec", "topic")];

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// Why `from` may not import `to`, if it may not.
fn objection(from: &str, to: &str) -> Option<String> {
    let (Some(above), Some(below)) = (floor(from), floor(to)) else {
        return Some(format!("`{from}` to `{to}`: not both are rooms of the house"));
    };
    if from == to || above < below || NEIGHBOURS.contains(&(from, to)) {
        None
    } else if above == below {
        Some(format!("`{from}` imports its neighbour `{to}`"))
    } else {
        Some(format!("`{from}` imports `{to}` above it"))
    }
}

/// The rooms that a file names, each with the place.
fn imports(source: &Source) -> Vec<(String, String)> {
    let in_binary = source.room() == Some("bin");
    let mut rooms = Vec::new();
    for path in source.paths() {
        let supers = path.segments.iter().take_while(|segment| **segment == "super").count();
        let to_root = match path.segments.first() {
            Some(&"mq") if in_binary => 1,
            Some(&"crate") if !in_binary => 1,
            Some(&"super") if !in_binary && supers == source.depth() + path.start.inline_depth => {
                supers
            }
            _ => continue,
        };
        if let Some(room) = path.segments.get(to_root) {
            rooms.push(((*room).to_owned(), source.place(path.start.at)));
        }
    }
    rooms
}

fn violations(source: &Source) -> Vec<String> {
    let Some(room) = source.room() else { return Vec::new() }; // lib.rs holds all rooms
    imports(source)
        .into_iter()
        .filter_map(|(to, place)| objection(room, &to).map(|why| format!("{place}: {why}")))
        .collect()
}

#[test]
fn imports_go_down() {
    let found: Vec<_> = Source::below("src").iter().flat_map(violations).collect();
    hold("an import goes down, one floor's rooms do not import each other", &found);
}

#[test]
fn every_room_has_its_floor() {
    let sources = Source::below("src");
    let homeless: Vec<_> = sources
        .iter()
        .filter(|source| source.room().is_some_and(|room| floor(room).is_none()))
        .map(|source| format!("{}: place its room in FLOORS", source.path))
        .collect();
    hold("a room under src stands on a floor", &homeless);
}

#[test]
fn objections_are_raised_where_they_should() {
    let bad = |path: &str, text: &str| violations(&Source::new(path.into(), text.into())).len();
    assert_eq!(bad("src/client/link.rs", "use crate::broker::Broker;"), 1);
    assert_eq!(bad("src/broker/router.rs", "use crate::{session, client::{A, B}};"), 2);
    assert_eq!(bad("src/topic/name.rs", "fn f() { crate::codec::g() }"), 1);
    assert_eq!(bad("src/net/mod.rs", "use super::session::Server;"), 1);
    assert_eq!(bad("src/net/tls.rs", "mod tests { use super::super::super::store::Disk; }"), 1);
    assert_eq!(bad("src/options/mod.rs", "use crate::*;"), 1);
    assert_eq!(bad("src/codec/connect.rs", "use crate::topic; use super::field;"), 0);
    assert_eq!(bad("src/cli/publish.rs", "use crate::{client, codec}; // crate::bin"), 0);
    assert_eq!(bad("src/bin/mq.rs", "use mq::cli;"), 0);
    assert_eq!(bad("src/bin/mq.rs", "use mq::nowhere;"), 1);
}
