//! Options from files.

use crate::support::mosquitto::Mosquitto;
use crate::support::mq::spawn;
use crate::support::names::{Names, Whose};

#[test]
#[ignore = "needs mosquitto"]
fn an_option_file_is_read_as_debians_clients_read_it() {
    let broker = Mosquitto::open();
    let names = Names::new();
    let port = format!("-p {}", broker.port);
    for (file, words) in [
        // The rest of a line is the value; options of the command line come later.
        (format!("{port}\n-t a b/c\n-m  two  words \r\n# -q 7\n\n-d\n"), &[][..]),
        (format!("{port}\n-t file\n-q 1\n-d"), &["-t", "line", "-m", "x"]),
        // What cannot be overridden, and what is wrong.
        (format!("{port}\n-m file"), &["-t", "a", "-m", "x"]),
        (format!("{port}\n-D publish user-property a b\n"), &["-t", "a", "-m", "x"]),
        (format!("{port}\n-q 3"), &["-t", "a", "-m", "x"]),
        (format!("{port}\n-q"), &["-t", "a", "-m", "x"]),
        (format!("{port}\n--nonsense"), &["-t", "a", "-m", "x"]),
        (format!("{port}\n-d yes"), &["-t", "a", "-m", "x"]),
    ] {
        names.keep_options("mosquitto_pub", &file);
        let both = names.both("mosquitto_pub", words);
        assert_eq!(both.difference(), None, "{file:?} {words:?}");
    }
}

#[test]
fn a_file_by_its_name_stands_for_the_usual_one() {
    let names = Names::new();
    names.keep_options("mosquitto_pub", "--nonsense\n");
    names.run("mosquitto_pub", ["--version"]).exits(1).says("Unknown option '--nonsense'");
    names.keep_options("named", "-q 7\n");
    let named = format!("{}/{}/.config/named", names.directory(), "home");
    names.run("mosquitto_pub", ["-o", &named]).exits(1).says("Invalid QoS given: 7");
    let nothing = names.run("mosquitto_pub", ["-o", "/no/such/file", "--version"]).exits(1);
    assert_eq!(nothing.stderr, "");
}

/// Whoever may write to a folder would have a say in what is run in it.
#[test]
fn no_file_of_the_current_folder_is_read() {
    let names = Names::new();
    let folder = format!("{}/here", names.directory());
    std::fs::create_dir_all(format!("{folder}/.config")).unwrap();
    for file in ["mosquitto_pub", ".config/mosquitto_pub"] {
        std::fs::write(format!("{folder}/{file}"), "--nonsense\n").unwrap();
    }
    for variable in ["XDG_CONFIG_HOME", "HOME"] {
        let mut command = names.command(Whose::Ours, "mosquitto_pub", ["--version"]);
        let finished = spawn(command.current_dir(&folder).env(variable, "")).finish();
        assert_eq!(finished.exits(1).stderr, "", "{variable}");
    }
}
