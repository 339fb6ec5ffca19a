//! Every exit code of `mq pub`, `mq sub` and `mq rr`, case by case as the definitions list them.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::Stdio;

use mq::codec::{Ack, Packet, PacketId, Property, Qos, Reason};
use rustix::process::Signal;

use crate::support::broker::{Broker, Peer};
use crate::support::mq::{Running, command, run, spawn, start};

/// Each client as it is used least.
const CLIENTS: [&[&str]; 3] =
    [&["pub", "-t", "a", "-m", "x", "-q", "1"], &["sub", "-t", "a"], &["rr", "-t", "a", "-m", "x"]];

fn at(broker: &Broker, client: &[&str], more: &[&str]) -> Running {
    start([client, &["-h", &broker.place()], more].concat())
}

/// Up to where the client waits for what the broker decides.
fn welcome(broker: &Broker, client: &[&str]) -> Peer {
    let mut peer = broker.welcome().0;
    match client[0] {
        "pub" => drop(peer.message()),
        "sub" => drop(peer.grant()),
        _ => {
            peer.grant();
            peer.message();
        }
    }
    peer
}

#[test]
fn what_is_done_is_0() {
    let broker = Broker::new();
    let running = at(&broker, CLIENTS[0], &[]);
    broker.welcome().0.take_all();
    running.finish().exits(0);
    let running = at(&broker, CLIENTS[1], &["-C", "1"]);
    welcome(&broker, CLIENTS[1]).publish("a", b"x", Qos::AtMostOnce, 0);
    running.finish().exits(0);
    let running = at(&broker, CLIENTS[2], &["-e", "b", "-V", "311"]);
    welcome(&broker, CLIENTS[2]).publish("b", b"x", Qos::AtMostOnce, 0);
    running.finish().exits(0);
}

#[test]
fn a_closed_pipe_is_0_and_quiet() {
    for client in [CLIENTS[1], &["rr", "-t", "a", "-m", "x", "-e", "a", "-V", "311"]] {
        let broker = Broker::new();
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut words = command([client, &["-h", &broker.place()]].concat());
        let running = spawn(words.stdout(Stdio::from(writer)));
        drop(words);
        let mut peer = welcome(&broker, client);
        if client[0] == "rr" {
            peer.publish("a", b"x", Qos::AtMostOnce, 0);
        }
        let finished = running.finish().exits(0);
        assert_eq!(finished.stderr, "");
    }
}

#[test]
fn failures_at_run_time_are_1() {
    for client in ["pub", "rr"] {
        run([client, "-t", "a", "-f", "/no/such/file", "-e", "b"]
            .iter()
            .filter(|word| client == "rr" || !["-e", "b"].contains(word)))
        .exits(1);
    }
    for client in CLIENTS {
        run([client, &["-u", "me", "--password-file", "/no/such/file"]].concat()).exits(1);
        run([client, &["--cafile", "/no/such/file"]].concat()).exits(1);
    }
    // What comes cannot be written.
    for client in [CLIENTS[1], &["rr", "-t", "a", "-m", "x", "-e", "a", "-V", "311"]] {
        let broker = Broker::new();
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut words = command([client, &["-h", &broker.place()]].concat());
        let running = spawn(words.stdout(Stdio::from(full)));
        welcome(&broker, client).publish("a", b"x", Qos::AtMostOnce, 0);
        running.finish().exits(1).says("standard output");
    }
    // Nor what was asked for.
    for words in [
        &["--version"][..],
        &["--help"],
        &["help"],
        &["help", "sub"],
        &["pub", "--help"],
        &["explain"],
        &["explain", "135"],
        &["broker", "--show-limits"],
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let finished = spawn(command(words).stdout(full)).finish().exits(1);
        finished.says("mq: cannot write to standard output: No space left");
    }
    let broker = Broker::new();
    let mut running = at(&broker, &["pub", "--json"], &[]);
    running.feed("no message\n");
    broker.welcome().0.take_all();
    running.finish().exits(1).says("line 1");
}

#[test]
fn wrong_usage_is_2() {
    for client in CLIENTS {
        for wrong in [&["--no-such"][..], &["-q", "3"], &["-p", "0"], &["-V", "4"], &["-c"]] {
            run([client, wrong].concat()).exits(2);
        }
    }
    for words in [
        &["pub", "a/#", "x"][..],
        &["rr", "a/+", "x"],
        &["rr", "a", "x", "-e", "b/#"],
        &["sub", "-t", "a/#/b"],
        &["pub", "a"],
        &["sub"],
        &["rr", "a"],
    ] {
        run(words).exits(2);
    }
}

#[test]
fn no_connection_is_3() {
    let closed = Broker::new().place();
    for client in CLIENTS {
        run([client, &["-h", "no-such-host.invalid"]].concat()).exits(3).says("no-such-host");
        run([client, &["-h", &closed]].concat()).exits(3).says("no broker at");
        run([client, &["--unix", "/no/such/socket"]].concat()).exits(3);
        run([client, &["-h", &closed, "-h", &closed]].concat()).exits(3);
        // No TLS, no MQTT, nothing within the time, an end before CONNACK.
        let broker = Broker::new();
        let running = start([client, &["-L", &format!("mqtts://{}", broker.place())]].concat());
        let mut stream = broker.accept_stream();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        running.finish().exits(3);
        drop(stream);
        let running = at(&broker, client, &[]);
        broker.accept().raw(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        running.finish().exits(3).says("does not speak MQTT");
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = silent.local_addr().unwrap().to_string();
        let words = ["-h", &place, "--connect-timeout", "100ms"];
        run([client, &words].concat()).exits(3).says("no answer to CONNECT");
        let running = at(&broker, client, &["-V", "5"]);
        drop(broker.accept());
        running.finish().exits(3);
    }
}

#[test]
fn a_link_that_is_lost_and_not_tried_again_is_3() {
    for client in [CLIENTS[0], CLIENTS[2]] {
        let broker = Broker::new();
        let running = at(&broker, client, &[]);
        drop(welcome(&broker, client));
        running.finish().exits(3).says("lost the connection");
    }
    let broker = Broker::new();
    let running = at(&broker, CLIENTS[1], &["--give-up", "100ms"]);
    drop((welcome(&broker, CLIENTS[1]), broker));
    running.finish().exits(3).says("gave up on");
    // The broker goes for a while, and says so.
    let broker = Broker::new();
    let running = at(&broker, CLIENTS[2], &[]);
    welcome(&broker, CLIENTS[2]).disconnect(Reason::ServerShuttingDown, &[]);
    running.finish().exits(3).says("server shutting down");
}

#[test]
fn a_refused_connection_is_4() {
    for client in CLIENTS {
        for reason in [
            Reason::NotAuthorized,
            Reason::BadUserNameOrPassword,
            Reason::ClientIdentifierNotValid,
            Reason::ServerUnavailable,
            Reason::Banned,
        ] {
            let broker = Broker::new();
            let running = at(&broker, client, &[]);
            let mut peer = broker.accept();
            peer.hello();
            peer.refuse(reason);
            running.finish().exits(4).says(reason.text());
        }
        let broker = Broker::new();
        let running =
            at(&broker, client, &["-V", "311", "-e", "b"][..if client[0] == "rr" { 4 } else { 2 }]);
        let mut peer = broker.accept();
        peer.hello();
        peer.raw(&[0x20, 2, 0, 5]);
        running.finish().exits(4).says("not authorized");
    }
}

#[test]
fn a_refused_subscription_is_4_when_none_is_left() {
    for client in [CLIENTS[1], CLIENTS[2]] {
        let broker = Broker::new();
        let running = at(&broker, client, &[]);
        let mut peer = broker.welcome().0;
        let (id, _) = peer.subscription();
        peer.suback(id, &[Reason::NotAuthorized.code()]);
        running.finish().exits(4).says("not authorized");
    }
    let broker = Broker::new();
    let running = at(&broker, CLIENTS[1], &["-t", "b", "-C", "1"]);
    let mut peer = broker.welcome().0;
    let (id, _) = peer.subscription();
    peer.suback(id, &[Reason::NotAuthorized.code(), 0]);
    peer.publish("b", b"x", Qos::AtMostOnce, 0);
    running.finish().exits(0).says("refused the subscription to a");
}

#[test]
fn a_refused_message_is_4() {
    for qos in ["1", "2"] {
        for client in [
            &["pub", "-t", "a", "-m", "x", "-q", qos][..],
            &["pub", "-t", "a", "-l", "-q", qos],
            &["rr", "-t", "a", "-m", "x", "-q", qos],
        ] {
            let broker = Broker::new();
            let mut running = at(&broker, client, &[]);
            if client.contains(&"-l") {
                running.feed("x\n");
            }
            let mut peer = broker.welcome().0;
            if client[0] == "rr" {
                peer.grant();
            }
            let id = PacketId::new(peer.message().id).unwrap();
            let ack = Ack::new(id, Reason::NotAuthorized);
            peer.send(if qos == "1" { Packet::Puback(ack) } else { Packet::Pubrec(ack) });
            running.finish().exits(4).says("not authorized");
        }
    }
    // What the broker has announced not to take is refused before it is sent.
    for client in [CLIENTS[0], &["rr", "-t", "a", "-m", "x", "-q", "1"]] {
        let broker = Broker::new();
        let running = at(&broker, client, &[]);
        let mut peer = broker.accept();
        peer.hello();
        peer.connack(false, &[Property::MaximumQos(0)]);
        if client[0] == "rr" {
            peer.grant();
        }
        running.finish().exits(4).says("QoS 1 is not served");
    }
}

#[test]
fn a_client_id_that_is_taken_over_is_4() {
    for client in [CLIENTS[0], CLIENTS[1], CLIENTS[2], &["pub", "-t", "a", "-l", "-q", "1"]] {
        let broker = Broker::new();
        let mut running = at(&broker, client, &[]);
        if client.contains(&"-l") {
            running.write("x\n");
        }
        welcome(&broker, client).disconnect(Reason::SessionTakenOver, &[]);
        running.finish().exits(4).says("same client id");
        assert!(broker.is_alone(), "it is not fought for");
    }
}

#[test]
fn a_time_limit_that_passes_is_5() {
    for client in [CLIENTS[1], CLIENTS[2], &["sub", "-t", "a", "-C", "2"]] {
        let broker = Broker::new();
        let running = at(&broker, client, &["-W", "200ms"]);
        let mut peer = welcome(&broker, client);
        if client[0] == "sub" {
            peer.publish("a", b"x", Qos::AtMostOnce, 0);
        }
        running.finish().exits(5);
    }
    let broker = Broker::new();
    let running = at(&broker, CLIENTS[1], &["-C", "1", "-W", "1h"]);
    welcome(&broker, CLIENTS[1]).publish("a", b"x", Qos::AtMostOnce, 0);
    running.finish().exits(0);
}

#[test]
fn a_signal_is_died_of() {
    for client in CLIENTS {
        for (signal, number) in [(Signal::INT, 2), (Signal::TERM, 15)] {
            let broker = Broker::new();
            let running = at(&broker, client, &[]);
            let _peer = welcome(&broker, client);
            running.signal(signal);
            let finished = running.finish();
            assert_eq!((finished.code, finished.signal), (None, Some(number)), "{client:?}");
        }
    }
}

#[test]
fn a_command_behind_sub_gives_its_own() {
    for (program, code) in [
        (&["sh", "-c", "exit 7"][..], 7),
        (&["sh", "-c", "kill -9 $$"], 137),
        (&["/no/such/program"], 127),
        (&["/dev/null"], 126),
    ] {
        let broker = Broker::new();
        let running = at(&broker, &["sub", "-t", "a", "-C", "1"], &[&["--"], program].concat());
        broker.welcome().0.grant();
        running.finish().exits(code);
    }
}
