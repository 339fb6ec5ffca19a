//! `mq broker -c`: mosquitto's configuration file, tested, served, and read again at SIGHUP.

use std::process::Command;

use mq::net::clock;
use rustix::process::Signal;

use super::access::{client, heard};
use super::own_broker::{Serving, serve};
use super::support::PATIENCE;
use super::support::certificates::Authority;
use super::support::mq::{Running, run, start};
use super::support::scratch::Scratch;

/// A folder with a configuration, its users and its rules.
pub(super) struct Site {
    pub(super) scratch: Scratch,
    pub(super) config: String,
}

impl Site {
    /// Lines with `DIR` for the folder; `listener` stands before them.
    pub(super) fn new(name: &str, lines: &str) -> Self {
        let scratch = Scratch::new(name);
        let place = scratch.path().to_str().unwrap();
        let text = format!("listener 0 127.0.0.1\n{}", lines.replace("DIR", place));
        let config = scratch.write("mosquitto.conf", text);
        Self { scratch, config }
    }

    /// Users whose password is `pw`.
    pub(super) fn users(&self, names: &[&str]) {
        let file = self.scratch.write("users", "");
        for name in names {
            run(["passwd", "-H", "sha512", "-b", &file, name, "pw"]).exits(0);
        }
        if names.is_empty() {
            self.scratch.write("users", "");
        }
    }

    pub(super) fn rules(&self, text: &str) {
        self.scratch.write("rules", text);
    }

    /// A broker, and its port.
    pub(super) fn serve(&self, more: &[&str]) -> (Serving, String) {
        let serving = serve(&[&["-c", &self.config], more].concat());
        let port = serving.url.rsplit_once(':').unwrap().1.to_owned();
        (serving, port)
    }

    fn test(&self) -> super::support::mq::Finished {
        run(["broker", "-c", &self.config, "--test-config"])
    }
}

pub(super) const AGAIN: &str = "the files are read again";
pub(super) const STAYS: &str = "all stays as it was";

/// Sends SIGHUP and waits for so many answers of this kind in all.
#[track_caller]
pub(super) fn reload(broker: &Running, answer: &str, count: usize) {
    broker.signal(Signal::HUP);
    broker.wait_until_it_says_times(answer, count);
}

/// Whether a login is taken.
pub(super) fn is_let_in(port: &str, login: &str) -> bool {
    client("pub", port, login, &["-q", "1", "-t", "a", "-m", "x"]).code == Some(0)
}

#[test]
fn a_configuration_is_tested_without_serving() {
    let site = Site::new("config-test", "allow_anonymous true\nretry_interval 3\n");
    let tested = site.test().exits(0).prints("").says("can be served");
    assert!(tested.stderr.contains("line 3: retry_interval"), "{}", tested.stderr);
    run(["broker", "--test-config"]).exits(2);
    run(["broker", "-c", "/no/such.conf", "--test-config"]).exits(1).says("/no/such.conf");
    run(["broker", "--config-file", "/no/such.conf", "--", "true"]).exits(125);
    let directory = site.scratch.path().to_str().unwrap();
    run(["broker", "-c", directory, "--test-config"]).exits(1).says(directory);
    for (text, line, why) in [
        ("", "", "it says nothing"),
        ("# listener 1883\r\n\r\n", "", "it says nothing"),
        ("\u{FEFF}listener 0\n", "line 1", "byte order mark"),
        ("listener 0\nallow_anonymous fal", "line 2", "neither true nor false"),
        ("listener 0\npassword_", "line 2", "there is no key"),
        ("listener 0\npasword_file /x\n", "line 2", "did you mean: password_file"),
        ("listener 0\nmax_qos 1\0\n", "line 2", "control character"),
        ("listener 0\nplugin /x.so\n", "line 2", "plugins are not served"),
        ("listener 0\nlog_timestamp_format \x1b]0;x\x07\n", "line 2", "control character"),
    ] {
        let file = site.scratch.write("bad.conf", text);
        for mode in [&["--test-config"][..], &[]] {
            let refused = run([&["broker", "-c", &file], mode].concat()).exits(2).prints("");
            refused.says(&file).says(line).says(why);
        }
    }
    run(["broker", "-c", "/dev/zero", "--test-config"]).exits(2).says("32 MiB");
    run(["broker", "-c", &site.config, "--user", "alice:pw"]).exits(2);
    run(["broker", "-c", &site.config, "--allow-anonymous"]).exits(2);
}

#[test]
fn users_and_rules_that_cannot_be_read_open_nothing() {
    let site = Site::new("config-named", "password_file DIR/users\nacl_file DIR/rules\n");
    site.test().exits(1).says("users");
    site.users(&["alice"]);
    site.test().exits(1).says("rules");
    site.rules("user alice\ntopic reed a\n");
    site.test().exits(1).says("rules, line 2");
    site.rules("user alice\ntopic read a\n");
    site.test().exits(0);
    site.users(&[]);
    site.test().exits(1).says("no user");
}

/// What Debian's package installs, but for its folders.
#[test]
fn the_configuration_that_debian_installs_is_served() {
    let site = Site::new("config-debian", "");
    let place = site.scratch.path().to_str().unwrap().to_owned();
    std::fs::create_dir(site.scratch.path().join("conf.d")).unwrap();
    site.scratch.write("conf.d/README", "Any file with a .conf extension is loaded.\n");
    let text = format!(
        "# Place your local configuration in conf.d\n\npid_file {place}/pid\n\n\
         persistence true\npersistence_location {place}/\n\nlog_dest file {place}/log\n\n\
         include_dir {place}/conf.d\n"
    );
    let file = site.scratch.write("debian.conf", text);
    let tested = run(["broker", "-c", &file, "--test-config"]).exits(0);
    tested.says("line 5: persistence: all is kept in memory");
    site.scratch.write("conf.d/local.conf", "listener 0\nlistener 0 /x\nno_such_key 1\n");
    let refused = run(["broker", "-c", &file, "--test-config"]).exits(2);
    refused.says("local.conf, line 3: there is no key \"no_such_key\"");
}

#[test]
fn listeners_serve_each_with_its_own_rules() {
    let lines = "per_listener_settings true\nallow_anonymous true\n\
                 listener 0 127.0.0.1\npassword_file DIR/users\nacl_file DIR/rules\n\
                 listener 0 DIR/socket\nallow_anonymous true\n";
    // The first line of a site is a listener, which must not stand before the settings.
    let site = Site::new("config-listeners", "");
    let place = site.scratch.path().to_str().unwrap();
    let text = lines.replace("DIR", place).replacen("allow_anonymous true\n", "", 1);
    std::fs::write(&site.config, text).unwrap();
    site.users(&["alice"]);
    site.rules("user alice\ntopic write open/#\n");
    let (serving, port) = site.serve(&[]);
    assert!(is_let_in(&port, "alice:pw") || !is_let_in(&port, "-"));
    client("pub", &port, "-", &["-t", "a", "-m", "x"]).exits(4);
    client("pub", &port, "alice:pw", &["-q", "1", "-t", "open/a", "-m", "x"]).exits(0);
    client("pub", &port, "alice:pw", &["-q", "1", "-t", "shut/a", "-m", "x"]).exits(4);
    let socket = format!("{place}/socket");
    run(["pub", "--unix", &socket, "-q", "1", "-t", "shut/a", "-m", "x"]).exits(0);
    drop(serving);
}

#[test]
fn a_listener_lets_nobody_in_unless_it_is_said() {
    let site = Site::new("config-closed", "");
    let (serving, port) = site.serve(&[]);
    serving.broker.wait_until_it_says("line 1: nobody is let in");
    for login in ["-", "alice:pw"] {
        assert!(!is_let_in(&port, login), "{login}");
    }
    let open = Site::new("config-open", "allow_anonymous true\n");
    let (_serving, port) = open.serve(&[]);
    for login in ["-", "alice:pw"] {
        assert!(is_let_in(&port, login), "{login}");
    }
}

#[test]
fn without_a_listener_everybody_on_this_machine_is_served() {
    let site = Site::new("config-local", "");
    std::fs::write(&site.config, "max_queued_messages 5\n").unwrap();
    let (serving, port) = site.serve(&["-p", "0"]);
    assert!(serving.url.starts_with("mqtt://127.0.0.1:"), "{}", serving.url);
    assert!(is_let_in(&port, "-"));
}

#[test]
fn a_port_of_the_options_is_served_beside_the_file_but_not_twice() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    drop(taken);
    let site = Site::new("config-port", "");
    let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\n");
    std::fs::write(&site.config, text).unwrap();
    let twice = run(["broker", "-c", &site.config, "-p", &port, "--", "true"]).exits(0);
    assert_eq!(twice.stderr.matches("mqtt://").count(), 1, "{}", twice.stderr);
    let beside = run(["broker", "-c", &site.config, "-p", "0", "--", "true"]).exits(0);
    assert_eq!(beside.stderr.matches("mqtt://").count(), 2, "{}", beside.stderr);
    let script = "\"$MQ\" pub -q 1 -t a -m x";
    run(["broker", "-c", &site.config, "--", "sh", "-c", script]).exits(0);
}

#[test]
fn hanging_up_brings_users_and_rules_in_force() {
    let site = Site::new("config-hup", "password_file DIR/users\nacl_file DIR/rules\n");
    site.users(&["alice"]);
    site.rules("user alice\ntopic readwrite #\nuser bob\ntopic write a\n");
    let (serving, port) = site.serve(&[]);
    assert!(is_let_in(&port, "alice:pw") && !is_let_in(&port, "bob:pw"));
    site.users(&["alice", "bob"]);
    reload(&serving.broker, AGAIN, 1);
    assert!(is_let_in(&port, "bob:pw"));
    site.users(&["bob"]);
    reload(&serving.broker, AGAIN, 2);
    assert!(!is_let_in(&port, "alice:pw") && is_let_in(&port, "bob:pw"));
    let write = |topic| client("pub", &port, "bob:pw", &["-q", "1", "-t", topic, "-m", "x"]).code;
    assert_eq!([write("a"), write("b")], [Some(0), Some(4)]);
    site.rules("user bob\ntopic write b\n");
    reload(&serving.broker, AGAIN, 3);
    assert_eq!([write("a"), write("b")], [Some(4), Some(0)]);
}

#[test]
fn a_grant_that_is_taken_back_ends_what_comes_of_it() {
    let site = Site::new("config-revoked", "password_file DIR/users\nacl_file DIR/rules\n");
    site.users(&["alice", "bob"]);
    let all = "user alice\ntopic readwrite #\nuser bob\ntopic readwrite #\n";
    site.rules(all);
    let (serving, port) = site.serve(&[]);
    // Subscribed, retained, and a will while the grant stood.
    let bob = start(
        ["sub", "-p", &port, "-u", "bob", "-P", "pw", "-t", "#", "-v", "-i", "bob"]
            .iter()
            .chain(&["--will-topic", "secret/will", "--will-payload", "gone", "--will-retain"]),
    );
    client("pub", &port, "bob:pw", &["-q", "1", "-r", "-t", "secret/kept", "-m", "old"]).exits(0);
    bob.wait_until_it_prints("secret/kept old\n");
    site.rules("user alice\ntopic readwrite #\nuser bob\ntopic readwrite open/#\n");
    reload(&serving.broker, AGAIN, 1);
    let publish = |topic: &str| {
        client("pub", &port, "alice:pw", &["-q", "1", "-t", topic, "-m", "new"]).exits(0);
    };
    publish("secret/a");
    publish("open/a");
    bob.wait_until_it_prints("secret/kept old\nopen/a new\n");
    bob.signal(Signal::KILL);
    serving.broker.wait_until_it_says("bob from");
    // The retained message is kept back since its publisher may not publish it; the will likewise.
    let script = "p alice -q 1 -t secret/end -m end";
    assert_eq!(heard(&port, "alice:pw", &["-t", "secret/#"], "1", script), "secret/end end\n");
    site.rules(all);
    reload(&serving.broker, AGAIN, 2);
    let alice = heard(&port, "alice:pw", &["-t", "secret/#"], "1", "true");
    assert_eq!(alice, "secret/kept old\n");
}

#[test]
fn the_sessions_of_a_user_that_is_removed_are_closed() {
    let site = Site::new("config-removed", "password_file DIR/users\n");
    site.users(&["alice", "bob"]);
    let (serving, port) = site.serve(&[]);
    let watch = |name: &'static str| {
        let words = ["sub", "-p", &port, "-u", name, "-P", "pw", "-t", "a", "-v", "-i", name];
        let shell = ["--", "sh", "-c", "echo watching >&2; exec cat"];
        let mut running = start(words.iter().chain(&shell));
        running.wait_until_it_says("watching");
        running.stdin.take();
        running
    };
    let (alice, bob) = (watch("alice"), watch("bob"));
    // Bob's line stays as it is: who has another password has to log in with it.
    let users = site.scratch.path().join("users");
    run(["passwd", "-D", users.to_str().unwrap(), "alice"]).exits(0);
    reload(&serving.broker, AGAIN, 1);
    assert_ne!(alice.finish().code, Some(0));
    client("pub", &port, "bob:pw", &["-q", "1", "-t", "a", "-m", "x"]).exits(0);
    bob.wait_until_it_prints("a x\n");
}

#[test]
fn files_that_are_wrong_change_nothing_and_are_told_of() {
    let site = Site::new("config-kept", "password_file DIR/users\nacl_file DIR/rules\n");
    site.users(&["alice"]);
    let rules = "user alice\ntopic readwrite a\n";
    site.rules(rules);
    let (serving, port) = site.serve(&[]);
    let good = std::fs::read_to_string(&site.config).unwrap();
    let users = std::fs::read_to_string(site.scratch.path().join("users")).unwrap();
    for (at, (name, text, why)) in [
        ("users", "", "users: it has no user"),
        ("users", "alice\n", "users, line 1"),
        ("rules", "", "rules: it has no rule"),
        ("rules", "topic #\ntopic #\ntop", "rules, line 3"),
        ("mosquitto.conf", "", "it says nothing"),
        ("mosquitto.conf", "listener 0 127.0.0.1\nallow_anonymous maybe\n", "conf, line 2"),
        ("mosquitto.conf", "listener 0 ::1\nallow_anonymous true\n", "127.0.0.1:0 is gone"),
        ("mosquitto.conf", "allow_anonymous true\n", "127.0.0.1:0 is gone"),
    ]
    .into_iter()
    .enumerate()
    {
        site.scratch.write(name, text);
        reload(&serving.broker, STAYS, at + 1);
        assert!(serving.broker.has_said(why), "{why}");
        site.scratch.write("users", &users);
        site.scratch.write("rules", rules);
        site.scratch.write("mosquitto.conf", &good);
        assert!(is_let_in(&port, "alice:pw") && !is_let_in(&port, "-"), "{name}: {text}");
        let denied = client("pub", &port, "alice:pw", &["-q", "1", "-t", "b", "-m", "x"]);
        assert_eq!(denied.code, Some(4), "{name}: {text}");
    }
    std::fs::remove_file(&site.config).unwrap();
    reload(&serving.broker, STAYS, 9);
    assert!(is_let_in(&port, "alice:pw"));
}

#[test]
fn a_listener_that_is_new_waits_for_a_new_start() {
    let site = Site::new("config-new", "allow_anonymous true\n");
    let (serving, port) = site.serve(&[]);
    let more = format!("{}listener 1 127.0.0.1\n", std::fs::read_to_string(&site.config).unwrap());
    std::fs::write(&site.config, more).unwrap();
    reload(&serving.broker, AGAIN, 1);
    let waits = "not in force before the next start: listener at 127.0.0.1:1";
    assert!(serving.broker.has_said(waits));
    assert!(is_let_in(&port, "-"));
}

#[test]
fn a_storm_of_hang_ups_stops_nobody() {
    let site = Site::new("config-storm", "password_file DIR/users\n");
    site.users(&["alice"]);
    let (serving, port) = site.serve(&[]);
    let subscriber = ["sub", "-p", &port, "-u", "alice", "-P", "pw", "-t", "a", "-q", "1"];
    let watch = start(subscriber.iter().chain(&["-C", "200", "--", "sh", "-c", "echo on >&2"]));
    watch.wait_until_it_says("on");
    let lines: Vec<_> = (0..200).map(|number| format!("{number}\n")).collect();
    let lines = lines.concat();
    let mut words =
        start(["pub", "-p", &port, "-u", "alice", "-P", "pw", "-t", "a", "-q", "1", "-l"]);
    for line in lines.lines() {
        for _ in 0..50 {
            serving.broker.signal(Signal::HUP);
        }
        words.write(format!("{line}\n"));
    }
    words.finish().exits(0);
    watch.finish().exits(0).prints(lines);
    serving.broker.wait_until_it_says(AGAIN);
    serving.broker.signal(Signal::TERM);
}

#[test]
fn files_of_options_are_read_again_as_well() {
    let site = Site::new("config-options", "");
    site.users(&["alice"]);
    let users = site.scratch.path().join("users");
    let serving = serve(&["-p", "0", "--password-file", users.to_str().unwrap()]);
    let port = serving.url.rsplit_once(':').unwrap().1.to_owned();
    assert!(!is_let_in(&port, "bob:pw"));
    site.users(&["bob"]);
    reload(&serving.broker, AGAIN, 1);
    assert!(is_let_in(&port, "bob:pw") && !is_let_in(&port, "alice:pw"));
}

#[test]
fn without_files_hanging_up_ends_the_broker() {
    let serving = serve(&["-p", "0"]);
    serving.broker.signal(Signal::HUP);
    assert_eq!(serving.broker.finish().signal, Some(1));
}

#[test]
fn privileges_are_given_up_once_all_is_open() {
    let site = Site::new("config-user", "user nobody\nallow_anonymous true\n");
    let (serving, port) = site.serve(&[]);
    assert!(is_let_in(&port, "-"));
    let status = std::fs::read_to_string(format!("/proc/{}/status", serving.broker.id())).unwrap();
    let line = |key| status.lines().find(|line: &&str| line.starts_with(key)).unwrap().to_owned();
    if rustix::process::geteuid().is_root() {
        let id = Command::new("id").args(["-u", "nobody"]).output().unwrap().stdout;
        let id = String::from_utf8(id).unwrap().trim().to_owned();
        assert_eq!(line("Uid:"), format!("Uid:\t{id}\t{id}\t{id}\t{id}"));
        assert!(!line("Gid:").contains("\t0"), "{}", line("Gid:"));
        assert!(!line("Groups:").contains("\t0"), "{}", line("Groups:"));
        let unknown = Site::new("config-nobody", "user no-such-user\n");
        run(["broker", "-c", &unknown.config]).exits(1).says("no user \"no-such-user\"");
    }
}

#[test]
fn a_site_of_listeners_with_certificates_is_served() {
    let site = Site::new("config-secured", "");
    let authority = Authority::new("site");
    let (server, client) = (authority.issue(|_| {}), authority.client());
    site.scratch.write("ca", authority.pem());
    site.scratch.write("cert", server.pem());
    site.scratch.write("key", server.key_pem());
    let certificate = site.scratch.write("client", client.pem());
    let key = site.scratch.write("client-key", client.key_pem());
    site.users(&["alice"]);
    // The common name of every certificate here.
    site.rules("user alice\ntopic readwrite #\nuser localhost\ntopic write pump/#\n");
    let place = site.scratch.path().to_str().unwrap().to_owned();
    let text = "password_file DIR/users\nacl_file DIR/rules\n\
                listener 0 127.0.0.1\ncertfile DIR/cert\nkeyfile DIR/key\n\
                listener 0 127.0.0.1\ncertfile DIR/cert\nkeyfile DIR/key\ncafile DIR/ca\n\
                require_certificate true\nuse_identity_as_username true\n\
                listener 0 127.0.0.1\nprotocol websockets\n";
    std::fs::write(&site.config, text.replace("DIR", &place)).unwrap();
    let ready = site.scratch.path().join("ready");
    let words = ["broker", "-c", &site.config, "--ready-file", ready.to_str().unwrap()];
    let broker = start(words);
    broker.first_line();
    let urls = std::fs::read_to_string(&ready).unwrap();
    let [tls, mutual, websocket] = urls.lines().collect::<Vec<_>>()[..] else { panic!("{urls}") };
    assert!(tls.starts_with("mqtts://") && websocket.starts_with("ws://"), "{urls}");
    let ca = format!("{place}/ca");
    let publish = |url: &str, more: &[&str]| {
        let url = url.replace("127.0.0.1", "localhost");
        let words = ["pub", "-L", &url, "-q", "1", "-m", "x"];
        run(words.iter().chain(more)).code
    };
    let alice = ["-u", "alice", "-P", "pw", "-t", "a", "--cafile", &ca];
    assert_eq!(publish(tls, &alice), Some(0));
    assert_eq!(publish(tls, &["-t", "a", "--cafile", &ca]), Some(4));
    assert_eq!(publish(websocket, &["-u", "alice", "-P", "pw", "-t", "a"]), Some(0));
    assert_eq!(publish(websocket, &["-t", "a"]), Some(4));
    let shown = ["--cafile", &ca, "--cert", &certificate, "--key", &key];
    assert_eq!(publish(mutual, &[&shown[..], &["-t", "pump/a"]].concat()), Some(0));
    assert_eq!(publish(mutual, &[&shown[..], &["-t", "other"]].concat()), Some(4));
    assert_eq!(publish(mutual, &alice), Some(3));
    // A certificate that cannot be used is told of, and the old one stays.
    site.scratch.write("cert", "");
    reload(&broker, STAYS, 1);
    assert_eq!(publish(tls, &alice), Some(0));
    let other = authority.issue(|_| {});
    site.scratch.write("cert", other.pem());
    site.scratch.write("key", other.key_pem());
    reload(&broker, AGAIN, 1);
    assert_eq!(publish(tls, &alice), Some(0));
}

#[test]
fn the_log_of_a_configuration_goes_where_it_says() {
    let lines = "allow_anonymous true\nlog_dest file DIR/log\nlog_type notice\n\
                 log_type subscribe\nlog_timestamp_format at %Y\npid_file DIR/pid\n";
    let site = Site::new("config-log", lines);
    let (serving, port) = site.serve(&[]);
    let folder = site.scratch.path();
    let pid = std::fs::read_to_string(folder.join("pid")).unwrap();
    assert_eq!(pid.trim(), serving.broker.id().to_string());
    let publish = |id| {
        client("pub", &port, "-", &["-i", id, "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    };
    publish("first");
    run(["sub", "-p", &port, "-i", "second", "-t", "a/b", "-q", "1", "-E"]).exits(0);
    wait_for_line(&folder.join("log"), "Client second disconnected.");
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    assert!(log.lines().all(|line| line.starts_with("at 2")), "{log}");
    assert!(log.contains(": second 1 a/b\n"), "{log}");
    // Put aside, it goes on where it was until it is opened anew.
    std::fs::rename(folder.join("log"), folder.join("log.1")).unwrap();
    reload(&serving.broker, AGAIN, 1);
    publish("third");
    wait_for_line(&folder.join("log"), "Client third disconnected.");
    assert!(!std::fs::read_to_string(folder.join("log.1")).unwrap().contains("third"));
    assert!(!serving.broker.has_said("Client first"));
    let quiet = "allow_anonymous true\nlog_timestamp false\nlog_dest stderr\n\
                 connection_messages false\n";
    let site = Site::new("config-log-plain", quiet);
    let (serving, port) = site.serve(&[]);
    client("pub", &port, "-", &["-i", "pump", "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    serving.broker.signal(Signal::TERM);
    let said = serving.broker.finish().exits(0).stderr;
    assert!(!said.contains("pump"), "{said}");
    let bad = Site::new("config-log-bad", "log_dest file /no/such/folder/log\n");
    run(["broker", "-c", &bad.config]).exits(1).says("/no/such/folder/log");
}

/// Waits until a file has a line that ends so.
#[track_caller]
pub(super) fn wait_for_line(file: &std::path::Path, end: &str) {
    let deadline = clock::now() + PATIENCE;
    let has_line = || {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        text.lines().any(|line| line.ends_with(end))
    };
    while !has_line() {
        assert!(clock::now() < deadline, "never logged: {end}");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}
