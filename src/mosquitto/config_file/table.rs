//! Every key of mosquitto's configuration: what it is about, and what becomes of it here.
//!
//! A key that would have restricted somebody and is not served is refused; one that changes nothing
//! for anybody is warned of. What is not in these tables is no key.

mod bridge;
mod general;
mod limits;
mod listener;
mod log;
mod security;
mod tls;

use super::draft::Context;
use super::value::Value;
use crate::text::rows;

/// One key.
#[derive(Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) scope: Scope,
    pub(super) effect: Effect,
}

/// What a key is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// The broker.
    Everything,
    /// Who is let in: every listener, or the one that it stands behind where each has its own.
    Security,
    /// The listener that it stands behind.
    Listener,
}

/// What becomes of a key.
#[derive(Clone, Copy)]
pub(super) enum Effect {
    /// It is served.
    Works(Take),
    /// It brings in the files of a directory.
    Include,
    /// It changes nothing, and nobody is less restricted for it.
    Warns {
        /// Values that nothing is to be said of, with blanks between.
        harmless: &'static str,
        why: &'static str,
    },
    /// Somebody would be less restricted than was meant, or not be served.
    Refused {
        /// Values that ask for nothing, with blanks between.
        harmless: &'static str,
        why: &'static str,
    },
}

type Take = fn(&mut Context<'_>, Value<'_>) -> Result<(), String>;

/// A key that works.
struct Served {
    name: &'static str,
    scope: Scope,
    take: Take,
}

const fn works(name: &'static str, scope: Scope, take: Take) -> Served {
    Served { name, scope, take }
}

/// All that work.
const SERVED: [&[Served]; 6] =
    [general::SERVED, security::SERVED, limits::SERVED, listener::SERVED, tls::SERVED, log::SERVED];

/// All others, as [`rows`] reads them: keys, each with the values of it that ask for nothing;
/// `warns` or `refused`; why.
const UNSERVED: [&str; 6] = [
    general::UNSERVED,
    security::UNSERVED,
    listener::UNSERVED,
    tls::UNSERVED,
    log::UNSERVED,
    bridge::UNSERVED,
];

/// All keys.
pub(super) fn keys() -> impl Iterator<Item = Key> {
    let include = Key { name: "include_dir", scope: Scope::Everything, effect: Effect::Include };
    let served = SERVED.into_iter().flatten();
    let served =
        served.map(|key| Key { name: key.name, scope: key.scope, effect: Effect::Works(key.take) });
    std::iter::once(include).chain(served).chain(UNSERVED.into_iter().flat_map(unserved))
}

fn unserved(table: &'static str) -> impl Iterator<Item = Key> {
    rows::of(table).flat_map(|[keys, standing, why]| {
        rows::list(keys).map(move |key| {
            let (name, harmless) = key.split_once(' ').unwrap_or((key, ""));
            let effect = match standing {
                "warns" => Effect::Warns { harmless, why },
                _ => Effect::Refused { harmless, why },
            };
            Key { name, scope: Scope::Everything, effect }
        })
    })
}

/// The key of that name; one that ends with `*` stands for all that begin so.
pub(super) fn find(name: &str) -> Option<Key> {
    keys().find(|key| match key.name.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => key.name == name,
    })
}

/// What becomes of a key, for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It is served.
    Works,
    /// It changes nothing, which is said once for each line.
    Warns,
    /// The file is refused.
    Refused,
}

/// A key, for people.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its name; one that ends with `*` stands for all that begin so.
    pub name: &'static str,
    /// What becomes of it.
    pub standing: Standing,
    /// Values that ask for nothing, and are taken without a word whatever becomes of others.
    pub harmless: Vec<&'static str>,
    /// Why, where it is not served.
    pub why: &'static str,
}

/// Every key, in the order of their names.
pub fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = keys().map(row).collect();
    rows.sort_by_key(|row| row.name);
    rows
}

fn row(key: Key) -> Row {
    let (standing, harmless, why) = match key.effect {
        Effect::Works(_) | Effect::Include => (Standing::Works, "", ""),
        Effect::Warns { harmless, why } => (Standing::Warns, harmless, why),
        Effect::Refused { harmless, why } => (Standing::Refused, harmless, why),
    };
    Row { name: key.name, standing, harmless: harmless.split_whitespace().collect(), why }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_says_what_becomes_of_its_keys_and_why() {
        for table in UNSERVED {
            rows::assert_well_formed::<3>(table, 3);
            for [keys, standing, _] in rows::of(table) {
                assert!(["warns", "refused"].contains(&standing), "{standing}: {keys}");
                let is_key = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '_' | '.' | '*');
                let is_word = |word: &str| !word.is_empty() && word.chars().all(is_key);
                assert!(rows::list(keys).all(|key| key.split(' ').all(is_word)), "{keys}");
            }
        }
    }

    #[test]
    fn no_key_stands_in_two_rows_and_none_hides_behind_another() {
        let rows = rows();
        assert!(rows.windows(2).all(|two| two[0].name != two[1].name));
        for row in rows {
            let name = row.name.replace('*', "x");
            assert_eq!(find(&name).map(|key| key.name), Some(row.name));
        }
    }
}
