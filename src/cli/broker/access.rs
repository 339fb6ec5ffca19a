//! The options that say who is let in, and what they may do.

use crate::broker::access::Rule;
use crate::cli::connect::secret;
use crate::options;
use crate::options::access::{User, parse_rule};
use crate::secret::Secret;

/// Who may connect, and what they may read and write.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Access")]
pub(super) struct Access {
    /// Let this user in, and nobody else without a login; may come many times. Others can see the
    /// password in the list of processes: NAME:@FILE takes it from the first line of a file
    #[arg(long, value_name = "NAME:PASSWORD", value_parser = secret)]
    user: Vec<Secret>,
    /// Let in who does not log in, too
    #[arg(long)]
    allow_anonymous: bool,
    /// Allow this, and deny all that is not allowed; may come many times. WHO is a user, * for
    /// everybody, - for who does not log in; ACCESS is read, write, readwrite or deny, which has no
    /// exceptions; in TOPIC, a level %u stands for the user's name, %c for the client id
    #[arg(long, value_name = "WHO ACCESS TOPIC")]
    acl: Vec<String>,
}

impl Access {
    /// Adds what was asked for to the options of a broker.
    pub(super) fn fill(self, options: &mut options::Broker) -> Result<(), options::Error> {
        options.users = self.user.iter().map(User::parse).collect::<Result<_, _>>()?;
        options.allow_anonymous = self.allow_anonymous;
        let rules = self.acl.iter().map(|text| parse_rule(text));
        options.rules = rules.collect::<Result<Vec<Rule>, _>>()?;
        Ok(())
    }
}
