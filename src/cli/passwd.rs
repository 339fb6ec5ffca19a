//! `mq passwd`: the password file of a broker, mosquitto's or our own.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::connect::secret;
use super::exit::Exit;
use super::manual::Manual;
use super::output;
use super::telling::Telling;
use crate::broker::access::{Method, ROUNDS};
use crate::mosquitto::password_file::{PasswordFile, check_name};
use crate::secret::Secret;

/// The manual page, beside the options.
pub(super) const MANUAL: Manual = Manual {
    examples: "\
mq passwd users alice            asks for her password, and adds or changes it
pass show mqtt | mq passwd users bob
mq passwd -D users bob           he cannot log in any longer
mq broker --password-file users  serves those in it
",
    notes: "\
The file is made if it is not there, and can be read by its owner alone. It is replaced whole: who \
reads it meanwhile finds the old or the new one. A broker reads it when it starts, and at SIGHUP.",
    exit_status: "\
0 | Done.
1 | The file cannot be read, understood or written, or there is no such user.
2 | Usage.
",
    environment: "none | No variable is read.",
    files: "FILE | Lines of the form NAME:HASH, as mosquitto's password_file has them.",
    tool: None,
};

/// Make and edit the password file of a broker
#[derive(Debug, clap::Parser)]
#[command(name = "mq passwd", disable_help_flag = true, disable_version_flag = true)]
pub(super) struct Args {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Who is to log in
    #[arg(value_name = "USER", required_unless_present = "upgrade", conflicts_with = "upgrade")]
    user: Option<String>,
    /// With -b: the password
    #[arg(value_name = "PASSWORD", requires = "batch", value_parser = secret)]
    password: Option<Secret>,
    /// Begin a new file, whatever is in the old one
    #[arg(short, long, conflicts_with_all = ["delete", "upgrade"])]
    create: bool,
    /// Remove the user
    #[arg(short = 'D', long, conflicts_with_all = ["upgrade", "batch"])]
    delete: bool,
    /// Hash all passwords that stand in the file as they are
    #[arg(short = 'U', long)]
    upgrade: bool,
    /// Take the password from the command line, where others can see it in the list of processes
    #[arg(short, long, requires = "password")]
    batch: bool,
    /// How to hash: argon2id, or for mosquitto before 2.1 sha512-pbkdf2, before 2.0 sha512
    /// [default: argon2id, with -I sha512-pbkdf2]
    #[arg(short = 'H', long, value_name = "METHOD", value_parser = method)]
    hash: Option<Method>,
    /// Rounds of sha512-pbkdf2: more are harder to guess, and slower at each login
    /// [default: 1000]
    #[arg(short = 'I', long, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    iterations: Option<u32>,
    #[command(flatten)]
    telling: Telling,
    /// Print the most used options, and examples
    #[arg(long, action = clap::ArgAction::Help)]
    help: Option<bool>,
}

fn method(text: &str) -> Result<Method, &'static str> {
    match text {
        "sha512-pbkdf2" => Ok(Method::Pbkdf2(ROUNDS)),
        "sha512" => Ok(Method::Sha512),
        "argon2id" => Ok(Method::Argon2id),
        _ => Err("not argon2id, sha512-pbkdf2 or sha512"),
    }
}

/// Edits the file.
pub(super) fn run(args: Args) -> anyhow::Result<Exit> {
    let rounds = args.iterations.and_then(NonZeroU32::new);
    let method = match (args.hash, rounds) {
        (Some(Method::Sha512 | Method::Argon2id), Some(_)) => {
            output::error_as("only sha512-pbkdf2 has rounds: leave out -I", Exit::Usage);
            return Ok(Exit::Usage);
        }
        (_, Some(rounds)) => Method::Pbkdf2(rounds),
        (method, None) => method.unwrap_or(Method::Argon2id),
    };
    let path = &args.file;
    let Some(user) = &args.user else {
        let mut file = PasswordFile::read(path)?;
        let count = file.upgrade(method).context("cannot hash")?;
        file.write(path)?;
        output::note(&match count {
            1 => "1 password is hashed now".to_owned(),
            count => format!("{count} passwords are hashed now"),
        });
        return Ok(Exit::Done);
    };
    if let Err(why) = check_name(user) {
        output::error_as(&format!("{user:?} cannot be a user: {why}"), Exit::Usage);
        return Ok(Exit::Usage);
    }
    if args.delete {
        let mut file = PasswordFile::read(path)?;
        anyhow::ensure!(file.remove(user), "there is no user {user:?} in {}", path.display());
        file.write(path)?;
        return Ok(Exit::Done);
    }
    let mut file = begin(path, args.create)?;
    let password = match args.password {
        Some(password) => password,
        None => asked(user)?,
    };
    anyhow::ensure!(!password.expose().is_empty(), "the password is empty");
    let is_new = file.set(user, &password, method).context("cannot hash")?;
    file.write(path)?;
    let done = if is_new { "is added" } else { "has a new password" };
    output::note(&format!("user {user:?} {done}"));
    Ok(Exit::Done)
}

/// The file to edit; one that is not there is empty.
fn begin(path: &Path, is_new: bool) -> anyhow::Result<PasswordFile> {
    if is_new || !path.try_exists().unwrap_or(true) {
        return Ok(PasswordFile::default());
    }
    Ok(PasswordFile::read(path)?)
}

/// The password: asked for twice at a terminal, else the first line of standard input.
fn asked(user: &str) -> anyhow::Result<Secret> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        let password = output::ask(&format!("Password of {user}: "))?;
        let again = output::ask("The same again: ")?;
        anyhow::ensure!(password == again, "the two are not the same: nothing is changed");
        return Ok(password);
    }
    let mut line = Vec::new();
    stdin.lock().read_until(b'\n', &mut line).context("cannot read standard input")?;
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Secret::new(line))
}
