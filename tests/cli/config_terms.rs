//! What a configuration's terms and limits come to for clients, through the built binary.

use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use mq::net::clock;

use super::own_broker::{Serving, serve};
use super::support::PATIENCE;
use super::support::mq::{Finished, run, spawn, start};
use super::support::names::{Names, Whose};
use super::support::scratch::Scratch;

/// A broker of these lines behind a TCP listener, with `SOCKET` for the path of a Unix socket.
struct Site {
    serving: Serving,
    port: String,
    socket: String,
}

impl Site {
    fn new(name: &str, lines: &str) -> Self {
        let scratch = Scratch::new(name);
        let socket = scratch.path().join("s").to_str().unwrap().to_owned();
        let lines = lines.replace("SOCKET", &socket);
        let text = format!("allow_anonymous true\nlistener 0 127.0.0.1\n{lines}");
        let serving = serve(&["-q", "-c", &scratch.write("mosquitto.conf", text)]);
        let port = serving.url.rsplit_once(':').unwrap().1.to_owned();
        // The socket's file goes with the broker, the folder behind it.
        std::mem::forget(scratch);
        Self { serving, port, socket }
    }

    fn publish(&self, more: &[&str]) -> Finished {
        run([&["pub", "-p", &self.port, "-m", "x", "-t", "a"], more].concat())
    }

    /// What a session that is away has got once it is back, `count` messages.
    fn waits_for_who_is_away(&self, publish: &[&str], count: &str) -> Vec<u8> {
        let away = ["sub", "-p", &self.port, "-i", "away", "-c", "-q", "2", "-t", "a"];
        run([&away[..], &["--", "sh", "-c", "exit 9"]].concat()).exits(9);
        self.publish(publish).exits(0);
        let back = run([&away[..], &["-C", count, "-F", "%q %p", "-W", "20s"]].concat());
        back.exits(0).stdout
    }
}

#[test]
fn the_limits_of_a_file_are_shown() {
    let scratch = Scratch::new("terms-shown");
    let text = "max_queued_messages 77\nlistener 0 127.0.0.1\nmax_qos 1\nlistener 0\nmax_qos 0\n";
    let file = scratch.write("mosquitto.conf", text);
    let page = run(["broker", "-c", &file, "--show-limits"]).exits(0).stdout;
    let page = String::from_utf8(page).unwrap();
    let rows: Vec<_> = page.lines().map(|line| line.split_whitespace().collect()).collect();
    for want in [
        "queue 77 messages for who is away or slow",
        "maximum QoS 1 taken and granted",
        "maximum QoS 0 taken and granted, listener 2",
    ] {
        assert!(rows.iter().any(|row: &Vec<_>| row.join(" ") == want), "{want}: {page}");
    }
}

#[test]
fn a_mount_point_hides_what_is_outside_and_is_seen_from_there() {
    let site = Site::new("terms-mount", "listener 0 SOCKET\nmount_point site/one\n");
    let inside = ["--unix", &site.socket];
    let heard = |place: &[&str], filter: &str, place_of_writer: &[&str], topics: &[&str]| {
        let topics: Vec<_> = topics
            .iter()
            .map(|topic| {
                format!("\"$MQ\" pub {} -q 1 -t '{topic}' -m x", place_of_writer.join(" "))
            })
            .collect();
        let script = topics.join(" && ");
        let mut command = vec!["sub"];
        command.extend(place);
        command.extend(["-t", filter, "-v", "-C", "1", "-W", "20s", "--", "sh", "-c", &script]);
        let mut sub = super::support::mq::command(&command);
        sub.env("MQ", env!("CARGO_BIN_EXE_mq")).stdout(std::process::Stdio::piped());
        String::from_utf8(spawn(&mut sub).finish().exits(0).stdout).unwrap()
    };
    let outside = ["-p", &site.port];
    assert_eq!(heard(&outside, "#", &inside, &["a/b"]), "site/one/a/b x\n");
    let topics = ["a/b", "site/one", "site/onetwo/x", "site/one/$x", "site/one/a"];
    assert_eq!(heard(&inside, "#", &outside, &topics), "a x\n");
    assert_eq!(heard(&inside, "+/+", &inside, &["a", "a/b"]), "a/b x\n");
}

#[test]
fn a_listener_takes_as_many_connections_as_it_may() {
    let site = Site::new("terms-connections", "max_connections 1\nlistener 0 SOCKET\n");
    let first = start(["sub", "-p", &site.port, "-t", "a", "-d"]);
    first.wait_until_it_says("SUBACK");
    let over = site.publish(&["-q", "1"]);
    assert_ne!(over.code, Some(0), "{over:?}");
    run(["pub", "--unix", &site.socket, "-q", "1", "-t", "b", "-m", "x"]).exits(0);
    first.finish_after("SUBACK");
    // The place is free again once the broker has seen the end.
    let deadline = clock::now() + PATIENCE;
    while site.publish(&["-q", "1"]).code != Some(0) {
        assert!(clock::now() < deadline);
    }
    site.serving.broker.finish_after("as many connections as there may be");
}

#[test]
fn versions_keep_alive_and_identifiers_are_as_the_file_says() {
    let lines = "accept_protocol_versions 5\nlistener 0 SOCKET\nmax_keepalive 60\n\
                 clientid_prefixes site-\n";
    let site = Site::new("terms-connect", lines);
    let at_socket = |more: &[&str]| {
        run([&["pub", "--unix", &site.socket, "-q", "1", "-t", "a", "-m", "x"], more].concat())
    };
    site.publish(&["-q", "1", "-i", "site-1", "-V", "311"]).exits(4).says("version");
    site.publish(&["-q", "1", "-i", "site-1", "-k", "120"]).exits(0);
    at_socket(&["-i", "site-1", "-V", "311"]).exits(0);
    at_socket(&["-i", "site-1", "-V", "311", "-k", "120"]).exits(4);
    at_socket(&["-i", "1"]).exits(4).says("not authorized");
    site.serving.broker.finish_after("its id does not begin as all ids here must");
}

#[test]
fn messages_above_the_limits_of_the_file_are_refused() {
    let lines = "max_qos 1\nlistener 0 SOCKET\nmessage_size_limit 10\nretain_available false\n";
    let site = Site::new("terms-messages", lines);
    site.publish(&["-q", "2"]).exits(4);
    site.publish(&["-q", "1"]).exits(0);
    let at_socket = ["pub", "--unix", &site.socket, "-q", "2", "-t", "a", "-m"];
    run([&at_socket[..], &["0123456789"]].concat()).exits(0);
    run([&at_socket[..], &["0123456789a"]].concat()).exits(4).says("quota exceeded");
    for version in ["5", "311"] {
        let retained = run([&at_socket[..], &["x", "-r", "-V", version]].concat());
        assert!(matches!(retained.code, Some(3 | 4)), "{retained:?}");
    }
    let none = run(["sub", "-p", &site.port, "-t", "#", "--retained"]);
    none.exits(0).prints("");
}

#[test]
fn qos_0_waits_and_is_raised_where_the_file_says_so() {
    let site = Site::new("terms-queue", "queue_qos0_messages true\n");
    assert_eq!(site.waits_for_who_is_away(&["-q", "0"], "1"), b"0 x\n");
    let site = Site::new("terms-upgrade", "upgrade_outgoing_qos true\n");
    assert_eq!(site.waits_for_who_is_away(&["-q", "0"], "1"), b"2 x\n");
}

/// What the broker answers to these bytes, up to so many.
fn answer(socket: &str, bytes: &[u8], count: usize) -> Vec<u8> {
    let mut stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(bytes).unwrap();
    let mut answer = vec![0; count];
    stream.read_exact(&mut answer).unwrap();
    answer
}

#[test]
fn under_its_name_connack_and_puback_are_mosquittos() {
    let (names, scratch) = (Names::new(), Scratch::new("terms-named"));
    let socket = scratch.path().join("s").to_str().unwrap().to_owned();
    let text = format!("allow_anonymous true\nlistener 0 {socket}\n");
    let config = scratch.write("mosquitto.conf", text);
    let _broker = spawn(&mut names.command(Whose::Ours, "mosquitto", ["-c", &config]));
    let deadline = clock::now() + PATIENCE;
    while UnixStream::connect(&socket).is_err() {
        assert!(clock::now() < deadline);
        std::thread::sleep(Duration::from_millis(1));
    }
    // CONNECT of version 5 with keep-alive 60 and the identifier `a`; PUBLISH at QoS 1 that nobody
    // subscribes to.
    let asked = b"\x10\x0e\x00\x04MQTT\x05\x02\x00\x3c\x00\x00\x01a\x32\x07\x00\x01t\x00\x01\x00x";
    let connack = b"\x20\x0e\x00\x00\x0b\x22\x00\x0a\x27\x00\x1e\x84\x80\x21\x00\x14";
    let want = [&connack[..], b"\x40\x03\x00\x01\x10"].concat();
    assert_eq!(answer(&socket, asked, want.len()), want);
}
