//! Help pages: one that fits a screen, `--help`, and one with all, `--help-all` and `mq help`.

mod common;
mod wrap;

use std::fmt::Write as _;

use clap::{Arg, ArgAction};

use self::common::common;
use self::wrap::{entry, example, paragraph};
use super::manual::Manual;
use crate::text::rows;

/// The option for the page with all.
pub(super) const ALL: &str = "--help-all";

/// Where what is said of a command begins, beside its name.
const COMMAND_COLUMN: usize = 10;

/// A command with the options that every command has.
pub(super) fn prepare(command: clap::Command) -> clap::Command {
    let name = ALL.trim_start_matches('-');
    let all = Arg::new(name).long(name).action(ArgAction::Help).help("Print all options");
    command.arg(all.help_heading(None::<&'static str>))
}

/// What commands there are.
pub(super) fn overview<'a>(
    commands: impl Iterator<Item = (&'a str, &'a str)>,
    width: usize,
) -> String {
    let mut page = "MQTT at the shell\n\nUsage: mq COMMAND [OPTIONS]\n\nCommands:\n".to_owned();
    for (name, what) in commands {
        let mut body = String::new();
        paragraph(what, COMMAND_COLUMN, width, &mut body);
        // Writing to a string cannot fail.
        let _ = write!(page, "  {name:<8}{}", body.trim_start());
    }
    page.push('\n');
    let more = "mq COMMAND --help shows the most used options of a command, mq help COMMAND all of \
                them, mq --version the version.";
    paragraph(more, 0, width, &mut page);
    page
}

/// What is most used, and examples: no longer than a screen.
pub(super) fn short(name: &str, command: &clap::Command, manual: &Manual, width: usize) -> String {
    let Some(common) = common(name) else {
        return long(name, command, manual, width);
    };
    let mut page = head(command, common.usage(), width);
    for (wanted, text) in common.options() {
        if let Some(option) = command.get_arguments().find(|option| is_called(option, wanted)) {
            let text = if text.is_empty() { said(option) } else { text.to_owned() };
            entry(&names(option), &text, width, &mut page);
        }
    }
    examples(manual, width, &mut page);
    let more = format!("All options: mq help {name}. What an exit code means: mq explain CODE.");
    page.push('\n');
    paragraph(&more, 0, width, &mut page);
    page
}

/// All options and all there is to know.
pub(super) fn long(name: &str, command: &clap::Command, manual: &Manual, width: usize) -> String {
    let usage = match common(name) {
        Some(common) => common.usage().to_owned(),
        None => format!("mq {name} [OPTIONS]"),
    };
    let mut page = head(command, &usage, width);
    let mut headings: Vec<Option<&str>> = Vec::new();
    for option in command.get_arguments() {
        let heading = option.get_help_heading();
        if !headings.contains(&heading) {
            headings.push(heading);
        }
    }
    for (at, heading) in headings.into_iter().enumerate() {
        if at > 0 {
            page.push('\n');
        }
        // Writing to a string cannot fail.
        let _ = writeln!(page, "{}:", heading.unwrap_or("Options"));
        let of_heading = |option: &&Arg| option.get_help_heading() == heading;
        for option in command.get_arguments().filter(of_heading).filter(|one| !one.is_hide_set()) {
            entry(&names(option), &said_in_full(option), width, &mut page);
        }
    }
    examples(manual, width, &mut page);
    for text in manual.notes.split("\n\n") {
        page.push('\n');
        paragraph(text, 0, width, &mut page);
    }
    for (heading, table) in
        [("Exit codes", manual.exit_status), ("Environment", manual.environment)]
    {
        let _ = writeln!(page, "\n{heading}:");
        for [name, what] in rows::of(table) {
            entry(name, what, width, &mut page);
        }
    }
    page
}

fn head(command: &clap::Command, usage: &str, width: usize) -> String {
    let mut page = String::new();
    if let Some(about) = command.get_about() {
        paragraph(&about.to_string(), 0, width, &mut page);
        page.push('\n');
    }
    paragraph(&format!("Usage: {usage}"), 0, width, &mut page);
    page.push('\n');
    page
}

fn examples(manual: &Manual, width: usize, page: &mut String) {
    page.push_str("\nExamples:\n");
    for line in manual.examples.lines() {
        example(line, width, page);
    }
}

/// Whether an option has this long name, or, without one, is called so in the usage line.
fn is_called(option: &Arg, name: &str) -> bool {
    match option.get_long() {
        Some(long) => long == name,
        None => option.is_positional() && option.get_id() == name,
    }
}

/// `-t, --topic TOPIC`.
fn names(option: &Arg) -> String {
    let mut text = match (option.get_short(), option.get_long()) {
        (Some(short), Some(long)) => format!("-{short}, --{long}"),
        (Some(short), None) => format!("-{short}"),
        (None, Some(long)) => format!("    --{long}"),
        (None, None) => String::new(),
    };
    if !option.get_action().takes_values() {
        return text;
    }
    let id = option.get_id().as_str().to_uppercase();
    let values = match option.get_value_names() {
        Some(names) => names.iter().map(clap::builder::Str::as_str).collect::<Vec<_>>().join(" "),
        None => id,
    };
    if !text.is_empty() {
        text.push(' ');
    }
    text.push_str(&values);
    text
}

/// What the definition says, without the marks of documentation.
fn said(option: &Arg) -> String {
    option.get_help().map(|help| help.to_string().replace('`', "")).unwrap_or_default()
}

/// That, and what it is where it is not given, and its other names.
fn said_in_full(option: &Arg) -> String {
    let mut text = said(option);
    let defaults = option.get_default_values();
    if !defaults.is_empty()
        && !option.is_hide_default_value_set()
        && option.get_action().takes_values()
    {
        let defaults: Vec<_> = defaults.iter().map(|value| value.to_string_lossy()).collect();
        // Writing to a string cannot fail.
        let _ = write!(text, " [default: {}]", defaults.join(" "));
    }
    for alias in option.get_visible_aliases().unwrap_or_default() {
        let _ = write!(text, " [also: --{alias}]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(width: usize) -> Vec<(String, String, String)> {
        let tree = crate::cli::tree();
        let commands = tree.get_subcommands().map(|command| {
            let manual = crate::cli::manual(command.get_name()).unwrap();
            let name = command.get_name();
            let (short, long) =
                (short(name, command, manual, width), long(name, command, manual, width));
            (name.to_owned(), short, long)
        });
        commands.collect()
    }

    #[test]
    fn the_short_page_fits_a_screen_and_its_width() {
        for (name, short, _) in pages(80) {
            let lines = short.lines().count();
            assert!(lines <= 40, "{name}: {lines} lines\n{short}");
            assert!(short.contains("Usage: mq ") && short.contains("Examples:"), "{short}");
        }
    }

    #[test]
    fn no_line_is_wider_than_the_terminal_but_an_example() {
        for width in [80, 40] {
            for (name, short, long) in pages(width) {
                let is_wide = |line: &&str| line.chars().count() > width;
                for line in
                    [&short, &long].into_iter().flat_map(|page| page.lines()).filter(is_wide)
                {
                    let is_word = !line.trim().contains(' ');
                    let is_example = width < 80 && line.contains("mq ");
                    assert!(is_word || is_example, "{name} {width}: {line}");
                }
            }
        }
    }

    #[test]
    fn the_list_of_commands_fits_the_terminal() {
        let commands = [("pub", "Publish a message, a file, or each line of standard input")];
        for width in [80, 40] {
            let page = overview(commands.into_iter(), width);
            assert!(page.lines().all(|line| line.chars().count() <= width), "{width}: {page}");
            assert!(page.contains("\n  pub     Publish a message"), "{page}");
        }
    }

    #[test]
    fn what_is_said_to_be_common_is_there() {
        let tree = crate::cli::tree();
        for command in tree.get_subcommands() {
            let Some(common) = common(command.get_name()) else { continue };
            for (wanted, _) in common.options() {
                let found = command.get_arguments().any(|option| is_called(option, wanted));
                assert!(found, "{}: {wanted}", command.get_name());
            }
        }
    }

    #[test]
    fn every_manual_is_written_as_meant() {
        for command in crate::cli::tree().get_subcommands() {
            let manual = crate::cli::manual(command.get_name()).unwrap();
            for table in [manual.exit_status, manual.environment, manual.files] {
                rows::assert_well_formed::<2>(table, 2);
            }
            assert!(!manual.examples.is_empty() && !manual.notes.is_empty());
            for line in manual.examples.lines() {
                assert!(!line.is_empty() && line.trim() == line, "{line:?}");
            }
        }
    }

    #[test]
    fn the_long_page_has_every_option() {
        let tree = crate::cli::tree();
        for (command, (_, _, long)) in tree.get_subcommands().zip(pages(80)) {
            for option in command.get_arguments().filter(|option| !option.is_hide_set()) {
                assert!(long.contains(&names(option)), "{}", names(option));
            }
        }
    }
}
