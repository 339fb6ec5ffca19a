//! WebSocket of a broker: what browsers and libraries send, and what nobody should.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::{CONNACK, CONNECT, PINGREQ, PINGRESP, any, lines, rest, secured, serve, serve_in};
use crate::support::certificates::Folder;
use crate::support::mq::{run, start};
use crate::support::websocket::{BINARY, CLOSE, PONG};

/// First bytes of frames that only a client sends here.
const TEXT: u8 = 0x81;
const PING: u8 = 0x89;
/// A binary frame that is not its message's last, and one that goes on and is.
const FIRST: u8 = 0x02;
const LAST: u8 = 0x80;

/// What asks for a WebSocket, with these lines changed or added.
fn request(path: &str, lines: &[(&str, &str)]) -> String {
    let mut all = vec![
        ("Host", "localhost"),
        ("Upgrade", "websocket"),
        ("Connection", "keep-alive, Upgrade"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Protocol", "mqtt"),
    ];
    for (name, value) in lines {
        all.retain(|(known, _)| known != name);
        if !value.is_empty() {
            all.push((name, value));
        }
    }
    let lines: Vec<_> = all.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("GET {path} HTTP/1.1\r\n{}\r\n", lines.concat())
}

/// Asks, and gives the head of the answer.
#[track_caller]
fn ask(stream: &mut (impl Read + Write), request: &str) -> String {
    stream.write_all(request.as_bytes()).unwrap();
    stream.flush().unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap_or_else(|error| {
            panic!("{error} after {:?}", String::from_utf8_lossy(&head));
        });
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

/// A WebSocket that stands.
fn open(stream: TcpStream) -> TcpStream {
    let mut stream = stream;
    let head = ask(&mut stream, &request("/mqtt", &[]));
    assert!(head.starts_with("HTTP/1.1 101 "), "{head}");
    stream
}

/// A frame as a client sends it.
fn frame(first: u8, bytes: &[u8]) -> Vec<u8> {
    let key = [0x37, 0xFA, 0x21, 0x3D];
    let mut frame = crate::support::websocket::frame(first, bytes);
    let begin = frame.len() - bytes.len();
    frame[1] |= 0x80;
    frame.iter_mut().skip(begin).zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    frame.splice(begin..begin, key);
    frame
}

/// The next frame of the broker.
#[track_caller]
fn next(stream: &mut impl Read) -> (u8, Vec<u8>) {
    let mut head = [0; 2];
    stream.read_exact(&mut head).unwrap();
    let length = match head[1] {
        126 => {
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            u16::from_be_bytes(length).into()
        }
        short @ 0..126 => usize::from(short),
        _ => panic!("a server masks nothing, and says nothing long here"),
    };
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes).unwrap();
    (head[0], bytes)
}

/// CONNECT in a frame, and its acknowledgement in one.
#[track_caller]
fn connected(stream: TcpStream) -> TcpStream {
    let mut stream = open(stream);
    stream.write_all(&frame(BINARY, CONNECT)).unwrap();
    assert_eq!(next(&mut stream), (BINARY, CONNACK.to_vec()));
    stream
}

fn plain() -> super::Site {
    serve_in(Folder::new(), &["--ws", "0"])
}

#[test]
fn messages_pass_between_sockets_of_every_kind() {
    let site = serve(&["--ws", "0", "--wss", "0"]);
    let lines = lines(2000);
    let file = site.folder.file("lines", &lines);
    let ca_file = site.made("ca.crt");
    assert!(site.url("ws").ends_with("/mqtt") && site.url("wss").ends_with("/mqtt"));
    for (from, to) in [("ws", "mqtt"), ("mqtt", "wss"), ("wss", "ws"), ("mqtts", "wss")] {
        for qos in ["0", "2"] {
            let secure = |scheme: &str| {
                if matches!(scheme, "wss" | "mqtts") {
                    format!("--cafile {ca_file}")
                } else {
                    String::new()
                }
            };
            let script = format!(
                "exec {mq} sub -L {to} {} -t a -q {qos} -C 2000 -- \
                 sh -c 'exec {mq} pub -L {from} {} -t a -q {qos} -l < {file}'",
                secure(to),
                secure(from),
                mq = env!("CARGO_BIN_EXE_mq"),
                to = site.url(to),
                from = site.url(from),
            );
            let mut command = std::process::Command::new("sh");
            command.args(["-c", &script]).stdout(std::process::Stdio::piped());
            crate::support::mq::spawn(&mut command).finish().exits(0).prints(&lines);
        }
    }
}

#[test]
fn the_answer_to_the_example_of_the_rfc_is_the_one_of_the_rfc() {
    let site = plain();
    let head = ask(&mut site.dial("ws"), &request("/any/path?token=x", &[]));
    assert!(head.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
    assert!(head.contains("\r\nSec-WebSocket-Protocol: mqtt\r\n"), "{head}");
    for (offered, chosen) in
        [("mqttv3.1", "mqttv3.1"), ("chat, mqttv3.1, mqtt", "mqttv3.1"), ("x,mqtt", "mqtt")]
    {
        let head = ask(&mut site.dial("ws"), &request("/", &[("Sec-WebSocket-Protocol", offered)]));
        assert!(head.contains(&format!("Protocol: {chosen}\r\n")), "{head}");
    }
}

#[test]
fn requests_that_ask_for_something_else_are_refused_with_a_status() {
    let site = plain();
    for (lines, status) in [
        (&[("Sec-WebSocket-Protocol", "")][..], "400"),
        (&[("Sec-WebSocket-Protocol", "mqttx, MQTT")], "400"),
        (&[("Sec-WebSocket-Version", "8")], "400"),
        (&[("Sec-WebSocket-Version", "")], "400"),
        (&[("Sec-WebSocket-Key", "short")], "400"),
        (&[("Sec-WebSocket-Key", "")], "400"),
        (&[("Connection", "close")], "400"),
        (&[("Upgrade", "")], "426"),
    ] {
        let mut stream = site.dial("ws");
        let head = ask(&mut stream, &request("/", lines));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{lines:?}: {head}");
        assert!(head.contains("\r\nSec-WebSocket-Version: 13\r\n"), "{head}");
        assert!(!rest(&mut stream).is_empty(), "words for a person");
    }
    let mut stream = site.dial("ws");
    stream.write_all(request("/", &[]).replace("GET ", "POST ").as_bytes()).unwrap();
    assert!(rest(&mut stream).starts_with(b"HTTP/1.1 426 "));
    site.broker.wait_until_it_says("a request of HTTP that asks for no WebSocket");
    site.broker.wait_until_it_says("without the subprotocol mqtt");
}

#[test]
fn a_head_that_goes_on_and_on_is_refused_at_8_kib() {
    let site = plain();
    let long = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(20_000));
    let mut stream = site.dial("ws");
    // The broker may have closed before all of it was sent.
    let _ = stream.write_all(long.as_bytes());
    assert!(rest(&mut stream).starts_with(b"HTTP/1.1 431 "));
    let many = request("/", &[]).replace("Host", &"A: b\r\n".repeat(100));
    let mut stream = site.dial("ws");
    let _ = stream.write_all(many.as_bytes());
    assert!(rest(&mut stream).starts_with(b"HTTP/1.1 4"));
}

#[test]
fn a_head_may_come_byte_by_byte_and_with_frames_behind_it() {
    let site = plain();
    let mut stream = site.dial("ws");
    stream.set_nodelay(true).unwrap();
    let request = request("/mqtt", &[]);
    for byte in request.as_bytes() {
        stream.write_all(&[*byte]).unwrap();
    }
    assert!(ask(&mut stream, "").starts_with("HTTP/1.1 101 "));
    let mut stream = site.dial("ws");
    let early = [request.as_bytes(), &frame(BINARY, CONNECT), &frame(BINARY, PINGREQ)].concat();
    stream.write_all(&early).unwrap();
    assert!(ask(&mut stream, "").starts_with("HTTP/1.1 101 "));
    let both = [CONNACK, PINGRESP].concat();
    let (mut got, mut frames) = (Vec::new(), 0);
    while got.len() < both.len() {
        got.extend(next(&mut stream).1);
        frames += 1;
    }
    assert_eq!((got, frames), (both, 1), "one turn is one frame");
}

#[test]
fn packets_need_not_be_frames_and_frames_no_packets() {
    let site = plain();
    let mut stream = open(site.dial("ws"));
    stream.set_nodelay(true).unwrap();
    // one packet in frames of one byte, one message in fragments with a ping between them
    let (last, bytes) = CONNECT.split_last().unwrap();
    for byte in bytes {
        stream.write_all(&frame(BINARY, &[*byte])).unwrap();
    }
    stream.write_all(&frame(FIRST, &[*last])).unwrap();
    stream.write_all(&frame(PING, b"in between")).unwrap();
    stream.write_all(&frame(LAST, &PINGREQ.repeat(3))).unwrap();
    let (mut answers, mut pongs) = (Vec::new(), 0);
    while answers.len() < CONNACK.len() + 3 * PINGRESP.len() {
        match next(&mut stream) {
            (BINARY, bytes) => answers.extend(bytes),
            (PONG, bytes) => {
                assert_eq!(bytes, b"in between");
                pongs += 1;
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(answers, [CONNACK, &PINGRESP.repeat(3)].concat());
    assert_eq!(pongs, 1);
}

#[test]
fn a_message_of_many_frames_and_one_of_a_giant_frame_pass_whole() {
    let site = plain();
    let content = vec![b'x'; 1_500_000];
    let mut body = b"\x00\x01a".to_vec();
    body.extend_from_slice(&content);
    // 1,500,003 bytes as a length of MQTT
    let packet = [&[0x30, 0xE3, 0xC6, 0x5B][..], &body].concat();
    for step in [packet.len(), 1000] {
        let words = ["sub", "-L", site.url("mqtt"), "-t", "a", "-C", "1", "-N", "-d"];
        let subscriber = start(words);
        subscriber.wait_until_it_says("SUBACK");
        let mut stream = connected(site.dial("ws"));
        for part in packet.chunks(step) {
            stream.write_all(&frame(BINARY, part)).unwrap();
        }
        let finished = subscriber.finish().exits(0);
        assert!(finished.stdout == content, "{} by {step}", finished.stdout.len());
    }
}

#[test]
fn frames_that_break_the_rules_are_answered_by_a_code_and_the_end() {
    let site = plain();
    let unmasked = crate::support::websocket::frame(BINARY, PINGREQ);
    let cases: [(Vec<u8>, u16); 8] = [
        (frame(TEXT, b"hello"), 1003),
        (unmasked, 1002),
        (frame(0xC2, PINGREQ), 1002),
        (frame(0x83, PINGREQ), 1002),
        (frame(LAST, PINGREQ), 1002),
        (frame(0x09, b"cut"), 1002),
        (frame(PING, &[b'x'; 126]), 1002),
        (frame(CLOSE, b"x"), 1002),
    ];
    for (bytes, code) in cases {
        let mut stream = connected(site.dial("ws"));
        stream.write_all(&bytes).unwrap();
        assert_eq!(next(&mut stream), (CLOSE, code.to_be_bytes().to_vec()), "{bytes:02X?}");
        assert_eq!(rest(&mut stream), b"");
    }
    // A client that closes in order is answered in kind.
    let mut stream = connected(site.dial("ws"));
    stream.write_all(&frame(CLOSE, &1000_u16.to_be_bytes())).unwrap();
    assert_eq!(next(&mut stream), (CLOSE, vec![0x03, 0xE8]));
}

#[test]
fn what_a_frame_announces_is_neither_waited_for_nor_kept() {
    let site = plain();
    let before = site.broker.settled_kib();
    // 2^62 bytes announced, CONNECT and a ping come.
    let mut stream = open(site.dial("ws"));
    let head = [0x82, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    stream.write_all(&[&head[..], CONNECT].concat()).unwrap();
    assert_eq!(next(&mut stream), (BINARY, CONNACK.to_vec()));
    stream.write_all(PINGREQ).unwrap();
    assert_eq!(next(&mut stream), (BINARY, PINGRESP.to_vec()));
    let grown = site.broker.settled_kib().saturating_sub(before);
    assert!(grown < 2048, "{grown} KiB");
}

#[test]
fn before_connect_nobody_sends_more_through_a_socket_than_without() {
    let site = plain();
    let mut stream = open(site.dial("ws"));
    // CONNECT of 1 MiB, which is more than is taken.
    let head = [&[0x10, 0x80, 0x80, 0x40][..], &CONNECT[2..]].concat();
    stream.write_all(&frame(BINARY, &head)).unwrap();
    let _ = stream.write_all(&frame(BINARY, &vec![0; 1 << 20]));
    rest(&mut stream);
    site.broker.wait_until_it_says("127.0.0.1:");
}

#[test]
fn a_flood_of_pings_neither_fills_the_memory_nor_keeps_others_waiting() {
    let site = plain();
    let mut flood = connected(site.dial("ws"));
    let before = site.broker.settled_kib();
    let mut answers = flood.try_clone().unwrap();
    let pings = frame(PING, &[b'x'; 125]).repeat(500);
    let stop = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
    let stopped = std::sync::Arc::clone(&stop);
    let flooding = std::thread::spawn(move || {
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            if flood.write_all(&pings).is_err() {
                break;
            }
        }
    });
    // One that answers are read from, and then one that they are not.
    let mut got = vec![0; 200_000];
    answers.read_exact(&mut got).unwrap();
    for _ in 0..20 {
        run(["pub", "-L", site.url("mqtt"), "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    }
    let grown = site.broker.resident_kib().saturating_sub(before);
    assert!(grown < 4096, "{grown} KiB");
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    answers.shutdown(std::net::Shutdown::Both).unwrap();
    flooding.join().unwrap();
}

#[test]
fn pages_of_other_origins_are_refused_and_so_is_who_names_none() {
    let origin = "https://example.org";
    let words = ["--ws", "0", "--ws-origin", origin, "--ws-origin", "http://localhost:3000"];
    let site = serve_in(Folder::new(), &words);
    for (named, status) in [
        (origin, "101"),
        ("http://localhost:3000", "101"),
        ("https://EXAMPLE.org", "101"),
        ("https://example.org.evil.test", "403"),
        ("https://example.org/", "403"),
        ("http://example.org", "403"),
        ("null", "403"),
        ("", "403"),
    ] {
        let head = ask(&mut site.dial("ws"), &request("/", &[("Origin", named)]));
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{named}: {head}");
    }
    let twice = request("/", &[("Origin", origin)]);
    let twice = twice.replace("Host: ", "Origin: https://evil.test\r\nHost: ");
    assert!(ask(&mut site.dial("ws"), &twice).starts_with("HTTP/1.1 403 "));
    site.broker.wait_until_it_says("by a page that is not among the origins allowed");
    run(["pub", "-L", site.url("ws"), "-t", "a", "-m", "x"]).exits(3);
    let words = ["pub", "-L", site.url("ws"), "--header", "Origin: https://example.org"];
    run(words.iter().chain(&["-t", "a", "-m", "x"])).exits(0);
}

#[test]
fn what_is_no_http_at_a_port_of_sockets_is_told_apart() {
    let site = serve(&["--ws", "0", "--wss", "0"]);
    let mut plain = site.dial("ws");
    plain.write_all(CONNECT).unwrap();
    rest(&mut plain);
    site.broker.wait_until_it_says("it speaks plain MQTT to a port of WebSockets");
    let secure = site.url("ws").replace("ws://", "wss://");
    site.secure_to(&secure, &["pub", "-t", "a", "-m", "x"]).exits(3);
    site.broker.wait_until_it_says("it speaks TLS to a port of WebSockets");
    let wrong = site.url("wss").replace("wss://", "ws://");
    run(["pub", "-L", &wrong, "-t", "a", "-m", "x"]).exits(3);
    site.broker.wait_until_it_says("it speaks HTTP to a port of TLS");
    let mut inside = secured(&any(&site, None), site.dial("wss"));
    inside.write_all(CONNECT).unwrap();
    rest(&mut inside);
    let both = [site.url("ws"), site.url("wss")];
    assert!(both.iter().all(|url| url.ends_with("/mqtt")));
}

#[test]
fn the_broker_says_goodbye_to_a_socket_before_it_closes() {
    let site = plain();
    let mut stream = connected(site.dial("ws"));
    site.end();
    assert_eq!(next(&mut stream), (CLOSE, vec![0x03, 0xE8]));
    assert_eq!(rest(&mut stream), b"");
}
