//! Manual pages and completions are drawn from the option definitions. A test fails when a file
//! is not what would be drawn now; run with `MQ_WRITE_DOCS=1` it writes them instead.

use std::path::Path;
use std::process::Command;

use clap_complete::Shell;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use mq::cli::manual::Manual;
use mq::mosquitto::broker_words::{
    BROKER_ENVIRONMENT, BROKER_EXIT_STATUS, BROKER_FILES, BROKER_OPTIONS, BROKER_PURPOSE,
};
use mq::mosquitto::config_file::Standing;
use mq::mosquitto::{self, config_file};
use mq::options::Tool;
use mq::text::rows;

const SHELLS: &[(Shell, &str)] = &[
    (Shell::Bash, "mq.bash"),
    (Shell::Zsh, "_mq"),
    (Shell::Fish, "mq.fish"),
    (Shell::PowerShell, "_mq.ps1"),
    (Shell::Elvish, "mq.elv"),
];

const TOOLS: [Tool; 3] = [Tool::Publish, Tool::Subscribe, Tool::Request];

/// Every file, with what belongs in it.
fn drawn() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (shell, name) in SHELLS {
        let mut text = Vec::new();
        clap_complete::generate(*shell, &mut offered(&mq::cli::tree()), "mq", &mut text);
        files.push((format!("completions/{name}"), text));
    }
    let tree = mq::cli::tree();
    for command in tree.get_subcommands() {
        let name = format!("mq-{}", command.get_name());
        let manual = mq::cli::manual(command.get_name()).unwrap();
        files.push((format!("man/{name}.1"), page(command, &name, manual)));
    }
    for named in TOOLS.map(Named::tool).into_iter().chain([Named::broker()]) {
        files.push((format!("man/{}.1", named.name), named.page()));
    }
    let mut text = Vec::new();
    Man::new(tree).render(&mut text).unwrap();
    files.push(("man/mq.1".to_owned(), text));
    files
}

/// The command without what its help leaves out, which the shells would offer all the same.
fn offered(command: &clap::Command) -> clap::Command {
    // clap keeps names for as long as the process lives.
    let name = |name: &str| -> &'static str { name.to_owned().leak() };
    let mut offered = clap::Command::new(name(command.get_name()))
        .visible_aliases(command.get_visible_aliases().map(name))
        .disable_help_flag(command.is_disable_help_flag_set())
        .disable_version_flag(command.is_disable_version_flag_set())
        .disable_help_subcommand(command.is_disable_help_subcommand_set())
        .args(command.get_arguments().filter(|option| !option.is_hide_set()))
        .subcommands(command.get_subcommands().map(offered));
    if let Some(about) = command.get_about() {
        offered = offered.about(about.clone());
    }
    match command.get_version() {
        Some(version) => offered.version(name(version)),
        None => offered,
    }
}

/// The page of a command.
fn page(command: &clap::Command, name: &str, manual: &Manual) -> Vec<u8> {
    let version = env!("CARGO_PKG_VERSION");
    let shown = format!("mq {}", command.get_name());
    let command = command.clone().version(version).display_name(name).bin_name(shown);
    let page = Man::new(command.after_help(None::<&str>)).title(name);
    let mut text = Vec::new();
    page.render_title(&mut text).unwrap();
    page.render_name_section(&mut text).unwrap();
    page.render_synopsis_section(&mut text).unwrap();
    page.render_description_section(&mut text).unwrap();
    paragraphs(&mut text, None, manual.notes.split("\n\n"));
    page.render_options_section(&mut text).unwrap();
    table(&mut text, "EXIT STATUS", &pairs(manual.exit_status));
    table(&mut text, "ENVIRONMENT", &pairs(manual.environment));
    table(&mut text, "FILES", &pairs(manual.files));
    examples(&mut text, manual.examples);
    if name == "mq-broker" {
        configuration(&mut text);
    }
    if let Some(tool) = manual.tool {
        let all: Vec<_> = mosquitto::differences(tool).collect();
        differences(&mut text, mosquitto::name(tool), &all);
    }
    page.render_version_section(&mut text).unwrap();
    text
}

/// An option of mosquitto: its names, its value if it takes one, what it does.
type Row = (&'static [&'static str], Option<&'static str>, &'static str);

/// One of mosquitto's names, and what its page says.
struct Named {
    name: &'static str,
    about: String,
    /// The page of what mq itself offers, and of what else there is.
    own: String,
    options: Vec<Row>,
    exit_status: &'static [(&'static str, &'static str)],
    environment: &'static [(&'static str, &'static str)],
    files: &'static [(&'static str, &'static str)],
    differences: Vec<&'static str>,
}

impl Named {
    fn tool(tool: Tool) -> Self {
        let own = match tool {
            Tool::Publish => "mq-pub",
            Tool::Subscribe => "mq-sub",
            Tool::Request => "mq-rr",
        };
        Self {
            name: mosquitto::name(tool),
            about: format!(
                "{}, as mosquitto's program of that name does",
                mosquitto::purpose(tool)
            ),
            own: format!("See {own}(1) for what mq itself offers."),
            options: mosquitto::options(tool).collect(),
            exit_status: mosquitto::EXIT_STATUS,
            environment: mosquitto::ENVIRONMENT,
            files: mosquitto::FILES,
            differences: mosquitto::differences(tool).collect(),
        }
    }

    fn broker() -> Self {
        Self {
            name: "mosquitto",
            about: format!("{BROKER_PURPOSE}, as mosquitto's program of that name is"),
            own: "The section CONFIGURATION FILE of mq-broker(1) tells what each key of a \
                  configuration file does, the rest of that page what mq itself offers."
                .to_owned(),
            options: BROKER_OPTIONS.to_vec(),
            exit_status: BROKER_EXIT_STATUS,
            environment: BROKER_ENVIRONMENT,
            files: BROKER_FILES,
            differences: mosquitto::BROKER_DIFFERENCES.to_vec(),
        }
    }

    fn page(&self) -> Vec<u8> {
        let mut command = clap::Command::new(self.name)
            .about(self.about.clone())
            .disable_help_flag(true)
            .disable_version_flag(true)
            .version(env!("CARGO_PKG_VERSION"));
        command = command.args(self.options.iter().copied().map(argument));
        let page = Man::new(command).title(self.name);
        let mut text = Vec::new();
        page.render_title(&mut text).unwrap();
        page.render_name_section(&mut text).unwrap();
        page.render_synopsis_section(&mut text).unwrap();
        page.render_description_section(&mut text).unwrap();
        let about = format!(
            "This is mq under mosquitto's name, with mosquitto's options, exit codes and words. {}",
            self.own
        );
        paragraphs(&mut text, None, [about.as_str()]);
        page.render_options_section(&mut text).unwrap();
        table(&mut text, "EXIT STATUS", self.exit_status);
        table(&mut text, "ENVIRONMENT", self.environment);
        table(&mut text, "FILES", self.files);
        differences(&mut text, self.name, &self.differences);
        page.render_version_section(&mut text).unwrap();
        text
    }
}

/// An option as clap has it.
fn argument((names, value, help): Row) -> clap::Arg {
    let mut option = clap::Arg::new(names[0]).help(help);
    for name in names {
        option = match name.strip_prefix("--") {
            Some(long) => option.long(long),
            None => option.short(name.chars().nth(1).unwrap()),
        };
    }
    match value {
        Some(value) => option.value_name(value).action(clap::ArgAction::Set),
        None => option.action(clap::ArgAction::SetTrue),
    }
}

fn differences(text: &mut Vec<u8>, name: &str, differences: &[&str]) {
    let introduction = format!(
        "Called as {name}, the program takes mosquitto's options and behaves as mosquitto's program \
         does, but for this:"
    );
    paragraphs(text, Some("DIFFERENCES"), [introduction.as_str()]);
    paragraphs(text, None, differences.iter().copied());
}

/// The keys of a configuration, as the table of them has it.
fn configuration(text: &mut Vec<u8>) {
    paragraphs(text, Some("CONFIGURATION FILE"), config_file::NOTES.iter().copied());
    let rows = config_file::rows();
    let of = |standing| rows.iter().filter(move |row| row.standing == standing);
    let names: Vec<_> = of(Standing::Works).map(|row| row.name).collect();
    paragraphs(text, None, ["Keys that are served:", &names.join(", ")]);
    for (standing, what) in [
        (Standing::Warns, "Keys that change nothing, which is said once for each line:"),
        (Standing::Refused, "Keys that are refused:"),
    ] {
        paragraphs(text, None, [what]);
        let mut roff = Roff::default();
        for row in of(standing) {
            let harmless = match row.harmless.as_slice() {
                [] => String::new(),
                values => format!(" ({} is taken without a word)", values.join(" or ")),
            };
            roff.control("TP", []);
            roff.text([bold(row.name)]);
            roff.text([roman(format!("{}{harmless}", row.why))]);
        }
        roff.to_writer(text).unwrap();
    }
}

fn paragraphs<'a>(
    text: &mut Vec<u8>,
    heading: Option<&str>,
    paragraphs: impl IntoIterator<Item = &'a str>,
) {
    let mut roff = Roff::default();
    if let Some(heading) = heading {
        roff.control("SH", [heading]);
    }
    for paragraph in paragraphs {
        roff.control("PP", []);
        roff.text([roman(paragraph)]);
    }
    roff.to_writer(text).unwrap();
}

fn table(text: &mut Vec<u8>, heading: &str, rows: &[(&str, &str)]) {
    let mut roff = Roff::default();
    roff.control("SH", [heading]);
    for (name, what) in rows {
        roff.control("TP", []);
        roff.text([bold(*name)]);
        roff.text([roman(*what)]);
    }
    roff.to_writer(text).unwrap();
}

fn pairs(table: &str) -> Vec<(&str, &str)> {
    rows::of(table).map(|[name, what]| (name, what)).collect()
}

fn examples(text: &mut Vec<u8>, lines: &str) {
    let mut roff = Roff::default();
    roff.control("SH", ["EXAMPLES"]);
    for line in lines.lines() {
        roff.control("PP", []);
        roff.control("nf", []);
        roff.text([roman(line)]);
        roff.control("fi", []);
    }
    roff.to_writer(text).unwrap();
}

#[test]
fn what_is_hidden_is_not_offered_by_shells() {
    let tree = mq::cli::tree();
    let options = tree.get_subcommands().flat_map(clap::Command::get_arguments);
    let hidden = options.filter(|option| option.is_hide_set());
    let hidden: Vec<_> = hidden.filter_map(clap::Arg::get_long).collect();
    assert!(!hidden.is_empty());
    for (name, text) in drawn() {
        if !name.starts_with("completions/") {
            continue;
        }
        let text = String::from_utf8(text).unwrap();
        for option in &hidden {
            assert!(!text.contains(option), "{name}: {option}");
        }
    }
}

#[test]
fn manual_pages_and_completions_are_what_the_options_say() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let write = std::env::var_os("MQ_WRITE_DOCS").is_some();
    let mut stale = Vec::new();
    for (path, text) in drawn() {
        let file = root.join(&path);
        if write {
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(&file, &text).unwrap();
        } else if std::fs::read(&file).ok().as_ref() != Some(&text) {
            stale.push(path);
        }
    }
    assert!(stale.is_empty(), "draw them anew with MQ_WRITE_DOCS=1: {stale:?}");
}

#[test]
fn the_page_of_the_broker_has_every_key_of_a_configuration() {
    let pages = drawn();
    let page = pages.iter().find(|(path, _)| path == "man/mq-broker.1").unwrap();
    // In roff a dash may stand for a hyphen.
    let page = String::from_utf8(page.1.clone()).unwrap().replace('\\', "");
    let (_, section) = page.split_once(".SH \"CONFIGURATION FILE\"\n").unwrap();
    let (section, _) = section.split_once(".SH ").unwrap();
    let (served, others) = section.split_once("Keys that change nothing").unwrap();
    for row in config_file::rows() {
        let place = if row.standing == Standing::Works { served } else { others };
        let is_word = |word: &str| word.trim_matches(|c| matches!(c, ',' | '\n')) == row.name;
        let is_there =
            place.split([' ', '\n']).any(|word| is_word(&word.replace("fB", "").replace("fR", "")));
        assert!(is_there, "{}", row.name);
    }
}

#[test]
fn every_page_has_its_sections() {
    for (path, text) in drawn() {
        if !path.starts_with("man/") || path == "man/mq.1" {
            continue;
        }
        let text = String::from_utf8(text).unwrap();
        for heading in ["OPTIONS", "\"EXIT STATUS\"", "ENVIRONMENT", "FILES"] {
            assert!(text.contains(&format!(".SH {heading}\n")), "{path} has no {heading}");
        }
        assert_eq!(text.contains(".SH EXAMPLES\n"), path.starts_with("man/mq-"), "{path}");
        let ours_alone =
            ["bench", "bench-compare", "bench-merge", "broker", "clear", "explain", "passwd"]
                .iter()
                .any(|command| path == format!("man/mq-{command}.1"));
        assert_eq!(text.contains(".SH DIFFERENCES\n"), !ours_alone, "{path}");
    }
}

/// Runs a program over one of the files; it must have nothing to say of it.
#[track_caller]
fn is_content(command: &mut Command) {
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.is_empty(), "{command:?}: {said}");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
#[ignore = "needs man"]
fn manual_pages_are_shown_without_a_complaint() {
    for (path, _) in drawn() {
        if path.starts_with("man/") {
            let mut man = Command::new("man");
            man.args(["--warnings", "-E", "UTF-8", "-l"]).arg(root().join(path));
            is_content(man.env("MANPAGER", "cat").env("MANWIDTH", "100"));
        }
    }
}

#[test]
#[ignore = "needs bash"]
fn bash_loads_its_completions() {
    let file = root().join("completions/mq.bash");
    is_content(
        Command::new("bash")
            .args(["--norc", "-c", "source \"$1\" && complete -p mq"])
            .arg("-")
            .arg(file),
    );
}

#[test]
#[ignore = "needs zsh"]
fn zsh_loads_its_completions() {
    let script = "autoload -Uz compinit && compinit -D -u && source \"$1\" && whence -w _mq";
    is_content(
        Command::new("zsh").args(["-f", "-c", script, "-"]).arg(root().join("completions/_mq")),
    );
}

#[test]
#[ignore = "needs fish"]
fn fish_loads_its_completions() {
    let file = root().join("completions/mq.fish");
    let script = "source $argv[1]; and complete -C 'mq ' | string match -q 'pub*'";
    is_content(Command::new("fish").args(["--no-config", "-c", script]).arg(file));
}

#[test]
#[ignore = "needs elvish"]
fn elvish_loads_its_completions() {
    // Its editor is not there without a terminal: a namespace of that name takes its place.
    let script = "var editor = (ns [&completion:=(ns [&arg-completer=[&]])])\n\
                  eval &ns=(ns [&edit:=$editor]) (slurp < $args[0])";
    let file = root().join("completions/mq.elv");
    is_content(Command::new("elvish").args(["-norc", "-c", script]).arg(file));
}
