//! What the lines of a configuration have come to so far.

use std::path::{Path, PathBuf};

use super::entry::{Entry, Named};
use super::table::{Effect, Key, Scope};
use super::value::Value;
use super::{Defaults, Warning};
use crate::broker::{Limits, Policy};
use crate::options::log::{Destination, Log, Types};

/// A change of what holds for the clients of a listener.
pub(super) type Term = Box<dyn Fn(&mut Policy)>;

/// All files together.
pub(super) struct Draft {
    pub(super) limits: Limits,
    /// What holds for every listener where nothing is said.
    pub(super) policy: Policy,
    /// Where the secrets of TLS connections go.
    pub(super) key_log: Option<PathBuf>,
    pub(super) log: Log,
    /// The first that is named replaces those that stand without.
    pub(super) destinations: Option<Vec<Destination>>,
    /// Likewise.
    pub(super) types: Option<Types>,
    pub(super) pid_file: Option<PathBuf>,
    pub(super) user: Option<String>,
    /// Who is let in is each listener's own matter.
    pub(super) is_per_listener: bool,
    /// Something was said of who is let in.
    pub(super) has_security: bool,
    /// The files that say so.
    pub(super) named: Vec<Named>,
    /// The last line that lets in who has no login, and its key.
    pub(super) open_by: Option<String>,
    /// The listener without a line of its own, and what holds for all.
    pub(super) general: Block,
    pub(super) listeners: Vec<Block>,
    /// What holds for every listener, before its own terms.
    pub(super) everywhere: Vec<Term>,
    pub(super) warnings: Vec<Warning>,
}

/// One listener.
#[derive(Default)]
pub(super) struct Block {
    /// The line that it begins with.
    pub(super) place: (PathBuf, usize),
    pub(super) port: Option<u16>,
    /// The address; every one of this machine without.
    pub(super) host: Option<String>,
    pub(super) unix: Option<PathBuf>,
    pub(super) family: Option<Family>,
    pub(super) security: Security,
    /// What holds here, whatever holds for all.
    pub(super) anonymous_here: Option<bool>,
    pub(super) entry: Entry,
    pub(super) here: Vec<Term>,
    /// The first key that is about a listener: its file, its line, its name.
    pub(super) given: Option<(PathBuf, usize, &'static str)>,
}

/// Addresses of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    V4,
    V6,
}

/// Who is let in, and what they may do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Security {
    pub(super) allow_anonymous: Option<bool>,
    pub(super) password_file: Option<PathBuf>,
    pub(super) acl_file: Option<PathBuf>,
}

/// Where a line stands, and what it adds to.
pub(super) struct Context<'a> {
    pub(super) draft: &'a mut Draft,
    /// The place of the listener that lines are about; none before the first in this file.
    pub(super) listener: Option<usize>,
    pub(super) path: &'a Path,
    pub(super) line: usize,
}

impl Draft {
    pub(super) fn new(defaults: &Defaults) -> Self {
        Self {
            limits: defaults.limits.clone(),
            policy: defaults.policy.clone(),
            key_log: defaults.key_log.clone(),
            log: Log::default(),
            destinations: None,
            types: None,
            pid_file: None,
            user: None,
            is_per_listener: false,
            has_security: false,
            named: Vec::new(),
            open_by: None,
            general: Block::default(),
            listeners: Vec::new(),
            everywhere: Vec::new(),
            warnings: Vec::new(),
        }
    }
}

impl Context<'_> {
    /// Does what a key says.
    pub(super) fn take(&mut self, key: &Key, value: &Value<'_>) -> Result<(), String> {
        match key.scope {
            Scope::Everything => {}
            Scope::Security => self.draft.has_security = true,
            // People write these before every listener, and mean nothing by it.
            Scope::Listener if self.listener.is_none() && is_usual(key.name, value) => {}
            Scope::Listener => {
                let given = (self.path.to_owned(), self.line, key.name);
                self.block().given.get_or_insert(given);
            }
        }
        let done = match key.effect {
            Effect::Works(take) => take(self, *value),
            Effect::Include => Ok(()),
            Effect::Warns { harmless, why } => {
                if !value.is_one_of(harmless) {
                    self.warn(format!("{}: {why}", key.name));
                }
                Ok(())
            }
            Effect::Refused { harmless, .. } if value.is_one_of(harmless) => Ok(()),
            Effect::Refused { why, .. } => Err(why.to_owned()),
        };
        done.map_err(|why| format!("{}: {why}", key.name))
    }

    pub(super) fn warn(&mut self, text: String) {
        let (path, line) = (self.path.to_owned(), Some(self.line));
        self.draft.warnings.push(Warning { path, line, text });
    }

    /// A file, with the line that names it.
    pub(super) fn named(&self, key: &'static str, value: Value<'_>) -> Result<Named, String> {
        Ok(Named { path: value.path()?, key, place: (self.path.to_owned(), self.line) })
    }

    /// Notes that this line lets in who has no login, by this key.
    pub(super) fn note_open(&mut self, key: &str) {
        let (path, line) = (self.path.display(), self.line);
        self.draft.open_by = Some(format!("{path}, line {line}: {key} true"));
    }

    /// Begins a listener.
    pub(super) fn begin(&mut self, block: Block) {
        self.draft.listeners.push(Block { place: (self.path.to_owned(), self.line), ..block });
        self.listener = self.draft.listeners.len().checked_sub(1);
    }

    /// The listener that lines are about.
    pub(super) fn block(&mut self) -> &mut Block {
        let Draft { listeners, general, .. } = &mut *self.draft;
        self.listener.and_then(|at| listeners.get_mut(at)).unwrap_or(general)
    }

    /// Where it is said who is let in.
    fn security_block(&mut self) -> &mut Block {
        if self.draft.is_per_listener { self.block() } else { &mut self.draft.general }
    }

    pub(super) fn security(&mut self) -> &mut Security {
        &mut self.security_block().security
    }

    /// Adds a term for every listener.
    pub(super) fn everywhere(&mut self, term: impl Fn(&mut Policy) + 'static) {
        self.draft.everywhere.push(Box::new(term));
    }

    /// Adds a term for the listener that lines are about.
    pub(super) fn here(&mut self, term: impl Fn(&mut Policy) + 'static) {
        self.block().here.push(Box::new(term));
    }

    /// Adds a term of who is let in: for every listener, or for this one when each has its own.
    pub(super) fn where_secured(&mut self, term: impl Fn(&mut Policy) + 'static) {
        if self.draft.is_per_listener {
            self.here(term);
        } else {
            self.everywhere(term);
        }
    }
}

/// Whether a key of a listener says what holds without it.
fn is_usual(key: &str, value: &Value<'_>) -> bool {
    match key {
        "protocol" => value.is_one_of("mqtt"),
        "max_connections" => value.is_one_of("-1"),
        "max_qos" | "maximum_qos" => value.is_one_of("2"),
        "require_certificate"
        | "use_identity_as_username"
        | "use_subject_as_username"
        | "use_username_as_clientid"
        | "disable_client_cert_date_checks" => value.is_one_of("false 0"),
        _ => false,
    }
}

/// Puts a value where none was.
pub(super) fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), String> {
    if slot.is_some() {
        return Err("it is given twice".to_owned());
    }
    *slot = Some(value);
    Ok(())
}
