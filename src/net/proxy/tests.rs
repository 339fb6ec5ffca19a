use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::*;
use crate::net::{Address, DialOptions, Stream, dial};

/// Dials `host` through a proxy that reads each of the requests and answers as told, then passes
/// on what is written. Gives what came of it, and what the proxy was sent.
async fn through(
    url: &str,
    host: &str,
    steps: &[(usize, &[u8])],
) -> (Result<Stream, DialError>, Vec<u8>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = Proxy::parse(&url.replace("PROXY", &format!("127.0.0.1:{port}"))).unwrap();
    let options = DialOptions { proxy: Some(proxy), ..DialOptions::default() };
    let address = Address::Tcp { host: host.to_owned(), port: 1883 };
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let mut asked = Vec::new();
        for (size, answer) in steps {
            let mut request = vec![0; *size];
            stream.read_exact(&mut request).await.unwrap();
            asked.extend(request);
            stream.write_all(answer).await.unwrap();
            // the other end is to see each answer by itself
            tokio::task::yield_now().await;
        }
        asked
    };
    tokio::join!(dial(&address, &options), serving)
}

async fn refusal(url: &str, host: &str, steps: &[(usize, &[u8])]) -> String {
    let text = through(url, host, steps).await.0.unwrap_err().to_string();
    let (before, after) = text.split_once("://127.0.0.1:").unwrap();
    assert!(before.starts_with("the proxy "), "{text}");
    after.split_once(' ').unwrap().1.to_owned()
}

const GRANTED: &[u8] = &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

#[test]
fn a_url_names_kind_place_and_login() {
    let proxy = |text: &str| Proxy::parse(text).unwrap();
    let whole = proxy("SOCKS5h://us%40er:p%3Aw@h.example:99/");
    assert_eq!(whole.to_string(), "socks5h://h.example:99");
    let login = whole.login.unwrap();
    assert_eq!((login.username.as_str(), login.password.expose()), ("us@er", &b"p:w"[..]));
    assert_eq!(proxy("socks5://[::1]").to_string(), "socks5://[::1]:1080");
    assert_eq!(proxy("http://h").to_string(), "http://h:1080");
    let long = format!("socks5h://{}@h", "u".repeat(256));
    for bad in ["h", "socks4://h", "https://h", "http://", "http://h/x", "http://a%3Ab@h", &long] {
        assert!(Proxy::parse(bad).is_err(), "{bad}");
    }
    assert!(!format!("{:?}", proxy("http://u:hunter2@h")).contains("hunter2"));
}

#[tokio::test]
async fn socks_passes_names_on_and_looks_them_up_on_demand() {
    let (outcome, asked) =
        through("socks5h://PROXY", "b.example", &[(3, &[5, 0]), (16, GRANTED)]).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(asked, b"\x05\x01\x00\x05\x01\x00\x03\x09b.example\x07\x5b");
    let (outcome, asked) =
        through("socks5://PROXY", "localhost", &[(3, &[5, 0]), (10, GRANTED)]).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(asked[3..], *b"\x05\x01\x00\x01\x7f\x00\x00\x01\x07\x5b");
    let v6 = [5, 0, 0, 4].into_iter().chain([0; 18]).collect::<Vec<_>>();
    let (outcome, asked) = through("socks5h://PROXY", "::1", &[(3, &[5, 0]), (22, &v6)]).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(asked[6], IPV6_KIND);
}

const IPV6_KIND: u8 = 4;

#[tokio::test]
async fn socks_logs_in_when_it_is_asked_to() {
    let steps: &[(usize, &[u8])] = &[(4, &[5, 2]), (9, &[1, 0]), (8, GRANTED)];
    let (outcome, asked) = through("socks5h://user:pw@PROXY", "h", steps).await;
    assert!(outcome.is_ok(), "{outcome:?}");
    assert_eq!(asked[..13], *b"\x05\x02\x00\x02\x01\x04user\x02pw");
    let url = "socks5h://user:pw@PROXY";
    assert_eq!(
        refusal(url, "h", &[(4, &[5, 2]), (9, &[1, 1])]).await,
        "did not accept the user name and password"
    );
    let (outcome, _) = through(url, "h", &[(4, &[5, 0]), (8, GRANTED)]).await;
    assert!(outcome.is_ok(), "a proxy may want no login: {outcome:?}");
}

#[tokio::test]
async fn every_refusal_of_socks_has_its_words() {
    let url = "socks5h://PROXY";
    for reply in 1..=9 {
        let answer = [5, reply, 0, 1, 0, 0, 0, 0, 0, 0];
        let text = refusal(url, "h", &[(3, &[5, 0]), (8, &answer)]).await;
        assert_eq!(text, format!("did not connect to h:1883: {}", socks5::words(reply)));
    }
    for (steps, wanted) in [
        (&[(3, &[5, 0xFF][..])][..], "wants a login: give it as SCHEME://NAME:PASSWORD@HOST"),
        (&[(3, &[5, 1])], "wants a kind of login that is not served here"),
        (&[(3, b"HT")], "does not speak SOCKS5"),
        (&[(3, &[5, 0]), (8, b"HTTP")], "does not speak SOCKS5"),
        (&[(3, &[5, 0]), (8, &[5, 0, 0, 9])], "does not speak SOCKS5"),
        (&[(3, &[5])], "closed the connection without an answer"),
        (&[(3, &[5, 0]), (8, &[5, 0, 0, 3])], "closed the connection without an answer"),
        (&[(3, &[5, 0]), (8, &[5, 0, 0, 3, 255, b'x'])], "closed the connection without an answer"),
    ] {
        assert_eq!(refusal(url, "h", steps).await, wanted);
    }
    let long = "n".repeat(256);
    assert!(refusal(url, &long, &[]).await.contains("255 bytes"));
}

#[tokio::test]
async fn connect_leaves_the_bytes_behind_the_header_to_the_tunnel() {
    let request = b"CONNECT [::1]:1883 HTTP/1.1\r\nHost: [::1]:1883\r\n\r\n";
    let answer = b"HTTP/1.0 200 Connection established\r\nVia: x\r\n\r\nfirst bytes";
    let (outcome, asked) = through("http://PROXY", "::1", &[(request.len(), answer)]).await;
    assert_eq!(asked, request);
    let mut first = Vec::new();
    outcome.unwrap().read_to_end(&mut first).await.unwrap();
    assert_eq!(first, b"first bytes");
}

#[tokio::test]
async fn an_answer_may_come_behind_interim_ones() {
    let request = b"CONNECT h:1883 HTTP/1.1\r\nHost: h:1883\r\n\r\n";
    let answer =
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 x\r\nX: y\r\n\r\nHTTP/1.1 200 OK\r\n\r\n1";
    let (outcome, _) = through("http://PROXY", "h", &[(request.len(), answer)]).await;
    let mut first = [0];
    outcome.unwrap().read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"1");
}

#[tokio::test]
async fn an_answer_may_come_byte_by_byte() {
    let request = b"CONNECT h:1883 HTTP/1.1\r\nHost: h:1883\r\n\r\n";
    let answer = b"HTTP/1.1 200 OK\r\nX: y\r\n\r\n1";
    let mut steps: Vec<(usize, &[u8])> = answer.chunks(1).map(|byte| (0, byte)).collect();
    steps[0].0 = request.len();
    let (outcome, _) = through("http://PROXY", "h", &steps).await;
    let mut first = [0];
    outcome.unwrap().read_exact(&mut first).await.unwrap();
    assert_eq!(&first, b"1");
}

#[tokio::test]
async fn connect_sends_a_login_and_tells_what_is_said_of_it() {
    let whole =
        b"CONNECT h:1883 HTTP/1.1\r\nHost: h:1883\r\nProxy-Authorization: Basic dTpw\r\n\r\n";
    let denied = b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n";
    let (outcome, asked) = through("http://u:p@PROXY", "h", &[(whole.len(), denied)]).await;
    assert_eq!(asked, whole);
    assert!(
        outcome.unwrap_err().to_string().ends_with("did not accept the user name and password")
    );
    let without = whole.len() - 37;
    for (answer, wanted) in [
        (&denied[..], "wants a login: give it as SCHEME://NAME:PASSWORD@HOST"),
        (b"HTTP/1.1 403 No way\r\n\r\n", "did not connect to h:1883: 403 No way"),
        (b"HTTP/1.1 200 O", "closed the connection without an answer"),
        (b"\x05\x00", "does not speak HTTP"),
    ] {
        assert_eq!(refusal("http://PROXY", "h", &[(without, answer)]).await, wanted);
    }
    let endless = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 20_000]].concat();
    let text = refusal("http://PROXY", "h", &[(without, &endless)]).await;
    assert_eq!(text, "sent an HTTP header of more than 8 KiB");
}

#[tokio::test]
async fn a_host_that_would_end_a_line_is_no_host() {
    let proxy = Proxy::parse("http://127.0.0.1:1").unwrap();
    let options = DialOptions { proxy: Some(proxy), ..DialOptions::default() };
    let address = Address::Tcp { host: "h\r\nX: y".to_owned(), port: 1883 };
    let error = dial(&address, &options).await.unwrap_err();
    assert!(matches!(error, DialError::Lookup { .. }), "{error:?}");
}

#[tokio::test]
async fn a_proxy_that_is_not_there_or_silent_is_told_as_such() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let proxy = Proxy::parse(&format!("socks5h://u:hunter2@127.0.0.1:{port}")).unwrap();
    let timeout = Duration::from_millis(100);
    let options = DialOptions { proxy: Some(proxy), timeout, ..DialOptions::default() };
    let address = Address::Tcp { host: "h".to_owned(), port: 1883 };
    let error = dial(&address, &options).await.unwrap_err();
    let wanted = format!("the proxy socks5h://127.0.0.1:{port} did not answer within 100ms");
    assert_eq!(error.to_string(), wanted);
    drop(listener);
    let error = dial(&address, &options).await.unwrap_err();
    let wanted = format!("the proxy socks5h://127.0.0.1:{port} refused the connection");
    assert_eq!(error.to_string(), wanted);
    assert!(!error.is_refused(), "it is no broker that is missing");
}
