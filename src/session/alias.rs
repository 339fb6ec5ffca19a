//! Topic aliases of version 5: a number in place of a name, for the length of a connection.

use std::collections::HashMap;
use std::rc::Rc;

use super::Error;
use crate::codec::{EncodeError, Property, Publish, Version};

/// The names that the peer gave numbers to.
#[derive(Debug, Default)]
pub struct AliasesIn {
    /// What this end announced; 0 when it takes none.
    maximum: u16,
    /// The name of alias n at n - 1.
    names: Vec<Option<Rc<str>>>,
    /// Bytes of these names.
    bytes: usize,
}

/// Bytes of all names that a peer gives numbers to, however many numbers it was granted: each
/// name may have 64 KiB, and 65,535 of them would be the whole memory.
const NAME_BYTES: usize = 16 * 1024 * 1024;

impl AliasesIn {
    /// Takes aliases from 1 to `maximum`.
    pub const fn new(maximum: u16) -> Self {
        Self { maximum, names: Vec::new(), bytes: 0 }
    }

    /// The name that a PUBLISH means by its alias; `None` when it has none, and names its topic.
    pub fn topic(&mut self, publish: &Publish<'_>) -> Result<Option<Rc<str>>, Error> {
        AliasChosen::of(publish).map(|alias| self.resolve(alias, publish.topic)).transpose()
    }

    /// The name that a PUBLISH with an alias means: `topic`, which the alias is set to, or what
    /// it was set to when `topic` is empty.
    pub fn resolve(&mut self, alias: u16, topic: &str) -> Result<Rc<str>, Error> {
        let unknown = Error::TopicAlias(alias);
        if alias > self.maximum {
            return Err(unknown);
        }
        let at = usize::from(alias).checked_sub(1).ok_or(unknown)?;
        if topic.is_empty() {
            return self.names.get(at).and_then(Clone::clone).ok_or(unknown);
        }
        if self.names.len() <= at {
            self.names.resize(at.saturating_add(1), None);
        }
        let slot = self.names.get_mut(at).ok_or(unknown)?;
        match slot {
            Some(name) if **name == *topic => Ok(Rc::clone(name)),
            _ => {
                let old = slot.as_ref().map_or(0, |name| name.len());
                let bytes = self.bytes.saturating_sub(old).saturating_add(topic.len());
                if bytes > NAME_BYTES {
                    return Err(Error::AliasNames);
                }
                self.bytes = bytes;
                let name: Rc<str> = topic.into();
                *slot = Some(Rc::clone(&name));
                Ok(name)
            }
        }
    }
}

/// Numbers given at most, whatever the peer would take: each keeps a name in memory.
const ALIASES: u16 = 64;
/// Longer names get no number, for the same reason.
const ALIASED_BYTES: usize = 256;

/// The numbers that this end gave to names; the first names get them, until they are used up.
#[derive(Debug, Default)]
pub struct AliasesOut {
    /// What the peer announced; 0 when it takes none.
    maximum: u16,
    numbers: HashMap<Box<str>, u16>,
}

impl AliasesOut {
    /// Gives numbers from 1 to `maximum`.
    pub fn new(maximum: u16) -> Self {
        Self { maximum, numbers: HashMap::new() }
    }

    /// Whether the peer takes aliases at all.
    pub const fn is_enabled(&self) -> bool {
        self.maximum > 0
    }

    /// The alias of a topic of at most 256 bytes, and whether the peer knows it already and needs no name; `None`
    /// when all numbers are taken.
    pub fn alias(&mut self, topic: &str) -> Option<(u16, bool)> {
        if let Some(&alias) = self.numbers.get(topic) {
            return Some((alias, true));
        }
        let alias = u16::try_from(self.numbers.len()).ok()?.checked_add(1)?;
        if alias > self.maximum.min(ALIASES) || topic.len() > ALIASED_BYTES {
            return None;
        }
        self.numbers.insert(topic.into(), alias);
        Some((alias, false))
    }
}

/// The alias that a client's program chose for its messages: set by the first of a connection that carries it, in
/// place of the name in those that follow.
#[derive(Debug, Default)]
pub struct AliasChosen {
    /// What the number was set to last on this connection.
    set: Option<(u16, Box<str>)>,
}

impl AliasChosen {
    /// The alias in a message's properties.
    pub fn of(publish: &Publish<'_>) -> Option<u16> {
        publish.properties.find(|property| match property {
            Property::TopicAlias(alias) => Some(alias),
            _ => None,
        })
    }

    /// Appends a message, without its name where the peer knows that by the alias; on an error `out` is as it was.
    pub fn encode(
        &mut self,
        publish: Publish<'_>,
        version: Version,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let alias = if version.is_v5() { Self::of(&publish) } else { None };
        let Some(alias) = alias else { return publish.encode(version, out) };
        let known = |(set, name): &(u16, Box<str>)| *set == alias && **name == *publish.topic;
        if self.set.as_ref().is_some_and(known) {
            return Publish { topic: "", ..publish }.encode(version, out);
        }
        publish.encode(version, out)?;
        self.set = Some((alias, publish.topic.into()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alias_means_what_it_was_set_to_last() {
        let mut aliases = AliasesIn::new(2);
        assert_eq!(aliases.resolve(1, ""), Err(Error::TopicAlias(1)));
        assert_eq!(aliases.resolve(1, "a").as_deref(), Ok("a"));
        assert_eq!(aliases.resolve(1, "").as_deref(), Ok("a"));
        assert_eq!(aliases.resolve(1, "b").as_deref(), Ok("b"));
        assert_eq!(aliases.resolve(1, "").as_deref(), Ok("b"));
        assert_eq!(aliases.resolve(3, "c"), Err(Error::TopicAlias(3)));
        assert_eq!(aliases.resolve(0, "c"), Err(Error::TopicAlias(0)));
    }

    #[test]
    fn the_names_of_all_numbers_take_a_bounded_place() {
        let (mut aliases, long) = (AliasesIn::new(u16::MAX), "n".repeat(65_535));
        let room = u16::try_from(NAME_BYTES / long.len()).unwrap();
        for _ in 0..2 {
            for alias in 1..=room {
                assert!(aliases.resolve(alias, &long).is_ok());
            }
        }
        assert_eq!(aliases.resolve(room + 1, &long), Err(Error::AliasNames));
        assert!(aliases.resolve(1, "short").is_ok());
        assert!(aliases.resolve(room + 1, &long).is_ok());
    }

    #[test]
    fn numbers_are_given_up_to_the_peers_maximum() {
        let mut aliases = AliasesOut::new(1);
        assert_eq!(aliases.alias("a"), Some((1, false)));
        assert_eq!(aliases.alias("a"), Some((1, true)));
        assert_eq!(aliases.alias("b"), None);
        assert!(!AliasesOut::new(0).is_enabled());
    }
}
