//! `-W` counts from the start: it covers the lookup, the connection and the login.

use std::net::{TcpListener, UdpSocket};

use mq::net::clock;

use crate::support::PATIENCE;
use crate::support::broker::Broker;
use crate::support::mq::run;

/// Both commands with 300 ms end by themselves with 5, long before anything else would end them.
#[track_caller]
fn ends_in_time(way: &[&str]) {
    for command in [&["sub", "-t", "a"][..], &["rr", "-t", "a", "-m", "x"]] {
        let begun = clock::now();
        let words = command.iter().chain(way).chain(&["--connect-timeout", "1h", "-W", "300ms"]);
        run(words).exits(5).says("timed out after 300ms");
        assert!(begun.elapsed().as_millis() >= 300, "{:?}", begun.elapsed());
        assert!(begun.elapsed() < PATIENCE, "{:?}", begun.elapsed());
    }
}

#[test]
fn who_accepts_and_says_nothing_is_not_waited_for() {
    // The system accepts for it.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = silent.local_addr().unwrap().to_string();
    ends_in_time(&["-h", &place]);
    ends_in_time(&["-L", &format!("mqtts://{place}")]);
    ends_in_time(&["-L", &format!("ws://{place}/mqtt")]);
    ends_in_time(&["-h", "h.invalid", "--proxy", &format!("socks5h://{place}")]);
}

#[test]
fn a_name_server_that_says_nothing_is_not_waited_for() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap().to_string();
    ends_in_time(&["-S", "-h", "broker.example", "--srv-resolver", &address]);
}

#[test]
fn who_accepts_the_login_and_not_the_subscription_is_not_waited_for() {
    for command in ["sub", "rr"] {
        let broker = Broker::new();
        let place = broker.place();
        let more = if command == "rr" { &["-m", "x"][..] } else { &[] };
        let words = [command, "-t", "a", "-h", &place, "-W", "300ms"];
        let running = crate::support::mq::start(words.iter().chain(more));
        let (mut peer, _) = broker.welcome();
        peer.subscription();
        peer.leaves();
        running.finish().exits(5);
    }
}
