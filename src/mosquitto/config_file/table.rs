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

/// One key.
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
    Works(fn(&mut Context<'_>, Value<'_>) -> Result<(), String>),
    /// It brings in the files of a directory.
    Include,
    /// It changes nothing, and nobody is less restricted for it.
    Warns {
        /// Values that nothing is to be said of.
        harmless: &'static [&'static str],
        why: &'static str,
    },
    /// Somebody would be less restricted than was meant, or not be served.
    Refused {
        /// Values that ask for nothing.
        harmless: &'static [&'static str],
        why: &'static str,
    },
}

type Take = fn(&mut Context<'_>, Value<'_>) -> Result<(), String>;

const fn works(name: &'static str, scope: Scope, take: Take) -> Key {
    Key { name, scope, effect: Effect::Works(take) }
}

const fn warns(name: &'static str, harmless: &'static [&'static str], why: &'static str) -> Key {
    Key { name, scope: Scope::Everything, effect: Effect::Warns { harmless, why } }
}

const fn refused(name: &'static str, harmless: &'static [&'static str], why: &'static str) -> Key {
    Key { name, scope: Scope::Everything, effect: Effect::Refused { harmless, why } }
}

/// All keys.
pub(super) fn keys() -> impl Iterator<Item = &'static Key> {
    let tables = [
        general::KEYS,
        security::KEYS,
        limits::KEYS,
        listener::KEYS,
        tls::KEYS,
        log::KEYS,
        bridge::KEYS,
    ];
    tables.into_iter().flatten()
}

/// The key of that name; one that ends with `*` stands for all that begin so.
pub(super) fn find(name: &str) -> Option<&'static Key> {
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
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// Its name; one that ends with `*` stands for all that begin so.
    pub name: &'static str,
    /// What becomes of it.
    pub standing: Standing,
    /// Values that ask for nothing, and are taken without a word whatever becomes of others.
    pub harmless: &'static [&'static str],
    /// Why, where it is not served.
    pub why: &'static str,
}

/// Every key, in the order of their names.
pub fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = keys().map(row).collect();
    rows.sort_by_key(|row| row.name);
    rows
}

fn row(key: &Key) -> Row {
    let (standing, harmless, why): (_, &[_], _) = match key.effect {
        Effect::Works(_) | Effect::Include => (Standing::Works, &[], ""),
        Effect::Warns { harmless, why } => (Standing::Warns, harmless, why),
        Effect::Refused { harmless, why } => (Standing::Refused, harmless, why),
    };
    Row { name: key.name, standing, harmless, why }
}

#[cfg(test)]
mod tests {
    use super::*;

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
