//! The options that say who is let in, and what they may do.

use std::path::{Path, PathBuf};

use crate::broker::CertificateUser;
use crate::broker::access::{Rule, Who};
use crate::cli::connect::secret;
use crate::mosquitto::{acl_file, changed_by_others, password_file};
use crate::options;
use crate::options::access::{User, parse_rule};
use crate::secret::Secret;

/// Who may connect, and what they may read and write.
#[derive(Debug, Default, clap::Args)]
#[command(next_help_heading = "Access")]
pub(super) struct Access {
    /// Let this user in, and nobody else without a login; may come many times. Others can see the
    /// password in the list of processes: NAME:@FILE takes it from the first line of a file
    #[arg(long, value_name = "NAME:PASSWORD", value_parser = secret)]
    user: Vec<Secret>,
    /// Let the users in that stand in this file, as the password file of mosquitto has them; mq passwd
    /// makes and edits it
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
    /// Let in who does not log in, too
    #[arg(long)]
    allow_anonymous: bool,
    /// Allow this, and deny all that is not allowed; may come many times. WHO is a user, * for
    /// everybody, - for who does not log in; ACCESS is read, write, readwrite or deny, which has no
    /// exceptions; in TOPIC, a level %u stands for the user's name, %c for the client id
    #[arg(long, value_name = "WHO ACCESS TOPIC")]
    acl: Vec<String>,
    /// Allow what this file allows, as the ACL file of mosquitto does, and deny the rest
    #[arg(long, value_name = "FILE")]
    acl_file: Option<PathBuf>,
}

impl Access {
    /// Whether anything of it stands in a file.
    pub(super) fn has_files(&self) -> bool {
        let of_file = |user: &Secret| user.expose().windows(2).any(|pair| pair == b":@");
        self.password_file.is_some() || self.acl_file.is_some() || self.user.iter().any(of_file)
    }

    /// Adds what was asked for to the options of a broker; what is probably not meant. A file that
    /// is wrong in any part lets nobody in: it is an error.
    pub(super) fn fill(&self, options: &mut options::Broker) -> anyhow::Result<Vec<String>> {
        let mut warnings = Vec::new();
        options.users = self.user.iter().map(User::parse).collect::<Result<_, _>>()?;
        options.allow_anonymous = self.allow_anonymous;
        let rules = self.acl.iter().map(|text| parse_rule(text));
        options.rules = rules.collect::<Result<Vec<Rule>, _>>()?;
        if let Some(path) = &self.password_file {
            for (name, password) in password_file::read(path)? {
                options.access.add_user(&name, password);
            }
            let display = path.display();
            let found = password_file::warnings(path);
            warnings.extend(found.into_iter().map(|warning| format!("{display}: {warning}")));
        }
        if let Some(path) = &self.acl_file {
            let rules = acl_file::read(path)?;
            let found = changed_by_others(path);
            warnings.extend(found.iter().map(|warning| format!("{}: {warning}", path.display())));
            warnings.extend(unknown_users(options, path, &rules));
            for rule in rules {
                options.access.add_rule(rule);
            }
        }
        Ok(warnings)
    }
}

/// Rules for somebody who cannot log in. mosquitto has nothing against them, so they are no error.
fn unknown_users(options: &options::Broker, path: &Path, rules: &[Rule]) -> Vec<String> {
    let (mut told, mut warnings) = (Vec::new(), Vec::new());
    if options.secured.certificate_user != CertificateUser::Nothing {
        return warnings;
    }
    for rule in rules {
        if let Who::User(name) = &rule.who
            && !options.access.has_user(name)
            && !options.users.iter().any(|user| user.name == **name)
            && !told.contains(&name)
        {
            told.push(name);
            let path = path.display();
            let text = format!("{path} has rules for user {name:?}, and there is no such user");
            warnings.push(text);
        }
    }
    warnings
}
