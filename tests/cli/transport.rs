//! The way to the broker: from where, through whom, in which form.

mod proxy;
mod secured;
mod srv;
mod websocket;

use crate::support::broker::{Broker, Peer};
use crate::support::mq::{run, start};

/// `mq pub` of one message with these options; what the broker saw of the way is not its concern.
fn publish<'a>(options: &[&'a str]) -> Vec<&'a str> {
    ["pub", "-t", "a", "-m", "x"].iter().chain(options).copied().collect()
}

#[test]
fn a_url_is_host_port_login_and_topic_in_one() {
    let broker = Broker::new();
    let url = format!("mqtt://us%40er:p%3Aw@127.0.0.1:{}/from/url", broker.port());
    let running = start(["pub", "-m", "x", "-L", &url, "--nodelay"]);
    let (mut peer, hello) = broker.welcome();
    assert_eq!(hello.username.as_deref(), Some("us@er"));
    assert_eq!(hello.password.as_deref(), Some(&b"p:w"[..]));
    assert_eq!(peer.message().topic, "from/url");
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn a_bad_url_is_told_without_itself() {
    for (option, url) in [
        ("-L", "mqtt://u:hunter2@[::1"),
        ("-L", "http://u:hunter2@h"),
        ("-L", "hunter2"),
        ("--proxy", "socks5h://u:hunter2@"),
        ("--proxy", "socks4://u:hunter2@h"),
        ("--proxy", "hunter2"),
    ] {
        let finished = run(publish(&[option, url])).exits(2).says(option);
        assert!(!finished.stderr.contains("hunter2"), "{finished:?}");
    }
    run(publish(&["-L", "mqtt://h", "-h", "h"])).exits(2);
    run(publish(&["--unix", "/s", "--bind", "::1"])).exits(2).says("--bind is for TCP");
    run(publish(&["--unix", "/s", "--proxy", "http://h"])).exits(2).says("--proxy is for TCP");
}

#[cfg(target_os = "linux")]
#[test]
fn the_broker_sees_the_address_that_was_asked_for() {
    let broker = Broker::new();
    let running = start(publish(&["-A", "127.0.0.2", "-p", &broker.port()]));
    let stream = broker.accept_stream();
    assert_eq!(stream.peer_addr().unwrap().ip().to_string(), "127.0.0.2");
    let mut peer = Peer::over(stream);
    peer.hello();
    peer.connack(false, &[]);
    peer.message();
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn an_address_of_another_host_or_family_is_no_place_to_connect_from() {
    let broker = Broker::new();
    run(publish(&["-A", "192.0.2.1", "-p", &broker.port()]))
        .exits(3)
        .says("cannot connect from 192.0.2.1: it is no address of this host");
    run(publish(&["-A", "127.0.0.1", "-h", "::1", "-p", &broker.port()]))
        .exits(3)
        .says("cannot connect from 127.0.0.1 to ::1");
    run(publish(&["-A", "no-such-host.invalid", "-p", &broker.port()]))
        .exits(3)
        .says("no-such-host.invalid");
    assert!(broker.is_alone());
}
