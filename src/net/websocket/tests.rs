use std::error::Error as _;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::handshake::accept;
use super::*;
use crate::net::{Address, DialError, DialOptions, Route, Stream, dial};

async fn tcp_pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (near, far) = tokio::join!(TcpStream::connect(address), listener.accept());
    (near.unwrap(), far.unwrap().0)
}

/// A client's end, and what the server's end is made of.
async fn client() -> (WebSocketStream, TcpStream) {
    let (near, far) = tcp_pair().await;
    (WebSocketStream::new(near.into(), Role::Client, Vec::new()), far)
}

async fn both_ends() -> (WebSocketStream, WebSocketStream) {
    let (near, far) = client().await;
    (near, WebSocketStream::new(far.into(), Role::Server, Vec::new()))
}

/// Reads one frame as a server gets it: its first byte and what was masked.
async fn frame(far: &mut TcpStream) -> (u8, Vec<u8>) {
    let first = far.read_u8().await.unwrap();
    let length = match far.read_u8().await.unwrap() & 0x7F {
        126 => far.read_u16().await.unwrap().into(),
        127 => far.read_u64().await.unwrap().try_into().unwrap(),
        length => usize::from(length),
    };
    let mut key = [0; 4];
    far.read_exact(&mut key).await.unwrap();
    let mut bytes = vec![0; length];
    far.read_exact(&mut bytes).await.unwrap();
    bytes.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
    (first, bytes)
}

#[test]
fn the_answer_to_a_key_is_that_of_the_rfc() {
    assert_eq!(accept("dGhlIHNhbXBsZSBub25jZQ=="), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn secrets_of_a_request_are_not_shown() {
    let header = ("Authorization".to_owned(), "hunter2".to_owned());
    let asked = WebSocket { path: "/mqtt?token=hunter2".to_owned(), headers: vec![header] };
    assert_eq!(format!("{asked:?}"), r#"WebSocket { path: "/mqtt", headers: ["Authorization"] }"#);
    let options = DialOptions { websocket: Some(asked), ..DialOptions::default() };
    let address = Address::Tcp { host: "::1".to_owned(), port: 80 };
    assert_eq!(Route::new(&address, &options).to_string(), "ws://[::1]:80/mqtt");
}

#[tokio::test]
async fn one_write_is_one_masked_frame() {
    let (mut near, mut far) = client().await;
    for size in [1, 125, 126, 65_535, 65_536, LONGEST_FRAME] {
        let bytes = vec![7; size];
        let (written, got) = tokio::join!(near.write(&bytes), frame(&mut far));
        assert_eq!(written.unwrap(), size);
        assert_eq!(got, (0x82, bytes));
    }
    let parts = [std::io::IoSlice::new(b"one "), std::io::IoSlice::new(b"frame")];
    assert_eq!(near.write_vectored(&parts).await.unwrap(), 9);
    assert_eq!(frame(&mut far).await, (0x82, b"one frame".to_vec()));
    let large = vec![1; LONGEST_FRAME + 1];
    let (written, _) = tokio::join!(near.write(&large), frame(&mut far));
    assert_eq!(written.unwrap(), LONGEST_FRAME);
}

#[tokio::test]
async fn bytes_of_any_size_pass_both_ways_to_the_end() {
    let (near, far) = both_ends().await;
    let data: Vec<u8> = (0..3_000_000_u32).map(|n| (n % 251) as u8).collect();
    let echo = async {
        let (mut read, mut write) = Stream::WebSocket(Box::new(far)).split();
        tokio::io::copy(&mut read, &mut write).await.unwrap();
        write.shutdown().await.unwrap();
    };
    let ask = async {
        let (mut read, mut write) = Stream::WebSocket(Box::new(near)).split();
        let send = async {
            for part in data.chunks(77_777) {
                write.write_all(part).await.unwrap();
                write.flush().await.unwrap();
            }
            write.shutdown().await.unwrap();
        };
        let mut back = Vec::new();
        let ((), got) = tokio::join!(send, read.read_to_end(&mut back));
        got.unwrap();
        assert!(back == data);
    };
    tokio::join!(echo, ask);
}

#[tokio::test]
async fn what_did_not_fit_leaves_with_the_flush() {
    let (mut near, mut far) = client().await;
    let part = vec![9; LONGEST_FRAME];
    let mut frames = 0;
    // until the system takes no more
    while tokio::time::timeout(Duration::from_millis(100), near.flush()).await.is_ok() {
        assert_eq!(near.write(&part).await.unwrap(), part.len());
        frames += 1;
    }
    let more = tokio::time::timeout(Duration::from_millis(10), near.write(&part)).await;
    assert!(more.is_err(), "one frame that has not left is enough");
    let reading = async {
        for _ in 0..frames {
            assert_eq!(frame(&mut far).await.1, part);
        }
    };
    let (flushed, ()) = tokio::join!(near.flush(), reading);
    flushed.unwrap();
}

#[tokio::test]
async fn pings_are_answered_by_who_reads_and_by_who_writes() {
    let (mut near, mut far) = client().await;
    far.write_all(b"\x89\x03one\x82\x01a").await.unwrap();
    assert_eq!(near.read_u8().await.unwrap(), b'a');
    assert_eq!(frame(&mut far).await, (0x8A, b"one".to_vec()));
    // between the frames of a message, and with nothing behind it
    far.write_all(b"\x02\x01b\x89\x03two").await.unwrap();
    assert_eq!(near.read_u8().await.unwrap(), b'b');
    let reading = async { near.read_u8().await.unwrap() };
    let answering = async {
        let pong = frame(&mut far).await;
        far.write_all(b"\x80\x01c").await.unwrap();
        pong
    };
    let (last, pong) = tokio::join!(reading, answering);
    assert_eq!((last, pong), (b'c', (0x8A, b"two".to_vec())));
    far.write_all(b"\x8A\x05never").await.unwrap();
    near.write_all(b"x").await.unwrap();
    assert_eq!(frame(&mut far).await, (0x82, b"x".to_vec()), "a pong is no news");
}

#[tokio::test]
async fn a_flood_of_pings_costs_no_memory() {
    let (mut near, mut far) = client().await;
    let flood = b"\x89\x7d".iter().chain(&[1; 125]).copied().collect::<Vec<_>>().repeat(100_000);
    let flooding = async {
        far.write_all(&flood).await.unwrap();
        far.write_all(b"\x82\x01a").await.unwrap();
    };
    let mut buffer = vec![0; 64 * 1024];
    let (size, ()) = tokio::join!(near.read(&mut buffer), flooding);
    assert_eq!(&buffer[..size.unwrap()], b"a");
    assert!(near.out.len() < 1000, "few answers wait");
}

#[tokio::test]
async fn a_close_is_answered_and_ends_the_stream() {
    let (mut near, mut far) = client().await;
    far.write_all(b"\x82\x01a\x88\x02\x03\xe8").await.unwrap();
    let mut all = Vec::new();
    near.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, b"a");
    assert_eq!(frame(&mut far).await, (0x88, vec![3, 0xE8]));
    assert!(near.write(b"late").await.is_err());
    assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0, "it stays at its end");
}

#[tokio::test]
async fn a_close_with_a_reason_tells_it_once() {
    let (mut near, mut far) = client().await;
    far.write_all(b"\x82\x01a\x88\x06\x03\xf0\x1b[2J").await.unwrap();
    assert_eq!(near.read_u8().await.unwrap(), b'a');
    let error = near.read_u8().await.unwrap_err();
    let words = "\u{1b}[2J".to_owned();
    let closed = error.downcast::<ClosedByPeer>().unwrap();
    assert_eq!(closed, ClosedByPeer { code: 1008, words });
    assert!(closed.to_string().starts_with("the other end closed the WebSocket: 1008 (policy vio"));
    assert_eq!(near.read(&mut [0; 1]).await.unwrap(), 0);
    assert_eq!(frame(&mut far).await, (0x88, vec![3, 0xF0]));
}

#[tokio::test]
async fn a_code_that_no_frame_may_have_is_not_sent_back() {
    for code in [0, 999, 1004, 1005, 1006, 1015, 2000, 5000_u16] {
        let (mut near, mut far) = client().await;
        let [high, low] = code.to_be_bytes();
        far.write_all(&[0x88, 2, high, low]).await.unwrap();
        let error = near.read_u8().await.unwrap_err();
        assert_eq!(error.downcast::<ClosedByPeer>().unwrap().code, code);
        assert_eq!(frame(&mut far).await, (0x88, 1002_u16.to_be_bytes().to_vec()), "{code}");
    }
}

#[tokio::test]
async fn a_broken_rule_is_told_to_both() {
    for (bytes, code, violation) in [
        (&b"\x81\x02hi"[..], 1003_u16, Violation::Text),
        (b"\xC2\x00", 1002, Violation::Reserved),
        (b"\x82\x80\x00\x00\x00\x00", 1002, Violation::Mask),
    ] {
        let (mut near, mut far) = client().await;
        far.write_all(bytes).await.unwrap();
        let error = near.read_u8().await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
        assert_eq!(error.downcast::<Violation>().unwrap(), violation);
        assert_eq!(frame(&mut far).await, (0x88, code.to_be_bytes().to_vec()));
    }
}

#[tokio::test]
async fn a_shutdown_says_goodbye_and_still_reads() {
    let (mut near, mut far) = client().await;
    near.write_all(b"last").await.unwrap();
    near.shutdown().await.unwrap();
    assert_eq!(frame(&mut far).await, (0x82, b"last".to_vec()));
    assert_eq!(frame(&mut far).await, (0x88, vec![3, 0xE8]));
    assert_eq!(far.read(&mut [0; 1]).await.unwrap(), 0);
    far.write_all(b"\x82\x01z\x88\x00").await.unwrap();
    let mut all = Vec::new();
    near.read_to_end(&mut all).await.unwrap();
    assert_eq!(all, b"z");
}

/// Dials a server that reads a request and answers it as told; gives what came of it and what
/// was asked.
async fn opened(
    headers: &[(&str, &str)],
    answer: impl FnOnce(&str) -> Vec<u8>,
) -> (Result<Stream, DialError>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let headers = headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
    let websocket = Some(WebSocket { path: "/mqtt?x=1".to_owned(), headers });
    let options = DialOptions { websocket, ..DialOptions::default() };
    let address = Address::Tcp { host: "127.0.0.1".to_owned(), port };
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            request.push(stream.read_u8().await.unwrap());
        }
        let request = String::from_utf8(request).unwrap();
        let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
        stream.write_all(&answer(key.unwrap())).await.unwrap();
        request
    };
    tokio::join!(dial(&address, &options), serving)
}

fn agreement(key: &str) -> String {
    let accept = accept(key);
    format!(
        "HTTP/1.1 101 Sure\r\nupgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
    )
}

#[tokio::test]
async fn the_request_says_all_and_early_bytes_are_the_streams() {
    let headers = [("Authorization", "Bearer x"), ("Cookie", "a=b")];
    let (outcome, request) =
        opened(&headers, |key| [agreement(key).as_bytes(), b"\x82\x05early"].concat()).await;
    let mut early = [0; 5];
    outcome.unwrap().read_exact(&mut early).await.unwrap();
    assert_eq!(&early, b"early");
    let (first, rest) = request.split_once("\r\n").unwrap();
    assert_eq!(first, "GET /mqtt?x=1 HTTP/1.1");
    assert!(rest.starts_with("Host: 127.0.0.1:"), "{rest}");
    for line in [
        "Upgrade: websocket\r\n",
        "Connection: Upgrade\r\n",
        "Sec-WebSocket-Version: 13\r\n",
        "Sec-WebSocket-Protocol: mqtt\r\n",
        "Authorization: Bearer x\r\nCookie: a=b\r\n\r\n",
    ] {
        assert!(rest.contains(line), "{rest}");
    }
    let (_, request) = opened(&[("host", "virtual")], |key| agreement(key).into()).await;
    assert!(!request.contains("Host: ") && request.contains("host: virtual\r\n"), "{request}");
}

#[tokio::test]
async fn an_answer_that_is_no_agreement_is_told() {
    type Change = fn(String) -> String;
    let changes: [(Change, &str); 12] = [
        (|_| "HTTP/1.1 404 Not Found\r\n\r\n".into(), "404 Not Found"),
        (|_| "HTTP/1.1 302 Found\r\nLocation: http://x/\r\n\r\n".into(), "302 Found, to http://x/"),
        (|_| "HTTP/1.1 200 OK\r\n\r\n".into(), "200 OK"),
        (|_| "\x20\x02\0\0".into(), "something that is not HTTP"),
        (|_| "HTTP/1.1 101 ".into(), "nothing: it closed the connection"),
        (
            |_| format!("HTTP/1.1 101 x\r\nX: {}", "x".repeat(9000)),
            "an HTTP header of more than 8 KiB",
        ),
        (
            |text| text.replace("WebSocket\r\n", "h2c\r\n"),
            "101, but the header Upgrade is missing or wrong",
        ),
        (
            |text| text.replace("keep-alive, Upgrade", "close"),
            "101, but the header Connection is missing or wrong",
        ),
        (
            |text| text.replace("Accept: ", "Accept: x"),
            "101, but the header Sec-WebSocket-Accept is missing or wrong",
        ),
        (
            |text| {
                text.replace("upgrade:", "Sec-WebSocket-Extensions: permessage-deflate\r\nupgrade:")
            },
            "101, but the header Sec-WebSocket-Extensions is missing or wrong",
        ),
        (
            |text| text.replace("Sec-WebSocket-Protocol: mqtt\r\n", ""),
            "101, but did not confirm the subprotocol mqtt: is this the path of MQTT?",
        ),
        (
            |text| text.replace(": mqtt\r\n", ": chat\r\n"),
            "101 with the subprotocol chat instead of mqtt",
        ),
    ];
    for (change, wanted) in changes {
        let (outcome, _) = opened(&[], |key| change(agreement(key)).into()).await;
        let error = outcome.unwrap_err();
        assert!(error.source().is_none());
        let text = error.to_string();
        let (before, after) = text.split_once(" answered the WebSocket request with ").unwrap();
        assert!(before.starts_with("ws://127.0.0.1:") && before.ends_with("/mqtt"), "{text}");
        assert_eq!(after, wanted);
    }
}
