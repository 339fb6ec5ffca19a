//! A password is shown by nothing and given to nobody but the broker, whichever way it came.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use mq::codec::{Qos, Reason};
use mq::options::{Connect, Host, Transport};
use mq::secret::Secret;

use crate::support::broker::Broker;
use crate::support::mq::{Finished, command, spawn};
use crate::support::names::Names;
use crate::support::terminal::AtTerminal;

/// The password that is looked for, everywhere.
const MARKER: &str = "hunter2";

/// No form of it: as it is, in hexadecimal, base64 or percent-encoded.
const FORMS: [&str; 4] = [MARKER, "68756e74657232", "aHVudGVyMg", "hunter%32"];

/// A way for a password to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Option,
    LongOption,
    Url,
    File,
    Input,
    UrlVariable,
    Variable,
    FileVariable,
}

const WAYS: [Way; 8] = [
    Way::Option,
    Way::LongOption,
    Way::Url,
    Way::File,
    Way::Input,
    Way::UrlVariable,
    Way::Variable,
    Way::FileVariable,
];

impl Way {
    /// `mq` with these words before the login and those behind it, to log in at this place.
    fn command(
        self,
        first: &[&str],
        place: &str,
        last: &[&str],
    ) -> (Command, Option<&'static str>) {
        let path = file();
        let url = format!("mqtt://me:hunter%32@{place}");
        let password = format!("--password={MARKER}");
        let login: &[&str] = match self {
            Self::Option => &["-h", place, "-u", "me", "-P", MARKER],
            Self::LongOption => &["-h", place, "-u", "me", &password],
            Self::Url => &["-L", &url],
            Self::File => &["-h", place, "-u", "me", "--password-file", &path],
            Self::Input => &["-h", place, "-u", "me", "--password-file", "-"],
            Self::UrlVariable => &[],
            Self::Variable | Self::FileVariable => &["-h", place, "-u", "me"],
        };
        let mut command = command([first, login, last].concat());
        match self {
            Self::UrlVariable => command.env("MQTT_URL", &url),
            Self::Variable => command.env("MQTT_PASSWORD", MARKER),
            Self::FileVariable => command.env("MQTT_PASSWORD_FILE", &path),
            _ => &mut command,
        };
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        (command, (self == Self::Input).then_some("hunter2\nnot this\n"))
    }

    /// Whether who gave it has put it into the environment, which a command inherits.
    const fn is_inherited(self) -> bool {
        matches!(self, Self::UrlVariable | Self::Variable)
    }

    /// Whether who gave it has put it where `ps` shows it.
    const fn is_argument(self) -> bool {
        matches!(self, Self::Option | Self::LongOption | Self::Url)
    }
}

/// A file with the password.
fn file() -> String {
    let path = std::env::temp_dir().join(format!("mq-marker-{}", std::process::id()));
    std::fs::write(&path, format!("{MARKER}\n")).unwrap();
    path.to_str().unwrap().to_owned()
}

#[track_caller]
fn hidden_in(text: &[u8], whence: &str) {
    let text = String::from_utf8_lossy(text);
    for form in FORMS {
        assert!(!text.contains(form), "{whence}: {text}");
    }
}

#[track_caller]
fn hidden(finished: &Finished, whence: &str) {
    hidden_in(&finished.stdout, whence);
    hidden_in(finished.stderr.as_bytes(), whence);
}

/// Runs it to the end; it is given its input, if it wants some.
fn start((mut command, input): (Command, Option<&'static str>)) -> crate::support::mq::Running {
    let mut running = spawn(&mut command);
    if let Some(input) = input {
        running.feed(input);
    }
    running
}

#[test]
fn a_client_that_logs_in_says_nothing_of_it() {
    for way in WAYS {
        for telling in [&["-d"][..], &["-d", "--error-format", "json"]] {
            let broker = Broker::new();
            let words = ["sub", "-t", "a", "-C", "1", "-F", "%j"];
            let running = start(way.command(&words, &broker.place(), telling));
            let (mut peer, hello) = broker.welcome();
            assert_eq!(hello.password.as_deref(), Some(MARKER.as_bytes()), "{way:?}");
            peer.grant();
            let status = std::fs::read(format!("/proc/{}/cmdline", running.id())).unwrap();
            let shown = String::from_utf8_lossy(&status).into_owned();
            assert_eq!(FORMS.iter().any(|form| shown.contains(form)), way.is_argument(), "{way:?}");
            peer.publish("a", b"x", Qos::AtMostOnce, 0);
            hidden(&running.finish().exits(0), &format!("{way:?}"));
        }
    }
}

#[test]
fn the_command_behind_the_dashes_does_not_get_it() {
    // All of both processes that anybody can look at: its own, and its parent's arguments.
    let look = "cat /proc/self/cmdline /proc/self/environ; ps -o args= -p $$";
    for way in WAYS {
        let broker = Broker::new();
        let last = ["-d", "--", "sh", "-c", look];
        let words = ["sub", "-t", "a", "-C", "1"];
        let running = start(way.command(&words, &broker.place(), &last));
        let mut peer = broker.welcome().0;
        peer.grant();
        peer.publish("a", b"x", Qos::AtMostOnce, 0);
        let finished = running.finish().exits(0);
        assert!(finished.stdout.windows(4).any(|four| four == b"PATH"), "{finished:?}");
        if way.is_inherited() {
            hidden_in(finished.stderr.as_bytes(), &format!("{way:?}"));
        } else {
            hidden(&finished, &format!("{way:?}"));
        }
    }
    let look = ["-c", look];
    let words = [&["broker", "-v", "--", "sh"], &look[..]].concat();
    let finished = spawn(command(words).stdout(Stdio::piped())).finish().exits(0);
    hidden(&finished, "a broker's command");
}

#[test]
fn failures_are_told_without_it() {
    let closed = Broker::new().place();
    for way in WAYS {
        for client in [&["pub", "-t", "a", "-m", "x"][..], &["sub", "-t", "a"], &["rr", "a", "x"]] {
            for last in [
                &["--retry", "1ms"][..],
                &["-d", "-k", "65536"],
                &["--no-such-option"],
                &["-V", "4"],
                &["--unix"],
                &["--cafile", "/no/such/file"],
                &["one", "two", "three"],
                &["--will-topic", "a/#"],
                &["--proxy", "http://u:hunter2@127.0.0.1:1", "--retry", "1ms"],
            ] {
                let finished = start(way.command(client, &closed, last)).finish();
                assert_ne!(finished.code, Some(0), "{way:?} {last:?}");
                hidden(&finished, &format!("{way:?} {last:?}"));
            }
        }
        let broker = Broker::new();
        let words = ["pub", "-t", "a", "-m", "x"];
        let running = start(way.command(&words, &broker.place(), &["-d"]));
        let mut peer = broker.accept();
        peer.hello();
        peer.refuse(Reason::BadUserNameOrPassword);
        hidden(&running.finish().exits(4), &format!("{way:?}"));
    }
}

#[test]
fn misspelt_ways_do_not_show_it_either() {
    for words in [
        &["pub", "a", "x", "-L", "mqtt://u:hunter2@[::1"][..],
        &["pub", "a", "x", "-L", "http://u:hunter2@h"],
        &["pub", "a", "x", "-L", "mqtt://u:hunter2@h:port"],
        &["pub", "a", "x", "-h", "mqtt://u:hunter2@h"],
        &["pub", "a", "x", "-h", "u:hunter2@h"],
        &["pub", "a", "x", "mqtt://u:hunter2@h"],
        &["pub", "a", "x", "--passwrd=hunter2"],
        &["pub", "a", "x", "--pasword", "-P", "hunter2"],
        &["mqtt://u:hunter2@h"],
        &["pub", "a", "x", "-P", "hunter2", "-V", "311"],
        &["pub", "a", "x", "-P", "hunter2", "--ask-password"],
        &["sub", "-t", "a", "--ws-path", "hunter2", "-p", "1"],
        &["sub", "-t", "a", "--header", "hunter2", "-L", "ws://127.0.0.1:1/"],
        &["sub", "-t", "a", "-D", "connect", "authentication-data", "hunter2", "-p", "1"],
    ] {
        for json in [&[][..], &["--error-format", "json"]] {
            let words: Vec<_> = words.iter().chain(json).collect();
            let finished = spawn(command(&words).stdout(Stdio::piped())).finish();
            assert_eq!(finished.code, Some(2), "{words:?} {finished:?}");
            hidden(&finished, &format!("{words:?}"));
        }
    }
    let mut words = command(["pub", "a", "x"]);
    words.env("MQTT_URL", "mqtt://u:hunter2@[::1").stdout(Stdio::piped());
    hidden(&spawn(&mut words).finish().exits(2), "MQTT_URL");
}

#[test]
fn what_is_typed_at_the_terminal_stays_there() {
    let broker = Broker::new();
    let place = broker.place();
    let look = "cat /proc/self/cmdline /proc/self/environ";
    let words = ["sub", "-t", "a", "-C", "1", "-d", "-h", &place, "-u", "me", "--ask-password"];
    let mq = command([&words[..], &["--", "sh", "-c", look]].concat());
    let mut session = Command::new("setsid");
    session.args(["--ctty", "--wait"]).arg(mq.get_program()).args(mq.get_args());
    let running = AtTerminal::cooked(&mut session);
    running.shows("Password of me at ");
    running.types("hunter2\n");
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.password.as_deref(), Some(MARKER.as_bytes()));
    peer.grant();
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    let (code, shown) = running.finish();
    assert_eq!(code, Some(0));
    hidden_in(&shown, "the terminal");
}

#[test]
fn option_files_under_mosquittos_names_keep_it() {
    let names = Names::new();
    let broker = Broker::new();
    for content in ["-u me\n-P hunter2\n-d\n", "-u me\n--pw hunter2\n-d\n"] {
        for name in ["mosquitto_pub", "mosquitto_sub"] {
            names.keep_options(name, content);
            let port = broker.port();
            let words: &[&str] = match name {
                "mosquitto_pub" => &["-t", "a", "-m", "x", "-p", &port],
                _ => &["-t", "a", "-E", "-p", &port],
            };
            let running = names.start(name, words);
            let mut peer = broker.accept();
            assert_eq!(peer.hello().password.as_deref(), Some(MARKER.as_bytes()));
            let status = std::fs::read(format!("/proc/{}/cmdline", running.id())).unwrap();
            hidden_in(&status, "the arguments");
            peer.refuse(Reason::from_return_code(4).unwrap());
            let finished = running.finish();
            assert_ne!(finished.code, Some(0));
            hidden(&finished, name);
            for wrong in [&["--no-such"][..], &["-q", "7"], &["-V", "9"]] {
                hidden(&names.run(name, [words, wrong].concat()), name);
            }
        }
    }
}

#[test]
fn values_of_the_library_do_not_show_it() {
    let connect = Connect {
        hosts: vec![Host::parse("h").unwrap()],
        username: Some("me".to_owned()),
        password: Some(Secret::new(MARKER)),
        ..Connect::default()
    };
    let by_url = Connect {
        transport: Transport {
            urls: vec![Secret::new("mqtt://me:hunter2@h"), Secret::new("mqtt://you:hunter%32@i")],
            ..Transport::default()
        },
        ..Connect::default()
    };
    let by_file =
        Connect { password: None, password_file: Some(PathBuf::from(file())), ..connect.clone() };
    for connect in [connect, by_url, by_file] {
        let resolved = connect.resolve(&|_| None).unwrap();
        for server in resolved.settings.servers() {
            assert_eq!(server.password, Some(Secret::new(MARKER)));
        }
        hidden_in(format!("{connect:?} {connect:#?} {resolved:?}").as_bytes(), "Debug");
    }
    // What the environment gives is as secret.
    let lookup = |name: &str| (name == "MQTT_URL").then(|| "mqtt://me:hunter2@h".into());
    let resolved = Connect::default().resolve(&lookup).unwrap();
    assert!(resolved.settings.server.password.is_some());
    hidden_in(format!("{resolved:#?}").as_bytes(), "Debug");
}
