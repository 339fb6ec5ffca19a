//! `mq broker --password-file --acl-file` and `mq passwd`, with mosquitto's own files and programs.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::process::Command;

use super::access::{broker, client, heard};
use super::support::mosquitto::Mosquitto;
use super::support::mq::{Finished, run, start};
use super::support::scratch::Scratch;
use super::support::terminal::AtTerminal;

/// `mq passwd` with this on standard input.
fn passwd(input: &str, arguments: &[&str]) -> Finished {
    let mut running = start([&["passwd"], arguments].concat());
    running.feed(input);
    running.finish()
}

/// Whether a login is taken.
fn is_let_in(port: &str, login: &str) -> bool {
    match client("pub", port, login, &["-q", "1", "-t", "a", "-m", "x"]).code {
        Some(0) => true,
        Some(4) => false,
        other => panic!("{other:?}"),
    }
}

fn place(scratch: &Scratch, name: &str) -> String {
    scratch.path().join(name).to_str().unwrap().to_owned()
}

#[test]
fn a_file_is_made_edited_and_served() {
    let scratch = Scratch::new("passwd-edit");
    let file = place(&scratch, "users");
    passwd("old\n", &[&file, "alice"]).exits(0).says("\"alice\" is added");
    passwd("pw", &[&file, "bob"]).exits(0);
    passwd("pw\r\n", &[&file, "-H", "sha512", "carol"]).exits(0);
    passwd("pw\npw\n", &["-I", "5000", &file, "alice"]).exits(0).says("has a new password");
    let text = std::fs::read_to_string(&file).unwrap();
    assert_eq!(text.lines().count(), 3, "{text}");
    for start in ["alice:$7$5000$", "bob:$argon2id$v=19$m=47104,t=1,p=1$", "carol:$6$"] {
        assert!(text.contains(start), "{text}");
    }
    assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
    let (serving, port) = broker(&["--password-file", &file]);
    for (login, want) in [
        ("alice:pw", true),
        ("alice:old", false),
        ("bob:pw", true),
        ("carol:pw", true),
        ("carol:PW", false),
        ("dave:pw", false),
        ("-", false),
    ] {
        assert_eq!(is_let_in(&port, login), want, "{login}");
    }
    let log = serving.broker.finish_after("no user \"dave\"");
    assert!(!log.contains("everybody on this machine"), "{log}");
    passwd("", &["-D", &file, "bob"]).exits(0);
    passwd("", &["-D", &file, "bob"]).exits(1).says("there is no user \"bob\"");
    assert!(!std::fs::read_to_string(&file).unwrap().contains("bob"));
    passwd("pw", &["-c", &file, "erin"]).exits(0);
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("erin:$argon2id$"));
}

#[test]
fn a_password_on_the_command_line_is_taken_when_asked_for() {
    let scratch = Scratch::new("passwd-batch");
    let file = place(&scratch, "users");
    run(["passwd", "-b", &file, "alice", "pw"]).exits(0);
    run(["passwd", &file, "alice", "pw"]).exits(2);
    run(["passwd", "-b", &file, "alice"]).exits(2);
    assert!(is_let_in(&broker(&["--password-file", &file]).1, "alice:pw"));
}

#[test]
fn a_password_typed_at_a_terminal_is_typed_twice_and_not_shown() {
    let scratch = Scratch::new("passwd-typed");
    let file = place(&scratch, "users");
    let mut session = Command::new("setsid");
    session.args(["--ctty", "--wait", env!("CARGO_BIN_EXE_mq"), "passwd", &file, "alice"]);
    let running = AtTerminal::cooked(&mut session);
    for question in ["Password of alice: ", "The same again: "] {
        running.shows(question);
        assert!(!running.echoes());
        running.types("marker\n");
    }
    let (code, shown) = running.finish();
    assert_eq!(code, Some(0));
    assert!(!String::from_utf8_lossy(&shown).contains("marker"));
    assert!(is_let_in(&broker(&["--password-file", &file]).1, "alice:marker"));
}

#[test]
fn a_name_or_a_password_that_cannot_be_is_refused_and_nothing_is_changed() {
    let scratch = Scratch::new("passwd-bad");
    let file = place(&scratch, "users");
    for name in ["", "a:b", "#a", "a\nb"] {
        passwd("pw\n", &[&file, name]).exits(2);
    }
    passwd("", &[&file, "alice"]).exits(1).says("password is empty");
    assert!(!std::path::Path::new(&file).exists());
    passwd("pw", &["/no/such/folder/users", "alice"]).exits(1).says("/no/such/folder/users");
    let broken = scratch.write("broken", "alice\n");
    passwd("pw", &[&broken, "bob"]).exits(1).says("line 1");
    assert_eq!(std::fs::read_to_string(&broken).unwrap(), "alice\n");
}

#[test]
fn a_link_is_replaced_and_not_followed() {
    let scratch = Scratch::new("passwd-link");
    let (target, link) = (scratch.write("target", ""), place(&scratch, "link"));
    std::os::unix::fs::symlink(&target, &link).unwrap();
    passwd("pw", &[&link, "alice"]).exits(0);
    assert!(!std::path::Path::new(&link).is_symlink());
    assert_eq!(std::fs::read_to_string(&target).unwrap(), "");
}

#[test]
fn plain_passwords_are_not_served_until_they_are_hashed() {
    let scratch = Scratch::new("passwd-upgrade");
    let file = scratch.write("users", "# staff\nalice:marker\n");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let refused = run(["broker", "-p", "0", "--password-file", &file]).exits(1);
    let refused = refused.says("line 2").says("mq passwd -U");
    assert!(!refused.stderr.contains("marker"), "{}", refused.stderr);
    run(["passwd", "-U", &file]).exits(0).says("1 password is hashed");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("# staff\nalice:$argon2id$") && !text.contains("marker"), "{text}");
    assert!(is_let_in(&broker(&["--password-file", &file]).1, "alice:marker"));
}

#[test]
fn others_that_can_read_the_file_are_told_of() {
    let scratch = Scratch::new("passwd-open");
    let file = place(&scratch, "users");
    passwd("pw", &[&file, "alice"]).exits(0);
    let told = |mode| {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        run(["broker", "--password-file", &file, "--", "true"]).exits(0).stderr
    };
    for (mode, words) in [(0o604, "chmod o-r"), (0o640, "chmod g-r"), (0o620, "chmod go-w")] {
        assert!(told(mode).contains(words), "{mode:o}: {}", told(mode));
    }
    assert!(!told(0o600).contains("chmod"), "{}", told(0o600));
}

#[test]
fn row_44_files_that_others_can_change_are_told_of() {
    let scratch = Scratch::new("access-changed");
    let rules = scratch.write("rules", "topic read #\n");
    let users = place(&scratch, "users");
    passwd("pw", &[&users, "alice"]).exits(0);
    let text = format!("listener 0 127.0.0.1\npassword_file {users}\nacl_file {rules}\n");
    let config = scratch.write("config", text);
    for file in [&users, &rules, &config] {
        let told = |mode| {
            std::fs::set_permissions(file, std::fs::Permissions::from_mode(mode)).unwrap();
            let by_key = run(["broker", "-c", &config, "--test-config"]).exits(0).stderr;
            let options = ["--password-file", &users, "--acl-file", &rules, "--", "true"];
            let by_option = run(["broker"].iter().chain(&options)).exits(0).stderr;
            let is_told = |said: &str| said.contains(&format!("{file}: ")) && said.contains("go-w");
            (is_told(&by_key), is_told(&by_option) || file == &config)
        };
        assert_eq!(told(0o620), (true, true), "{file}");
        assert_eq!(told(0o602), (true, true), "{file}");
        assert!(!told(0o600).0, "{file}");
    }
}

#[test]
fn a_file_that_is_wrong_anywhere_lets_nobody_in() {
    let scratch = Scratch::new("access-wrong");
    let good = place(&scratch, "good");
    passwd("pw", &[&good, "alice"]).exits(0);
    let line = std::fs::read_to_string(&good).unwrap();
    let cut = &line[..line.len() - 10];
    for (text, why) in [
        (String::new(), "no user"),
        ("\n\n".to_owned(), "no user"),
        (format!("{line}\nbob"), "line 3"),
        (format!("{line}{line}"), "line 2"),
        (cut.to_owned(), "line 1"),
        (format!("\u{FEFF}{line}"), "byte order mark"),
        (format!("{line}b\0b:x\n"), "line 2"),
    ] {
        let file = scratch.write("users", &text);
        let refused = run(["broker", "-p", "0", "--password-file", &file]).exits(1);
        refused.says(&file).says(why).prints("");
    }
    let latin = scratch.write("users", [line.as_bytes(), b"b\xe9:x\n"].concat());
    run(["broker", "-p", "0", "--password-file", &latin]).exits(1).says("line 2");
    run(["broker", "--password-file", &latin, "--", "true"]).exits(125);
    for (text, why) in [
        ("", "no rule"),
        ("# topic #\n", "no rule"),
        ("topic read a\nuser\n", "line 2"),
        ("topic read a\ntopic reed b\n", "line 2"),
        ("topic read a\ntopic read b#\n", "line 2"),
        ("topic read a\ntop", "line 2"),
    ] {
        let file = scratch.write("rules", text);
        let refused = run(["broker", "-p", "0", "--acl-file", &file]).exits(1);
        refused.says(&file).says(why).prints("");
    }
    for option in ["--password-file", "--acl-file"] {
        run(["broker", "-p", "0", option, "/no/such/file"]).exits(1).says("/no/such/file");
        run(["broker", "-p", "0", option, scratch.path().to_str().unwrap()]).exits(1);
        run(["broker", "-p", "0", option, "/dev/zero"]).exits(1).says("32 MiB");
    }
}

/// A file with all that mosquitto's knows.
const ACL: &str = "# who does not log in\ntopic read open/#\n\nuser alice\ntopic readwrite #\n\
                   topic deny alice/not\nuser bob\ntopic read news/+\ntopic write with space/x\n\
                   pattern write in/%u/%c\npattern read of/%u/#\npattern deny alice/+\n";

/// What each of these comes to, with mosquitto and with us.
const CASES: &[(&str, &str, bool)] = &[
    ("alice:pw", "x/y", true),
    ("alice:pw", "alice/not", false),
    // Granted by name, and denied by a pattern, which is looked at later.
    ("alice:pw", "alice/yes", true),
    ("bob:pw", "in/bob/pump", true),
    ("bob:pw", "in/bob/other", false),
    ("bob:pw", "in/alice/pump", false),
    ("bob:pw", "news/a", false),
    ("bob:pw", "with", false),
    ("-", "open/a", false),
    ("-", "in//pump", false),
];

fn publishes_as_ruled(port: &str) {
    for (login, topic, want) in CASES {
        let more = ["-i", "pump", "-q", "1", "-t", topic, "-m", "x"];
        let code = client("pub", port, login, &more).code;
        assert_eq!(code, Some(if *want { 0 } else { 4 }), "{login} {topic}");
    }
}

#[test]
fn an_acl_file_is_obeyed() {
    let scratch = Scratch::new("access-acl");
    let (users, rules) = (place(&scratch, "users"), scratch.write("rules", ACL));
    for name in ["alice", "bob"] {
        passwd("pw", &[&users, name]).exits(0);
    }
    let options = ["--password-file", &users, "--acl-file", &rules, "--allow-anonymous"];
    let (_serving, port) = broker(&options);
    publishes_as_ruled(&port);
    let script = "p alice -q 1 -t news/a/b -m no; p alice -q 1 -t of/alice/x -m no; \
                  p alice -q 1 -t news/a -m yes; p alice -q 1 -t of/bob/x -m yes";
    let bob = heard(&port, "bob:pw", &["-t", "#"], "2", script);
    assert_eq!(bob, "news/a yes\nof/bob/x yes\n");
    let anonymous =
        heard(&port, "-", &["-t", "#"], "1", "p alice -t news/a -m no; p alice -t open/x -m yes");
    assert_eq!(anonymous, "open/x yes\n");
    // Subscriptions are taken, as mosquitto does: what is denied does not come.
    client("sub", &port, "bob:pw", &["-t", "secret", "--", "sh", "-c", "exit 9"]).exits(9);
}

#[test]
fn rules_for_nobody_are_told_of() {
    let scratch = Scratch::new("access-nobody");
    let rules = scratch.write("rules", "user alcie\ntopic read #\ntopic write #\n");
    let options = ["broker", "--user", "alice:pw", "--acl-file", &rules, "--", "true"];
    let told = run(options).exits(0).says("no such user");
    assert_eq!(told.stderr.matches("alcie").count(), 1, "{}", told.stderr);
}

#[test]
#[ignore = "needs mosquitto"]
fn mosquitto_obeys_the_same_files_in_the_same_way() {
    let scratch = Scratch::new("access-mosquitto");
    let users = place(&scratch, "users");
    // Debian's is older than its argon2id.
    for name in ["alice", "bob"] {
        passwd("pw", &["-H", "sha512-pbkdf2", &users, name]).exits(0);
    }
    let text = std::fs::read_to_string(&users).unwrap();
    let conf = ["password_file DIR/users", "acl_file DIR/rules", "allow_anonymous true"];
    let mosquitto = Mosquitto::start(&conf, &[("users", &text), ("rules", ACL)]);
    publishes_as_ruled(&mosquitto.port);
    assert!(!is_let_in(&mosquitto.port, "alice:PW"));
}

#[test]
#[ignore = "needs mosquitto_passwd"]
fn files_of_mosquitto_passwd_are_served_and_edited() {
    let scratch = Scratch::new("access-theirs");
    let file = scratch.write("users", "");
    for (method, name) in [("sha512", "alice"), ("sha512-pbkdf2", "bob")] {
        let mut made = Command::new("mosquitto_passwd");
        made.args(["-H", method, "-b", &file, name, "pw"]);
        assert!(made.status().unwrap().success(), "{method}");
    }
    passwd("pw", &[&file, "carol"]).exits(0);
    let (_serving, port) = broker(&["--password-file", &file]);
    for name in ["alice", "bob", "carol"] {
        assert!(is_let_in(&port, &format!("{name}:pw")), "{name}");
        assert!(!is_let_in(&port, &format!("{name}:no")), "{name}");
    }
}
