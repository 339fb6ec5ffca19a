use std::cell::Cell;

use tokio::net::TcpStream;

use super::*;
use crate::net::ListenAddress;

/// Serves a page of `text` while `visitor` visits it.
async fn while_served<Done>(text: &str, visitor: impl AsyncFnOnce(u16) -> Done) -> Done {
    let listener = Listener::bind(&"0".parse::<ListenAddress>().unwrap()).await.unwrap();
    let port = listener.port().unwrap();
    tokio::select! {
        () = serve_page(&listener, Page::METRICS, async || text.to_owned()) => panic!("it ended"),
        done = visitor(port) => done,
    }
}

async fn connect(port: u16) -> TcpStream {
    TcpStream::connect(("127.0.0.1", port)).await.unwrap()
}

/// All that is answered to these bytes.
async fn ask(port: u16, question: &[u8]) -> String {
    let mut stream = connect(port).await;
    stream.write_all(question).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_page_is_answered_and_the_connection_closed() {
    while_served("up 1\n", async |port| {
        for path in ["/metrics", "/metrics?x=y"] {
            let question = format!("GET {path} HTTP/1.1\r\nHost: x\r\nAccept: */*\r\n\r\n");
            let answer = ask(port, question.as_bytes()).await;
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
            assert!(head.contains("\r\nContent-Type: text/plain; version=0.0.4"), "{head}");
            assert!(head.contains("\r\nContent-Length: 5\r\n"), "{head}");
            assert!(head.contains("\r\nConnection: close"), "{head}");
            assert_eq!(body, "up 1\n");
        }
        let head = ask(port, b"HEAD /metrics HTTP/1.0\r\n\r\n").await;
        assert!(head.contains("Content-Length: 5\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    })
    .await;
}

#[tokio::test]
async fn whatever_else_is_asked_gets_its_status() {
    while_served("up 1\n", async |port| {
        let long = [b"GET /metrics HTTP/1.1\r\nX: ".to_vec(), vec![b'x'; MAX_HEAD]].concat();
        let many = [b"GET /metrics HTTP/1.1\r\n".to_vec(), b"X: y\r\n".repeat(65)].concat();
        let body = [b"POST /metrics HTTP/1.1\r\n\r\n".to_vec(), vec![b'x'; 20_000]].concat();
        for (question, status) in [
            (&b"GET / HTTP/1.1\r\n\r\n"[..], "404"),
            (b"GET /metricsx HTTP/1.1\r\n\r\n", "404"),
            (&body, "405"),
            (b"\x10\x0c\0\x04MQTT\x04\x02\0\0\0\0\r\n\r\n", "400"),
            (&long, "431"),
            (&many, "431"),
        ] {
            let answer = ask(port, question).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{status}: {answer}");
            assert!(!answer.contains("up 1"), "{answer}");
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn who_says_nothing_keeps_no_place_for_long() {
    while_served("up 1\n", async |port| {
        let mut silent = Vec::new();
        for _ in 0..VISITORS {
            let mut stream = connect(port).await;
            stream.write_all(b"GET /metr").await.unwrap();
            silent.push(stream);
        }
        let before = tokio::time::Instant::now();
        let answer = ask(port, b"GET /metrics HTTP/1.1\r\n\r\n").await;
        assert!(answer.ends_with("up 1\n"), "{answer}");
        assert!(before.elapsed() <= PATIENCE * 2, "{:?}", before.elapsed());
        for mut stream in silent {
            assert_eq!(stream.read(&mut [0; 8]).await.unwrap_or(0), 0, "it was closed");
        }
    })
    .await;
}

#[tokio::test]
async fn a_page_is_made_for_each_visitor() {
    let made = Cell::new(0);
    let listener = Listener::bind(&ListenAddress::Loopback { port: 0 }).await.unwrap();
    let port = listener.port().unwrap();
    let make = async || {
        made.set(made.get() + 1);
        format!("made {}\n", made.get())
    };
    let visitor = async {
        for turn in 1..=3 {
            let answer = ask(port, b"GET /metrics HTTP/1.1\r\n\r\n").await;
            assert!(answer.ends_with(&format!("made {turn}\n")), "{answer}");
        }
        // One that leaves without its answer harms nobody.
        drop(connect(port).await);
        ask(port, b"GET / HTTP/1.1\r\n\r\n").await
    };
    tokio::select! {
        () = serve_page(&listener, Page::METRICS, make) => panic!("it ended"),
        answer = visitor => assert!(answer.starts_with("HTTP/1.1 404 ")),
    }
    assert_eq!(made.get(), 3);
}
