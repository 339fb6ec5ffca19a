//! The command line: one file a command.
//!
//! The first word picks the command, and only that command's options are built. What a command
//! does is elsewhere; here are its options, its words and its exit code.

mod bench;
mod broker;
mod clear;
mod connect;
pub mod exit;
mod explain;
mod help;
mod hint;
mod limits;
pub mod manual;
mod mosquitto;
mod output;
mod particulars;
mod passwd;
mod payload;
mod plain;
mod print;
mod property;
mod publish;
mod rare;
mod records;
mod request;
mod subscribe;
mod subscription;
mod telling;
mod tls;
mod transport;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser};

use self::exit::Exit;
use self::manual::Manual;
use self::plain::NotPlain;
use crate::text::near;

/// The commands, each with its names and what it is for.
const COMMANDS: &[(&str, &[&str], &str)] = &[
    ("pub", &["publish"], "Publish a message, a file, or each line of standard input"),
    ("sub", &["subscribe"], "Print the messages of topics as they come"),
    ("rr", &["request"], "Publish a request and print its answer"),
    ("clear", &[], "Remove retained messages from the broker"),
    ("bench", &[], "Load a broker, and measure it"),
    ("bench-compare", &[], "Say whether two runs of bench differ by more than chance"),
    ("bench-merge", &[], "Add up the parts of a run of bench that several machines shared"),
    ("broker", &[], "Run a broker"),
    ("passwd", &[], "Make and edit the password file of a broker"),
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
        output::usage(&format!("no command given\n\n{}", overview(output::width())));
        return Exit::Usage;
    };
    match first.as_str() {
        "--version" | "-V" => {
            return output::page(concat!("mq ", env!("CARGO_PKG_VERSION"), "\n"));
        }
        "help" | "--help" | "-h" => {
            let asked = words.get(1..).filter(|asked| first == "help" && !asked.is_empty());
            return match asked {
                Some(asked) => dispatch(&asked_for(asked), vec![help::ALL.into()]),
                None => output::page(&overview(output::width())),
            };
        }
        _ => {}
    }
    words.remove(0);
    dispatch(&first, words)
}

/// The command that help is wanted for: `bench compare` has two words.
fn asked_for(words: &[OsString]) -> String {
    let words: Vec<_> = words.iter().take(2).map(|word| word.to_string_lossy()).collect();
    let both = words.join("-");
    if COMMANDS.iter().any(|(name, ..)| *name == both) {
        return both;
    }
    words.first().map(|word| word.clone().into_owned()).unwrap_or_default()
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
        clear::Args::command(),
        bench::Args::command(),
        bench::compare::Args::command(),
        bench::merge::Args::command(),
        broker::Args::command(),
        passwd::Args::command(),
        explain::Args::command(),
    ];
    let mut tree = clap::Command::new("mq")
        .about("MQTT at the shell: publish, subscribe, ask, load a broker, and a broker for the length of a test")
        .version(env!("CARGO_PKG_VERSION"))
        .disable_help_subcommand(true)
        .subcommand_required(true);
    for ((name, aliases, what), command) in COMMANDS.iter().zip(commands) {
        tree = tree
            .subcommand(help::prepare(command).name(name).about(*what).visible_aliases(*aliases));
    }
    tree
}

/// What the manual page of a command says beside its options.
pub fn manual(command: &str) -> Option<&'static Manual> {
    Some(match command {
        "pub" => &publish::MANUAL,
        "sub" => &subscribe::MANUAL,
        "rr" => &request::MANUAL,
        "clear" => &clear::MANUAL,
        "bench" => &bench::MANUAL,
        "bench-compare" => &bench::compare::MANUAL,
        "bench-merge" => &bench::merge::MANUAL,
        "broker" => &broker::MANUAL,
        "passwd" => &passwd::MANUAL,
        "explain" => &explain::MANUAL,
        _ => return None,
    })
}

fn dispatch(name: &str, mut words: Vec<OsString>) -> Exit {
    let runs_command = matches!(name, "broker" | "sub" | "subscribe");
    if runs_command && words.last().is_some_and(|word| word == "--") {
        // An unset variable in a script: nothing would end a broker that waits for no command, and
        // no answer come to who asks by it.
        output::error_as("there is no command behind --", Exit::Usage);
        return Exit::Usage;
    }
    let known = COMMANDS.iter().find(|(short, long, _)| *short == name || long.contains(&name));
    match known.map(|(short, ..)| *short) {
        Some("pub") => match publish::Args::of_plain(&words) {
            Ok(args) => end(publish::run_args(args)),
            Err(NotPlain) => with_options(words, publish::run_args),
        },
        Some("sub") => with_options(words, subscribe::run_args),
        Some("rr") => with_options(words, request::run_args),
        Some("clear") => with_options(words, clear::run_args),
        Some("bench") => match words.first().and_then(|word| word.to_str()) {
            Some("compare") => with_options(words.split_off(1), bench::compare::run),
            Some("merge") => with_options(words.split_off(1), bench::merge::run),
            _ => with_options(words, bench::run),
        },
        Some("bench-compare") => with_options(words, bench::compare::run),
        Some("bench-merge") => with_options(words, bench::merge::run),
        Some("broker") => with_options(words, broker::run),
        Some("passwd") => with_options(words, passwd::run),
        Some("explain") => with_options(words, explain::run),
        _ => unknown(name),
    }
}

/// Parses a command's options, runs it, and tells its error.
fn with_options<A: Parser>(words: Vec<OsString>, run: fn(A) -> anyhow::Result<Exit>) -> Exit {
    rare::build_for(&words);
    let mut command = help::prepare(A::command());
    let name = command.get_name().to_owned();
    let is_bare = words.is_empty();
    let asks_all = words.iter().any(|word| word == help::ALL);
    let words = property::join_values(&command, words);
    if has_neighbouring_dashes(&words) {
        command = value_is_next_word(command);
    }
    // Moved out of the matches, not cloned: what is done here, each `mq pub -m` waits for.
    let parsed = command
        .try_get_matches_from_mut(std::iter::once(OsString::from(&name)).chain(words))
        .and_then(|mut matches| A::from_arg_matches_mut(&mut matches));
    let args = match parsed {
        Ok(args) => args,
        Err(error) if error.kind() == ErrorKind::DisplayHelp => {
            return output::page(&help_page(&command, asks_all));
        }
        Err(error) => {
            output::error_as(&hint::of_usage(&error, &name), Exit::Usage);
            return Exit::Usage;
        }
    };
    drop(command);
    let outcome = run(args);
    let wants_help = is_bare && outcome.is_err();
    let exit = end(outcome);
    if wants_help && exit == Exit::Usage {
        rare::build_all();
        output::aside(&format!("\n{}", help_page(&help::prepare(A::command()), false)));
    }
    exit
}

/// How the command ended, once its error is told.
fn end(outcome: anyhow::Result<Exit>) -> Exit {
    outcome.unwrap_or_else(|error| {
        output::failure(&error);
        Exit::from(&error)
    })
}

/// The page of a command, with all options or with the most used ones.
fn help_page(command: &clap::Command, all: bool) -> String {
    let name = command.get_name();
    let name = name.strip_prefix("mq ").unwrap_or(name);
    let Some(manual) = manual(name) else { return String::new() };
    let write = if all { help::long } else { help::short };
    write(name, command, manual, output::width())
}

/// The word behind an option is its value, even if it begins with `-`: a payload often does.
fn value_is_next_word(command: clap::Command) -> clap::Command {
    command.mut_args(|option| {
        let takes_value = !option.is_positional() && option.get_action().takes_values();
        if takes_value { option.allow_hyphen_values(true) } else { option }
    })
}

/// Whether any value may begin with `-`: a word that does stands behind another that does. To go
/// through all options of a command takes longer than to parse the words of most calls.
fn has_neighbouring_dashes(words: &[OsString]) -> bool {
    let dashed = |word: &OsString| word.as_encoded_bytes().starts_with(b"-");
    words.windows(2).any(|pair| pair.iter().all(dashed))
}

fn unknown(name: &str) -> Exit {
    if name.contains("://") {
        // It may hold a password.
        let text = "a command goes before a URL, as in: mq sub -L URL; see: mq --help";
        output::error_as(text, Exit::Usage);
        return Exit::Usage;
    }
    let names = COMMANDS.iter().flat_map(|(short, long, _)| [short].into_iter().chain(*long));
    let names = names.chain(&["help", "--help", "--version"]);
    let suggestion = match hint::foreign::command(name) {
        Some(own) => format!("; here it is: mq {own}"),
        None => match near::nearest(name, names.copied()) {
            Some(known) => format!("; did you mean: mq {known}"),
            None => "; see: mq --help".to_owned(),
        },
    };
    output::error_as(&format!("there is no command {name:?}{suggestion}"), Exit::Usage);
    Exit::Usage
}

/// All commands, each with what it is for.
fn overview(width: usize) -> String {
    // What belongs to a command stands on the page of that.
    let commands = COMMANDS.iter().filter(|(name, ..)| !name.contains('-'));
    help::overview(commands.map(|(name, _, what)| (*name, *what)), width)
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
}
