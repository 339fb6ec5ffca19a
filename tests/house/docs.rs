//! Manual pages and completions are drawn from the option definitions. A test fails when a file
//! is not what would be drawn now; run with `MQ_WRITE_DOCS=1` it writes them instead.

use std::path::Path;

use clap_complete::Shell;

const SHELLS: &[(Shell, &str)] = &[
    (Shell::Bash, "mq.bash"),
    (Shell::Zsh, "_mq"),
    (Shell::Fish, "mq.fish"),
    (Shell::PowerShell, "_mq.ps1"),
    (Shell::Elvish, "mq.elv"),
];

/// Every file, with what belongs in it.
fn drawn() -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for (shell, name) in SHELLS {
        let mut text = Vec::new();
        clap_complete::generate(*shell, &mut mq::cli::tree(), "mq", &mut text);
        files.push((format!("completions/{name}"), text));
    }
    let tree = mq::cli::tree();
    for command in tree.get_subcommands() {
        let name = format!("mq-{}", command.get_name());
        let version = env!("CARGO_PKG_VERSION");
        let shown = format!("mq {}", command.get_name());
        let command = command.clone().version(version).display_name(&name).bin_name(shown);
        let page = clap_mangen::Man::new(command).title(&*name);
        files.push((format!("man/{name}.1"), render(&page)));
    }
    files.push(("man/mq.1".to_owned(), render(&clap_mangen::Man::new(tree))));
    files
}

fn render(page: &clap_mangen::Man) -> Vec<u8> {
    let mut text = Vec::new();
    page.render(&mut text).unwrap();
    text
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
