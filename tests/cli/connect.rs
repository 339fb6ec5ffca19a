//! Finding a broker, being accepted, falling back.

use std::process::Stdio;

use mq::codec::{Property, Reason, Version};

use crate::support::broker::{Broker, Got};
use crate::support::mq::{command, run, spawn, start};

#[test]
fn no_broker_is_told_with_the_way_out() {
    // A port that was free a moment ago.
    let port = Broker::new().port();
    let hint = format!("mq: no broker at localhost:{port}; start one with: mq broker -p {port}");
    run(["pub", "-t", "a", "-m", "x", "-p", &port]).exits(3).says(&hint);
    run(["sub", "-t", "a", "-p", &port]).exits(3).says(&hint);
    run(["pub", "-t", "a", "-m", "x", "--unix", "/no/such/socket"])
        .exits(3)
        .says("/no/such/socket");
}

#[test]
fn an_unknown_name_is_told() {
    let finished = run(["pub", "-t", "a", "-m", "x", "-h", "no-such-host.invalid"]).exits(3);
    let finished = finished.says("mq: cannot look up the name no-such-host.invalid: ");
    assert!(!finished.stderr.contains("failed to"), "said once: {finished:?}");
}

#[test]
fn a_broker_of_version_3_is_met_again_in_its_version() {
    for refusal in [&[0x20, 2, 0, 1][..], &[0x20, 3, 0, 0x84, 0], &[]] {
        let broker = Broker::new();
        let running = start(["pub", "-t", "a", "-m", "x", "-p", &broker.port()]);
        let mut first = broker.accept();
        assert_eq!(first.hello().version, Version::V5);
        first.raw(refusal);
        drop(first);
        let (mut second, hello) = broker.welcome();
        assert_eq!(hello.version, Version::V311);
        assert_eq!(second.message().payload, b"x");
        second.leaves();
        running.finish().exits(0);
    }
}

#[test]
fn with_a_version_given_there_is_no_other() {
    let broker = Broker::new();
    let running = start(["pub", "-t", "a", "-m", "x", "-V", "5", "-p", &broker.port()]);
    let mut peer = broker.accept();
    peer.hello();
    peer.raw(&[0x20, 2, 0, 1]);
    drop(peer);
    running.finish().exits(4).says("unsupported protocol version");
    let running = start(["pub", "-t", "a", "-m", "x", "-V", "5", "-p", &broker.port()]);
    drop(broker.accept());
    let finished = running.finish().exits(3).says("did not accept the connection");
    finished.says("if this is a port of TLS, add --cafile");
    assert!(broker.is_alone());
}

#[test]
fn every_version_is_spoken_on_demand() {
    for (name, version) in [
        ("31", Version::V31),
        ("mqttv31", Version::V31),
        ("311", Version::V311),
        ("3.1.1", Version::V311),
        ("5", Version::V5),
        ("5.0", Version::V5),
    ] {
        let broker = Broker::new();
        let running = start(["pub", "-t", "a", "-m", "x", "-V", name, "-p", &broker.port()]);
        let (mut peer, hello) = broker.welcome();
        assert_eq!(hello.version, version);
        assert_eq!(hello.client_id.is_empty(), version != Version::V31);
        peer.message();
        peer.leaves();
        running.finish().exits(0);
    }
}

#[test]
fn a_refused_connection_is_refused_once() {
    for reason in [Reason::NotAuthorized, Reason::BadUserNameOrPassword, Reason::ServerBusy] {
        let broker = Broker::new();
        let running = start(["sub", "-t", "a", "-p", &broker.port()]);
        let mut peer = broker.accept();
        peer.hello();
        peer.refuse(reason);
        running.finish().exits(4).says(reason.text());
        assert!(broker.is_alone());
    }
}

#[test]
fn who_does_not_speak_mqtt_is_told_so() {
    let broker = Broker::new();
    let running = start(["pub", "-t", "a", "-m", "x", "-p", &broker.port()]);
    broker.accept().raw(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    running.finish().exits(3).says("does not speak MQTT, but HTTP; if it is for WebSocket too");
    let running = start(["pub", "-t", "a", "-m", "x", "-p", &broker.port()]);
    broker.accept().raw(b"SSH-2.0-x\r\n");
    running.finish().exits(3).says("does not speak MQTT: it sent");
}

#[test]
fn an_answer_to_connect_is_awaited_for_a_time() {
    let broker = Broker::new();
    let words = ["pub", "-t", "a", "-m", "x", "--connect-timeout", "100ms", "-p", &broker.port()];
    let running = start(words);
    let _peer = broker.accept();
    running.finish().exits(3).says("no answer to CONNECT within 100ms");
}

#[test]
fn a_reason_of_the_broker_is_passed_on_without_its_escapes() {
    let broker = Broker::new();
    let running = start(["sub", "-t", "a", "-p", &broker.port()]);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.disconnect(Reason::NotAuthorized, &[Property::ReasonString("\u{1b}[2Jno\nmq: all well")]);
    let finished = running.finish().exits(4).says("\\x1b[2Jno\\nmq: all well");
    assert!(!finished.stderr.contains('\u{1b}'));
}

#[test]
fn the_environment_gives_place_and_login() {
    let broker = Broker::new();
    let mut words = command(["pub", "-m", "x"]);
    words.env("MQTT_URL", format!("mqtt://us%40er:p%3Aw@127.0.0.1:{}/from/url", broker.port()));
    words.env("MQTT_CLIENT_ID", "me").env("MQTT_KEEPALIVE", "7").env("MQTT_VERSION", "5");
    let running = spawn(words.stdout(Stdio::piped()));
    let (mut peer, hello) = broker.welcome();
    assert_eq!((hello.username.as_deref(), hello.client_id.as_str()), (Some("us@er"), "me"));
    assert_eq!((hello.password.as_deref(), hello.keep_alive), (Some(&b"p:w"[..]), 7));
    assert_eq!(peer.message().topic, "from/url");
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn packets_are_told_on_demand() {
    let broker = Broker::new();
    let words = ["pub", "-t", "a", "-m", "x", "-i", "me", "-q", "1", "-d", "-p", &broker.port()];
    let running = start(words);
    let mut peer = broker.welcome().0;
    let id = peer.message().id;
    peer.puback(id, Reason::Success);
    peer.leaves();
    let finished = running.finish().exits(0).prints("");
    let told: Vec<_> = finished.stderr.lines().collect();
    assert_eq!(
        told,
        [
            "Client me sending CONNECT",
            "Client me received CONNACK (0)",
            "Client me sending PUBLISH (d0, q1, r0, m1, 'a', ... (1 bytes))",
            "Client me received PUBACK (Mid: 1, RC:0)",
            "Client me sending DISCONNECT",
        ]
    );
}

#[test]
fn a_broker_that_breaks_the_protocol_is_told_which_rule() {
    let broker = Broker::new();
    let running = start(["pub", "-t", "a", "-m", "x", "-q", "1", "-p", &broker.port()]);
    let mut peer = broker.welcome().0;
    peer.message();
    peer.raw(&[0xD0, 1, 0]);
    assert!(matches!(peer.next(), Got::Disconnect { reason: Reason::MalformedPacket, .. }));
    running.finish().exits(3).says("the broker sent");
}

#[test]
fn a_variable_that_is_not_text_is_told_by_name_and_a_password_may_be_any_bytes() {
    use std::os::unix::ffi::OsStrExt;
    let bytes = std::ffi::OsStr::from_bytes(b"\xff\xfe");
    let mut words = command(["pub", "-t", "a", "-m", "x"]);
    spawn(words.env("MQTT_HOST", bytes).stdout(Stdio::piped())).finish().exits(2).says("MQTT_HOST");
    let broker = Broker::new();
    let mut words = command(["pub", "-t", "a", "-m", "x", "-u", "me", "-p", &broker.port()]);
    let running = spawn(words.env("MQTT_PASSWORD", bytes).stdout(Stdio::piped()));
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.password.as_deref(), Some(&b"\xff\xfe"[..]));
    peer.take_all();
    running.finish().exits(0);
}
