//! `mq broker`: where it serves, the command it accompanies, how it ends.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Stdio;

use mq::codec::{Connect, Packet, Properties, Version};
use mq::net::clock;
use rustix::process::Signal;

use super::support::PATIENCE;
use super::support::mq::{Finished, Running, command, run, spawn, start};
use super::support::scratch::Scratch;

/// A broker on a free port, and the URL that it told in a file.
pub(super) struct Serving {
    pub(super) broker: Running,
    pub(super) url: String,
    directory: Scratch,
}

/// The first line of a ready file; it is put in place whole.
#[track_caller]
fn ready_line(file: &std::path::Path) -> String {
    let deadline = clock::now() + PATIENCE;
    loop {
        if let Ok(text) = std::fs::read_to_string(file) {
            return text.lines().next().unwrap().to_owned();
        }
        assert!(clock::now() < deadline, "no ready file");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

pub(super) fn serve(more: &[&str]) -> Serving {
    let directory = Scratch::new("broker");
    let file = directory.path().join("ready");
    let mut arguments = vec!["broker", "--ready-file", file.to_str().unwrap()];
    arguments.extend_from_slice(more);
    let broker = start(&arguments);
    let url = ready_line(&file);
    Serving { broker, url, directory }
}

impl Serving {
    /// The port that it serves at.
    pub(super) fn port(&self) -> &str {
        self.url.rsplit_once(':').unwrap().1
    }

    /// Ends it in order, and gives all it said.
    #[track_caller]
    pub(super) fn stop(self) -> Finished {
        self.broker.signal(Signal::TERM);
        self.broker.finish()
    }
}

/// A connection that says so much, and nothing is read of what comes.
pub(super) fn call(url: &str, packets: &[Packet<'_>]) -> TcpStream {
    let mut stream = TcpStream::connect(url.trim().strip_prefix("mqtt://").unwrap()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut bytes = Vec::new();
    for packet in packets {
        packet.encode(Version::V311, &mut bytes).unwrap();
    }
    stream.write_all(&bytes).unwrap();
    stream
}

/// A CONNECT of version 3.1.1.
pub(super) const fn hello(client_id: &str) -> Connect<'_> {
    Connect {
        version: Version::V311,
        clean: true,
        keep_alive: 0,
        client_id,
        will: None,
        username: None,
        password: None,
        properties: Properties::EMPTY,
    }
}

/// A client that was let in.
#[track_caller]
pub(super) fn shake_hands(url: &str, client_id: &str) -> TcpStream {
    let mut stream = call(url, &[Packet::Connect(hello(client_id))]);
    let mut connack = [0; 4];
    stream.read_exact(&mut connack).unwrap();
    assert_eq!(connack, [0x20, 2, 0, 0]);
    stream
}

#[track_caller]
fn wait_for(running: &Running, words: &str) {
    let deadline = clock::now() + PATIENCE;
    while !running.has_said(words) {
        assert!(clock::now() < deadline, "never said {words:?}");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
}

#[test]
fn the_ready_line_is_all_that_stands_on_standard_output() {
    let Serving { broker, url, .. } = serve(&["-p", "0"]);
    assert!(url.starts_with("mqtt://127.0.0.1:"), "{url}");
    broker.signal(Signal::TERM);
    let finished = broker.finish().exits(0);
    assert_eq!(String::from_utf8_lossy(&finished.stdout), format!("{url}\n"));
}

#[test]
fn ctrl_c_ends_it_in_order() {
    let Serving { broker, .. } = serve(&["-p", "0"]);
    broker.signal(Signal::INT);
    broker.finish().exits(0);
}

#[test]
fn clients_that_come_and_go_are_told_on_standard_error() {
    let Serving { broker, url, .. } = serve(&["-p", "0"]);
    let port = url.rsplit_once(':').unwrap().1;
    run(["pub", "-p", port, "-i", "me", "-t", "a", "-m", "x"]).exits(0);
    broker.finish_after("me from 127.0.0.1:");
}

#[test]
fn a_unix_socket_is_served() {
    let directory = Scratch::new("broker");
    let socket = directory.path().join("mq.sock");
    let socket = socket.to_str().unwrap();
    let Serving { broker, url, .. } = serve(&["--unix", socket]);
    assert_eq!(url, format!("unix:{socket}"));
    run(["pub", "--unix", socket, "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    broker.signal(Signal::TERM);
    broker.finish().exits(0);
}

#[test]
fn a_port_in_use_is_told_with_a_way_out() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    run(["broker", "-p", &port]).exits(1).says("in use").says("-p 0");
    run(["broker", "-p", &port, "--", "true"]).exits(125);
}

#[test]
fn the_command_finds_the_broker_in_its_environment() {
    let script = "\"$MQ\" pub -q 1 -t a -r -m found && \"$MQ\" sub -t a -C 1 && \
                  echo \"$MQTT_URL $MQTT_HOST $MQTT_PORT\" && exit 7";
    let finished = run(["broker", "--", "sh", "-c", script]).exits(7);
    let text = String::from_utf8(finished.stdout).unwrap();
    let (message, rest) = text.split_once('\n').unwrap();
    let words: Vec<_> = rest.split_whitespace().collect();
    assert_eq!(message, "found");
    assert_eq!(words[0], format!("mqtt://{}:{}", words[1], words[2]));
    assert!(finished.stderr.contains(words[0]), "the ready line is on standard error");
}

#[test]
fn the_exit_code_is_the_commands() {
    run(["broker", "--", "true"]).exits(0);
    run(["broker", "--", "sh", "-c", "kill -9 $$"]).exits(128 + 9);
    run(["broker", "--", "/no/such/program"]).exits(127);
    run(["broker", "--", "/etc/passwd"]).exits(126);
}

#[test]
fn a_command_that_is_empty_is_no_command() {
    run(["broker", "--"]).exits(2).says("no command behind --");
    run(["broker", "--", ""]).exits(2).says("no command behind --");
}

#[test]
fn a_ready_file_that_is_a_pipe_or_a_link_stays_one() {
    let directory = Scratch::new("broker");
    let (file, link) = (directory.path().join("file"), directory.path().join("link"));
    std::fs::write(&file, "old").unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    run(["broker", "--ready-file", link.to_str().unwrap(), "--", "true"]).exits(0);
    assert!(link.is_symlink());
    assert!(std::fs::read_to_string(&file).unwrap().starts_with("mqtt://"));
    run(["broker", "--ready-file", "/dev/null", "--", "true"]).exits(0);
    assert!(!std::path::Path::new("/dev/null").is_file());
}

#[test]
fn sigterm_is_passed_on_to_the_command() {
    let script = "trap 'kill $!; exit 3' TERM; sleep 60 & echo ready >&2; wait";
    let broker = start(["broker", "--", "sh", "-c", script]);
    wait_for(&broker, "ready\n");
    broker.signal(Signal::TERM);
    broker.finish().exits(3);
}

#[test]
fn a_closed_standard_output_does_not_end_it() {
    let directory = Scratch::new("broker");
    let file = directory.path().join("ready");
    let mut broker = command(["broker", "-p", "0", "--ready-file", file.to_str().unwrap()]);
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let broker = spawn(broker.stdout(Stdio::from(writer)));
    let url = ready_line(&file);
    let port = url.trim().rsplit_once(':').unwrap().1;
    run(["pub", "-p", port, "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    broker.signal(Signal::TERM);
    broker.finish().exits(0);
}

#[test]
fn a_log_that_nobody_reads_holds_nobody_up() {
    let directory = Scratch::new("broker");
    let file = directory.path().join("ready");
    let mut broker = command(["broker", "-p", "0", "--ready-file", file.to_str().unwrap()]);
    let (unread, stderr) = std::io::pipe().unwrap();
    let mut broker = broker.stdout(Stdio::null()).stderr(stderr).spawn().unwrap();
    let url = ready_line(&file);
    let port = url.trim().rsplit_once(':').unwrap().1;
    // A hundred lines are told of one peer; of so many bytes each they are more than a pipe holds.
    for _ in 0..200 {
        drop(shake_hands(&url, &"i".repeat(2_000)));
    }
    run(["pub", "-p", port, "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    broker.kill().unwrap();
    broker.wait().unwrap();
    drop(unread);
}

#[test]
fn a_broker_at_a_unix_socket_has_a_port_for_its_command() {
    let directory = Scratch::new("broker");
    let socket = directory.path().join("mq.sock");
    let socket = socket.to_str().unwrap();
    let script = "\"$MQ\" pub -q 1 -t a -m x";
    run(["broker", "--unix", socket, "--", "sh", "-c", script]).exits(0);
}

#[test]
fn every_limit_is_shown() {
    let page = String::from_utf8(run(["broker", "--show-limits"]).exits(0).stdout).unwrap();
    assert!(page.contains("topic levels") && page.contains("268435460"), "{page}");
    for (name, value) in [
        ("maximum message", "none"),
        ("connections, listener", "none"),
        ("clients", "none"),
        ("keep-alive", "none"),
        ("maximum QoS", "2"),
        ("topic aliases, own", "64"),
        ("window bytes", "none"),
        ("retained for", "none"),
        ("session expiry", "1h"),
    ] {
        let row = page.lines().find(|line| line.starts_with(&format!("{name}  ")));
        let told = row.and_then(|row| row[24..].split_whitespace().next());
        assert_eq!(told, Some(value), "{name}: {page}");
    }
}

#[test]
fn two_clients_with_one_id_are_told_of() {
    let Serving { broker, url, directory } = serve(&["-p", "0", "-q"]);
    let port = url.rsplit_once(':').unwrap().1;
    let twin = || {
        let twin = start(["sub", "-d", "-p", port, "-i", "twin", "-t", "a"]);
        wait_for(&twin, "received SUBACK");
        twin
    };
    let mut here = twin();
    for _ in 0..3 {
        let next = twin();
        let loser = std::mem::replace(&mut here, next).finish().exits(4);
        assert!(loser.stderr.contains("same client id"), "{loser:?}");
    }
    broker.finish_after("throw each other off");
    here.signal(Signal::TERM);
    drop(directory);
}

#[test]
fn the_demonstration_holds() {
    let root = env!("CARGO_MANIFEST_DIR");
    let mut demo = command(["broker", "--", "scripts/demo"]);
    let finished = spawn(demo.current_dir(root).stdout(Stdio::piped())).finish().exits(0);
    assert!(String::from_utf8_lossy(&finished.stdout).contains("All of it held."));
}
