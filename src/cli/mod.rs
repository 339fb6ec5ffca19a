//! The command line: one file a command.
//!
//! The first word picks the command, and only that command's options are built. What a command
//! does is elsewhere; here are its options, its words and its exit code.

mod broker;
mod connect;
pub mod exit;
mod explain;
mod hint;
mod limits;
pub mod manual;
mod mosquitto;
mod output;
mod payload;
mod print;
mod property;
mod publish;
mod records;
mod request;
mod subscribe;
mod telling;
mod tls;
mod transport;

use std::ffi::OsString;
use std::fmt::Write as _;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser};

use self::exit::Exit;
use self::manual::Manual;

/// The commands, each with its names and what it is for.
const COMMANDS: &[(&str, &[&str], &str)] = &[
    ("pub", &["publish"], "Publish a message, a file, or each line of standard input"),
    ("sub", &["subscribe"], "Print the messages of topics as they come"),
    ("rr", &["request"], "Publish a request and print its answer"),
    ("broker", &[], "Run a broker"),
    ("explain", &[], "Say what a reason code or an exit code means, and what to do"),
];

/// Runs `mq` with its arguments, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let exit = run_command(arguments);
    output::finish();
    exit
}

fn run_command(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let mut arguments = arguments.into_iter();
    let program = arguments.next().unwrap_or_default();
    let mut words: Vec<OsString> = arguments.collect();
    if let Some(exit) = mosquitto::run(&program, &words) {
        return exit;
    }
    if wants_json(&words) {
        output::speak_json();
    }
    let Some(first) = words.first().map(|word| word.to_string_lossy().into_owned()) else {
        output::usage(&format!("no command given\n\n{}", overview()));
        return Exit::Usage;
    };
    match first.as_str() {
        "--version" | "-V" => {
            output::page(concat!("mq ", env!("CARGO_PKG_VERSION"), "\n"));
            return Exit::Done;
        }
        "help" | "--help" | "-h" => {
            let asked = words.get(1).map(|word| word.to_string_lossy().into_owned());
            let Some(asked) = asked.filter(|_| first == "help") else {
                output::page(&overview());
                return Exit::Done;
            };
            return dispatch(&asked, vec!["--help".into()]);
        }
        _ => {}
    }
    words.remove(0);
    dispatch(&first, words)
}

/// Whether errors are to be told as JSON. The words are looked at as they are: what is wrong with
/// them is told so, too.
fn wants_json(words: &[OsString]) -> bool {
    let own = words.split(|word| word == "--").next().unwrap_or_default();
    let together = own.iter().map(|word| word == "--error-format=json");
    let apart = own
        .windows(2)
        .map(|two| matches!(two, [option, value] if option == "--error-format" && value == "json"));
    together.chain(apart).any(|is_asked| is_asked)
}

/// All commands as one tree, to draw manual pages and completions from.
pub fn tree() -> clap::Command {
    let commands = [
        publish::Args::command(),
        subscribe::Args::command(),
        request::Args::command(),
        broker::Args::command(),
        explain::Args::command(),
    ];
    let mut tree = clap::Command::new("mq")
        .about("MQTT at the shell: publish, subscribe, ask, and a broker for the length of a test")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .subcommand_required(true);
    for ((name, aliases, what), command) in COMMANDS.iter().zip(commands) {
        tree = tree.subcommand(command.name(name).about(*what).visible_aliases(*aliases));
    }
    tree
}

/// What the manual page of a command says beside its options.
pub fn manual(command: &str) -> Option<&'static Manual> {
    Some(match command {
        "pub" => &publish::MANUAL,
        "sub" => &subscribe::MANUAL,
        "rr" => &request::MANUAL,
        "broker" => &broker::MANUAL,
        "explain" => &explain::MANUAL,
        _ => return None,
    })
}

fn dispatch(name: &str, words: Vec<OsString>) -> Exit {
    if name == "broker" && words.last().is_some_and(|word| word == "--") {
        // An unset variable in a script: nothing would end a broker that waits for no command.
        output::error_as("there is no command behind --", Exit::Usage);
        return Exit::Usage;
    }
    let known = COMMANDS.iter().find(|(short, long, _)| *short == name || long.contains(&name));
    match known.map(|(short, ..)| *short) {
        Some("pub") => with_options(words, publish::run_args),
        Some("sub") => with_options(words, subscribe::run_args),
        Some("rr") => with_options(words, request::run_args),
        Some("broker") => with_options(words, broker::run),
        Some("explain") => with_options(words, explain::run),
        _ => unknown(name),
    }
}

/// Parses a command's options, runs it, and tells its error.
fn with_options<A: Parser>(words: Vec<OsString>, run: fn(A) -> anyhow::Result<Exit>) -> Exit {
    let command = value_is_next_word(A::command());
    let name = command.get_name().to_owned();
    let words = property::join_values(&command, words);
    let parsed = command
        .try_get_matches_from(std::iter::once(OsString::from(&name)).chain(words))
        .and_then(|matches| A::from_arg_matches(&matches));
    let args = match parsed {
        Ok(args) => args,
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            output::page(&error.to_string());
            return Exit::Done;
        }
        Err(error) => {
            output::error_as(&hint::of_usage(&error, &name), Exit::Usage);
            return Exit::Usage;
        }
    };
    run(args).unwrap_or_else(|error| {
        output::failure(&error);
        Exit::from(&error)
    })
}

/// The word behind an option is its value, even if it begins with `-`: a payload often does.
fn value_is_next_word(command: clap::Command) -> clap::Command {
    command.mut_args(|option| {
        let takes_value = !option.is_positional() && option.get_action().takes_values();
        if takes_value { option.allow_hyphen_values(true) } else { option }
    })
}

fn unknown(name: &str) -> Exit {
    if name.contains("://") {
        // It may hold a password.
        let text = "a command goes before a URL, as in: mq sub -L URL; see: mq --help";
        output::error_as(text, Exit::Usage);
        return Exit::Usage;
    }
    let names = COMMANDS.iter().flat_map(|(short, long, _)| [short].into_iter().chain(*long));
    let nearest = names.map(|known| (distance(name, known), known)).min();
    let suggestion = match nearest {
        Some((0..=2, known)) => format!("; did you mean: mq {known}"),
        _ => "; see: mq --help".to_owned(),
    };
    output::error_as(&format!("there is no command {name:?}{suggestion}"), Exit::Usage);
    Exit::Usage
}

fn overview() -> String {
    let mut text = "MQTT at the shell\n\nUsage: mq COMMAND [OPTIONS]\n\nCommands:\n".to_owned();
    for (name, _, what) in COMMANDS {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {name:<8}{what}");
    }
    text.push_str("\nmq help COMMAND tells the options of a command, mq --version the version.\n");
    text
}

/// How many letters are to be added, dropped or changed to make one word of another.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (done, letter) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], done + 1);
        for (at, wanted) in other.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *wanted);
            diagonal = row[at + 1];
            row[at + 1] = changed.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_option_parsers_are_sound() {
        for command in tree().get_subcommands() {
            value_is_next_word(command.clone()).debug_assert();
        }
    }

    #[test]
    fn near_words_are_near() {
        assert_eq!(distance("pub", "pub"), 0);
        assert_eq!(distance("pbu", "pub"), 2);
        assert_eq!(distance("brokr", "broker"), 1);
        assert_eq!(distance("", "sub"), 3);
    }
}
