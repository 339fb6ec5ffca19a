//! How the rules of other brokers were got round, tried on this one.

use super::access::{broker, client};
use super::own_broker::serve;
use super::support::mq::{run, start};
use super::support::scratch::Scratch;

/// CVE-2018-12550: an empty file was no file, and all was allowed.
#[test]
fn an_empty_acl_file_opens_nothing() {
    let scratch = Scratch::new("known-empty-acl");
    for text in ["", "\n", "# topic readwrite #\n", "user alice\n"] {
        let file = scratch.write("rules", text);
        let refused = run(["broker", "-p", "0", "--acl-file", &file]).exits(1);
        refused.says("no rule").prints("");
    }
}

/// CVE-2018-12551: a line that was none became a user without a name and a password.
#[test]
fn a_blank_line_of_a_password_file_is_no_user() {
    let scratch = Scratch::new("known-blank-line");
    let file = scratch.path().join("users").to_str().unwrap().to_owned();
    let mut passwd = start(["passwd", &file, "alice"]);
    passwd.feed("pw\n");
    passwd.finish().exits(0);
    let alice = std::fs::read_to_string(&file).unwrap();
    scratch.write("users", format!("\n \n{alice}\n\t\n"));
    let (_serving, port) = broker(&["--password-file", &file]);
    let publish = ["-q", "1", "-t", "a", "-m", "x"];
    client("pub", &port, "alice:pw", &publish).exits(0);
    for login in [":", ":pw", "-", "\u{20}:", "alice:"] {
        client("pub", &port, login, &publish).exits(4);
    }
    for line in [":", ":pw", " :pw", "alice", "\t:$6$$"] {
        scratch.write("users", format!("{alice}{line}\n"));
        let refused = run(["broker", "-p", "0", "--password-file", &file]).exits(1);
        refused.says("line 2").prints("");
    }
}

/// CVE-2018-20145: the rules were not those of the first listener.
#[test]
fn the_rules_hold_at_every_listener() {
    let scratch = Scratch::new("known-listeners");
    let socket = scratch.path().join("mq.sock").to_str().unwrap().to_owned();
    let rules = ["--user", "alice:pw", "--acl", "alice readwrite open/#"];
    let serving = serve(&[&["-p", "0", "--unix", &socket], &rules[..]].concat());
    let port = serving.url.rsplit_once(':').unwrap().1.to_owned();
    let login = ["-u", "alice", "-P", "pw"];
    for place in [["-p", &port], ["--unix", &socket]] {
        let publish =
            |more: &[&str]| run([&["pub"], &place[..], &["-q", "1", "-m", "x"], more].concat());
        publish(&["-t", "open/a"]).exits(4).says("not authorized");
        publish(&[&login[..], &["-t", "secret"]].concat()).exits(4).says("not authorized");
        publish(&[&login[..], &["-t", "open/a"]].concat()).exits(0);
        let subscribe = [&["sub"], &place[..], &login, &["-t", "secret", "-C", "1"]].concat();
        run(subscribe).exits(4);
    }
}
