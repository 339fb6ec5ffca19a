//! Through WebSocket: mosquitto's, and a server that does what it should not.

use std::net::TcpStream;

use mq::codec::{Qos, Reason};

use super::publish;
use crate::support::broker::{Broker, Peer};
use crate::support::certificates::{Authority, Folder};
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{Running, run, start};
use crate::support::scratch::Scratch;
use crate::support::service::{ProxyServer, await_listening, free_port};
use crate::support::tls::{Answer, accept};
use crate::support::websocket::{BINARY, CLOSE, PONG, Server, frame};

/// CONNACK, SUBACK, and PUBLISH of `x` to `a`, in 3.1.1.
const CONNACK: &[u8] = &[0x20, 2, 0, 0];
const SUBACK: &[u8] = &[0x90, 3, 0, 1, 0];
const MESSAGE: &[u8] = &[0x30, 4, 0, 1, b'a', b'x'];

fn url(broker: &Broker) -> String {
    format!("ws://127.0.0.1:{}/mqtt", broker.port())
}

/// `mq sub` of one message, in 3.1.1.
fn subscribe(broker: &Broker, more: &[&str]) -> Running {
    let url = url(broker);
    let words = ["sub", "-t", "a", "-C", "1", "-V", "311", "-L", &url];
    start(words.iter().chain(more))
}

/// Takes the next connection up to CONNECT.
fn connecting(broker: &Broker) -> Server<TcpStream> {
    let mut server = Server::open(broker.accept_stream());
    assert_eq!(server.frame().unwrap().0, BINARY);
    server
}

/// Takes the next connection up to SUBSCRIBE.
fn subscribing(broker: &Broker) -> Server<TcpStream> {
    let mut server = connecting(broker);
    server.raw(&frame(BINARY, CONNACK));
    assert_eq!(server.frame().unwrap().0, BINARY);
    server
}

#[test]
#[ignore = "needs mosquitto"]
fn lines_pass_through_mosquitto_both_ways_at_every_qos() {
    let port = free_port();
    let listener = format!("listener {port} 127.0.0.1");
    let lines = ["allow_anonymous true", "max_queued_messages 0", &listener, "protocol websockets"];
    let _broker = Mosquitto::start(&lines, &[]);
    await_listening(&port);
    let url = format!("ws://127.0.0.1:{port}");
    let numbers: Vec<_> = (1..=5000).map(|number: u32| number.to_string()).collect();
    let lines = numbers.join("\n") + "\n";
    let path = std::env::temp_dir().join(format!("mq-websocket-{port}"));
    std::fs::write(&path, &lines).unwrap();
    for qos in ["0", "1", "2"] {
        let script = format!(
            "exec {} pub -t a -l -q {qos} --ws -h 127.0.0.1 -p {port} < {}",
            env!("CARGO_BIN_EXE_mq"),
            path.display()
        );
        let words = ["sub", "-t", "a", "-q", qos, "-C", "5000", "-L", &url, "--"];
        let finished = start(words.iter().chain(&["sh", "-c", &script])).finish().exits(0);
        assert!(finished.stdout == lines.as_bytes(), "QoS {qos}: {}", finished.stderr);
    }
    std::fs::remove_file(&path).unwrap();
    run(publish(&["-L", &format!("{url}/"), "-V", "5"])).exits(0);
}

#[test]
fn the_request_carries_path_and_headers_and_the_login_goes_to_mqtt() {
    let broker = Broker::new();
    let url = format!("ws://us%40er:pw@127.0.0.1:{}/a%20b?c=d", broker.port());
    let scratch = Scratch::new("headers");
    let file = scratch.write("headers", "X-One: 1\r\n\nX-Two: 2\n");
    let file = format!("@{file}");
    let authorization = "Authorization: Bearer x:y";
    let headers = ["--header", authorization, "--header", &file, "--header", "Cookie: a=b"];
    let running = start(publish(&["-L", &url].iter().chain(&headers).copied().collect::<Vec<_>>()));
    let server = Server::open(broker.accept_stream());
    let request = server.request.clone();
    assert!(request.starts_with("GET /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:"), "{request}");
    let wanted = format!("{authorization}\r\nX-One: 1\r\nX-Two: 2\r\nCookie: a=b\r\n\r\n");
    assert!(request.ends_with(&wanted), "{request}");
    let mut peer = Peer::over(server);
    let hello = peer.hello();
    assert_eq!(
        (hello.username.as_deref(), hello.password.as_deref()),
        (Some("us@er"), Some(&b"pw"[..]))
    );
    peer.connack(false, &[]);
    assert_eq!(peer.message().payload, b"x");
    peer.leaves();
    running.finish().exits(0);
    let option = start(publish(&["--ws", "-p", &broker.port(), "--ws-path", "/x"]));
    let server = Server::asked(broker.accept_stream());
    assert!(
        server.request.starts_with("GET /x HTTP/1.1\r\nHost: localhost:"),
        "{}",
        server.request
    );
    drop(server);
    option.finish().exits(3);
}

#[test]
fn a_batch_of_lines_is_one_frame() {
    let broker = Broker::new();
    let mut running = start(["pub", "-t", "a", "-l", "-V", "311", "-L", &url(&broker)]);
    running.feed("sixteen letters.\n".repeat(20_000));
    let mut server = connecting(&broker);
    server.raw(&frame(BINARY, CONNACK));
    let (mut frames, mut bytes) = (0, 0);
    while bytes < 20_000 * 21 {
        let (first, batch) = server.frame().unwrap();
        assert_eq!(first, BINARY);
        (frames, bytes) = (frames + 1, bytes + batch.len());
    }
    assert!(frames <= 30, "{frames} frames for {bytes} bytes");
    server.raw(&frame(BINARY, &[0xD0, 0]));
    running.finish().exits(0);
}

#[test]
fn frames_may_be_cut_and_joined_anyhow() {
    let broker = Broker::new();
    // every byte a frame of its own, empty ones between
    let running = subscribe(&broker, &[]);
    let mut server = connecting(&broker);
    let bytes = |packet: &[u8]| -> Vec<u8> {
        packet
            .iter()
            .flat_map(|byte| [frame(BINARY, &[]), frame(BINARY, &[*byte])].concat())
            .collect()
    };
    server.raw(&bytes(CONNACK));
    server.frame().unwrap();
    server.raw(&bytes(&[SUBACK, MESSAGE].concat()));
    running.finish().exits(0).prints("x\n");
    // one message of many frames with a ping between; several packets in one frame
    let running = subscribe(&broker, &[]);
    let mut server = subscribing(&broker);
    let (first, rest) = MESSAGE.split_at(3);
    server.raw(&[frame(0x02, SUBACK), frame(0x89, b"?"), frame(0x00, first)].concat());
    assert_eq!(server.frame().unwrap(), (PONG, b"?".to_vec()));
    server.raw(&frame(0x80, &[rest, MESSAGE, MESSAGE].concat()));
    running.finish().exits(0).prints("x\n");
}

#[test]
fn a_packet_of_many_megabytes_comes_through_in_one_frame() {
    let broker = Broker::new();
    let running = subscribe(&broker, &["-N"]);
    let mut server = subscribing(&broker);
    let payload: Vec<u8> = (0..20_000_000_u32).map(|n| (n % 253) as u8).collect();
    // the remaining length is 20,000,003
    let header = [0x30, 0x83, 0xDA, 0xC4, 0x09, 0, 1, b'a'];
    server.raw(&frame(BINARY, &[SUBACK, &header, &payload].concat()));
    running.finish().exits(0).prints(payload);
}

#[test]
fn an_announced_length_is_waited_for_and_not_allocated() {
    let broker = Broker::new();
    let running = subscribe(&broker, &["--connect-timeout", "1s"]);
    let mut server = connecting(&broker);
    server.raw(&[BINARY, 127, 0, 0, 0, 0, 0x10, 0, 0, 0]);
    server.raw(&CONNACK[..3]);
    assert!(running.settled_kib() < 30_000);
    running.finish().exits(3).says("sent no answer to CONNECT within 1s");
    // the same frame may as well carry the whole conversation
    let running = subscribe(&broker, &[]);
    let mut server = connecting(&broker);
    server.raw(&[BINARY, 127, 0, 0, 0, 0, 0x10, 0, 0, 0]);
    server.raw(CONNACK);
    server.frame().unwrap();
    server.raw(&[SUBACK, MESSAGE].concat());
    running.finish().exits(0).prints("x\n");
}

#[test]
fn frames_that_break_the_rules_are_told() {
    for (bytes, wanted) in [
        (frame(0x81, b"hello"), "the other end sent a text frame, where MQTT wants binary ones"),
        (frame(0xC2, CONNACK), "the other end sent a WebSocket frame with reserved bits"),
        (frame(0x83, b""), "the other end sent a WebSocket frame of the unknown kind 3"),
        (vec![0x82, 0x80, 0, 0, 0, 0], "that is masked as only the other end's may be"),
        (frame(0x80, CONNACK), "the other end sent WebSocket frames out of their order"),
        (b"HTTP/1.1 400 Bad\r\n\r\n".to_vec(), "WebSocket frame"),
        (frame(BINARY, b"HTTP/1.1"), "does not speak MQTT, but HTTP behind its WebSocket"),
        (frame(BINARY, b"SSH-2.0"), "does not speak MQTT: it sent"),
    ] {
        let broker = Broker::new();
        let running = start(publish(&["-L", &url(&broker)]));
        let mut server = connecting(&broker);
        server.raw(&bytes);
        running.finish().exits(3).says(&format!("mq: {} ", url(&broker))).says(wanted);
        assert!(broker.is_alone(), "an older version of MQTT would not help");
    }
}

#[test]
fn a_close_is_answered_and_its_reason_told_without_its_escapes() {
    let broker = Broker::new();
    let running = subscribe(&broker, &[]);
    let mut server = subscribing(&broker);
    server.raw(&frame(BINARY, SUBACK));
    server.raw(&frame(CLOSE, b"\x03\xf0no\x1b[2J\nmore"));
    assert_eq!(server.frame().unwrap(), (CLOSE, vec![3, 0xF0]));
    drop(server);
    running.wait_until_it_says("1008 (policy violation): no\\x1b[2J\\nmore; trying again");
    let mut peer = Peer::over(Server::open(broker.accept_stream()));
    peer.hello();
    peer.connack(false, &[]);
    peer.grant();
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    let finished = running.finish().exits(0).prints("x\n");
    let again = format!("connected to {} again", url(&broker));
    assert!(finished.stderr.contains(&again), "{finished:?}");
}

#[test]
fn an_answer_behind_interim_ones_is_the_answer() {
    let broker = Broker::new();
    let running = start(publish(&["-V", "311", "-L", &url(&broker)]));
    let mut server = Server::asked(broker.accept_stream());
    let early = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
    let agreement = server.agreement();
    server.raw(&[early.as_bytes(), agreement.as_bytes(), &frame(BINARY, CONNACK)].concat());
    let mut sent = Vec::new();
    while let Ok((BINARY, bytes)) = server.frame() {
        sent.extend(bytes);
    }
    assert!(sent.ends_with(&[MESSAGE, &[0xE0, 0]].concat()), "{sent:?}");
    running.finish().exits(0);
}

#[test]
fn a_client_that_is_done_closes_in_order() {
    let broker = Broker::new();
    let running = start(publish(&["-V", "311", "-L", &url(&broker)]));
    let mut server = connecting(&broker);
    server.raw(&frame(BINARY, CONNACK));
    let mut sent = Vec::new();
    let last = loop {
        match server.frame().unwrap() {
            (BINARY, bytes) => sent.extend(bytes),
            other => break other,
        }
    };
    assert_eq!(sent, [MESSAGE, &[0xE0, 0]].concat());
    assert_eq!(last, (CLOSE, vec![3, 0xE8]));
    drop(server);
    running.finish().exits(0);
}

#[test]
fn a_server_that_does_not_agree_is_told_with_its_status() {
    type Change = fn(String) -> String;
    let changes: [(Change, &str); 10] = [
        (
            |_| "HTTP/1.1 404 Not Found\r\n\r\n".into(),
            "404 Not Found; is the path right? --ws-path",
        ),
        (|_| "HTTP/1.1 401 No\x1b[2J\r\n\r\n".into(), "something that is not HTTP"),
        (|_| "HTTP/1.1 401 Who are you\r\n\r\n".into(), "401 Who are you"),
        (|_| "HTTP/1.1 302 Found\r\nLocation: /\x1b\r\n\r\n".into(), "something that is not HTTP"),
        (|_| "HTTP/1.1 301 Gone\r\nLocation: https://x/\r\n\r\n".into(), "301 Gone, to https://x/"),
        (
            |text| text.replace("Sec-WebSocket-Protocol: mqtt\r\n", ""),
            "did not confirm the subprotocol mqtt",
        ),
        (
            |text| text.replace(": mqtt\r\n", ": chat\r\n"),
            "with the subprotocol chat instead of mqtt",
        ),
        (|_| "\x20\x02\x00\x00".into(), "something that is not HTTP"),
        (
            |_| format!("HTTP/1.1 101 x\r\nX: {}", "x".repeat(20_000)),
            "an HTTP header of more than 8 KiB",
        ),
        (|_| String::new(), "nothing: it closed the connection"),
    ];
    for (change, wanted) in changes {
        let broker = Broker::new();
        let running = start(publish(&["-L", &url(&broker)]));
        let mut server = Server::asked(broker.accept_stream());
        let answer = change(server.agreement());
        server.raw(answer.as_bytes());
        drop(server);
        let finished = running.finish().exits(3);
        let finished =
            finished.says(&format!("mq: {} answered the WebSocket request with", url(&broker)));
        assert!(!finished.says(wanted).stderr.contains('\x1b'));
    }
    let broker = Broker::new();
    let running = start(publish(&["-L", &url(&broker), "--connect-timeout", "300ms"]));
    let _silent = Server::asked(broker.accept_stream());
    let wanted = format!("{} did not answer the WebSocket request within 300ms", url(&broker));
    running.finish().exits(3).says(&wanted);
}

#[test]
fn what_a_request_cannot_carry_is_told_before_anything_connects() {
    for (options, wanted) in [
        (&["--ws-path", "/x"][..], "--ws-path is for WebSocket"),
        (&["--header", "X: hunter2"], "--header is for WebSocket"),
        (&["--ws", "--header", "X: hunter2\r\nY: z"], "--header takes a text of the form"),
        (&["--ws", "--header", "hunter2"], "it has no colon"),
        (&["--ws", "--ws-path", "hunter2"], "the path does not begin with a slash"),
        (&["--ws", "--ws-path", "/hunter2 HTTP/1.1\r\n"], "has to be percent-encoded"),
        (&["-L", "ws://h/hunter2 "], "has to be percent-encoded"),
        (&["--ws", "-S", "-h", "h"], "leave out one of both"),
    ] {
        let finished = run(publish(options)).exits(2).says(wanted);
        assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
    }
}

#[test]
fn websocket_goes_through_tls_when_the_url_says_so() {
    let (broker, folder, authority) = (Broker::new(), Folder::new(), Authority::new("CA"));
    let trusted = folder.file("ca.pem", authority.pem());
    let url = format!("wss://localhost:{}/secret?token=hunter2", broker.port());
    let answer = Answer::with(&authority.issue(|_| {}));
    let running = start(["sub", "-t", "a", "-C", "1", "-L", &url, "--cafile", &trusted]);
    let (stream, wire) = accept(&broker, &answer);
    let server = Server::open(stream.expect("a handshake"));
    assert!(server.request.starts_with("GET /secret?token=hunter2 HTTP/1.1\r\nHost: localhost:"));
    let mut peer = Peer::over(server);
    peer.hello();
    peer.connack(false, &[]);
    peer.grant();
    drop(peer);
    wire.is_sealed();
    let (stream, _) = accept(&broker, &answer);
    let mut server = Server::asked(stream.expect("a handshake"));
    server.raw(b"HTTP/1.1 503 Busy\r\n\r\n");
    drop(server);
    let (stream, _) = accept(&broker, &answer);
    let mut peer = Peer::over(Server::open(stream.expect("a handshake")));
    peer.hello();
    peer.connack(false, &[]);
    peer.grant();
    peer.publish("a", b"x", Qos::AtMostOnce, 0);
    let told = running.finish().exits(0).prints("x\n").stderr;
    assert!(told.contains(&format!("wss://localhost:{}/secret again", broker.port())), "{told}");
    assert!(!told.contains("hunter2"), "{told}");
}

#[test]
#[ignore = "needs microsocks"]
fn websocket_through_tls_through_a_proxy_from_an_address() {
    let (broker, folder, authority) = (Broker::new(), Folder::new(), Authority::new("CA"));
    let trusted = folder.file("ca.pem", authority.pem());
    let proxy = ProxyServer::microsocks(&[]);
    let (url, proxy_url) = (
        format!("wss://localhost:{}", broker.port()),
        format!("socks5h://127.0.0.1:{}", proxy.port),
    );
    let words = ["-L", &url, "--cafile", &trusted, "--proxy", &proxy_url, "-A", "127.0.0.1"];
    let running = start(publish(&words));
    let (stream, _) = accept(&broker, &Answer::with(&authority.issue(|_| {})));
    let mut peer = Peer::over(Server::open(stream.expect("a handshake")));
    peer.hello();
    peer.refuse(Reason::ServerBusy);
    let way = format!("{url}/mqtt through the proxy {proxy_url}");
    running.finish().exits(4).says(&format!("{way} refused the connection"));
}
