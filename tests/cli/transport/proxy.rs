//! Through proxies that others wrote, and through ones that misbehave.

use std::io::{Read, Write};
use std::net::TcpListener;

use super::publish;
use crate::support::broker::Broker;
use crate::support::mq::{run, start};
use crate::support::scratch::Scratch;
use crate::support::service::ProxyServer;

/// One message through the proxy to a broker of the test's own.
#[track_caller]
fn passes(proxy: &str, host: &str) {
    let broker = Broker::new();
    let running = start(publish(&["--proxy", proxy, "-h", host, "-p", &broker.port()]));
    let (mut peer, _) = broker.welcome();
    assert_eq!(peer.message().payload, b"x");
    peer.leaves();
    running.finish().exits(0);
}

#[test]
#[ignore = "needs microsocks"]
fn socks_passes_a_message_on() {
    let proxy = ProxyServer::microsocks(&[]);
    for scheme in ["socks5", "socks5h"] {
        for host in ["127.0.0.1", "localhost"] {
            passes(&format!("{scheme}://127.0.0.1:{}", proxy.port), host);
        }
    }
}

#[test]
#[ignore = "needs microsocks"]
fn socks_wants_the_right_login() {
    let proxy = ProxyServer::microsocks(&["-u", "us er", "-P", "p:w"]);
    let port = &proxy.port;
    let url = format!("socks5h://us%20er:p%3Aw@127.0.0.1:{port}");
    passes(&url, "127.0.0.1");
    // Out of sight of who lists processes.
    let scratch = Scratch::new("proxy-file");
    let file = scratch.write("proxy", format!("{url}\n"));
    passes(&format!("@{file}"), "127.0.0.1");
    for (login, wanted) in
        [("", "wants a login"), ("us%20er:hunter2@", "did not accept the user name and password")]
    {
        let url = format!("socks5h://{login}127.0.0.1:{port}");
        let finished = run(publish(&["--proxy", &url, "-h", "127.0.0.1"])).exits(3);
        let finished = finished.says(&format!("the proxy socks5h://127.0.0.1:{port} {wanted}"));
        assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
    }
}

#[test]
#[ignore = "needs microsocks"]
fn socks_tells_why_it_did_not_connect() {
    let proxy = ProxyServer::microsocks(&[]);
    let url = format!("socks5h://127.0.0.1:{}", proxy.port);
    let free = Broker::new().port();
    run(publish(&["--proxy", &url, "-h", "127.0.0.1", "-p", &free]))
        .exits(3)
        .says(&format!("the proxy {url} did not connect to 127.0.0.1:{free}: "))
        .says("refused");
}

#[test]
#[ignore = "needs tinyproxy"]
fn http_connect_passes_a_message_on() {
    let proxy = ProxyServer::tinyproxy("");
    passes(&format!("http://127.0.0.1:{}", proxy.port), "127.0.0.1");
}

#[test]
#[ignore = "needs tinyproxy"]
fn http_connect_wants_the_right_login_and_tells_its_refusals() {
    let proxy = ProxyServer::tinyproxy("BasicAuth user secret");
    let port = &proxy.port;
    passes(&format!("http://user:secret@127.0.0.1:{port}"), "127.0.0.1");
    for (login, wanted) in
        [("", "wants a login"), ("user:hunter2@", "did not accept the user name and password")]
    {
        let url = format!("http://{login}127.0.0.1:{port}");
        let finished = run(publish(&["--proxy", &url, "-h", "127.0.0.1"])).exits(3).says(wanted);
        assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
    }
    let (url, free) = (format!("http://user:secret@127.0.0.1:{port}"), Broker::new().port());
    run(publish(&["--proxy", &url, "-h", "127.0.0.1", "-p", &free]))
        .exits(3)
        .says(&format!("did not connect to 127.0.0.1:{free}: 50"));
}

#[test]
#[ignore = "needs microsocks"]
fn messages_name_the_whole_way_and_a_lost_link_comes_back() {
    let (proxy, broker) = (ProxyServer::microsocks(&[]), Broker::new());
    let url = format!("socks5h://127.0.0.1:{}", proxy.port);
    let running = start(["sub", "-t", "a", "-p", &broker.port(), "--proxy", &url]);
    let mut first = broker.welcome().0;
    first.grant();
    drop(first);
    let mut second = broker.welcome().0;
    second.grant();
    let way = format!("localhost:{} through the proxy {url}", broker.port());
    let told = running.finish_after("again");
    assert!(told.contains(&format!("lost the connection to {way}: ")), "{told}");
}

/// A proxy that reads something, answers this, and closes; or nothing at all.
fn answering(answer: Option<&'static [u8]>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || {
        let mut stream = listener.accept().unwrap().0;
        let mut request = [0; 1000];
        let _ = stream.read(&mut request);
        match answer {
            Some(answer) => drop(stream.write_all(answer)),
            // until the other end has enough
            None => while let Ok(1..) = stream.read(&mut request) {},
        }
    });
    port
}

#[test]
fn a_proxy_that_misbehaves_is_told_and_ended_in_time() {
    let endless = Box::leak([b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 9000]].concat().into());
    for (scheme, answer, wanted) in [
        ("socks5h", Some(&b""[..]), "closed the connection without an answer"),
        ("socks5h", Some(b"\x05"), "closed the connection without an answer"),
        ("socks5h", Some(b"HTTP/1.1 400 Bad\r\n\r\n"), "does not speak SOCKS5"),
        ("socks5h", Some(b"\x05\x07"), "wants a kind of login that is not served here"),
        ("socks5h", None, "did not answer within 300ms"),
        ("http", Some(b""), "closed the connection without an answer"),
        ("http", Some(b"\x05\x00"), "does not speak HTTP"),
        ("http", Some(b"HTTP/1.1 502 \x1b[2J\r\n\r\n"), "does not speak HTTP"),
        ("http", Some(b"HTTP/1.1 502 So sorry\r\n\r\n"), "502 So sorry"),
        ("http", Some(endless), "sent an HTTP header of more than 8 KiB"),
        ("http", None, "did not answer within 300ms"),
    ] {
        let url = format!("{scheme}://127.0.0.1:{}", answering(answer));
        let limit = if answer.is_none() { "300ms" } else { "10s" };
        let words = ["--proxy", &url, "-h", "broker.example", "--connect-timeout", limit];
        let finished = run(publish(&words)).exits(3).says(&format!("mq: the proxy {url} "));
        let finished = finished.says(wanted);
        assert!(!finished.stderr.contains('\x1b'), "{finished:?}");
    }
    let url = format!("http://127.0.0.1:{}", Broker::new().port());
    run(publish(&["--proxy", &url])).exits(3).says(&format!("the proxy {url} refused"));
}
