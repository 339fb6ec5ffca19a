//! Requests and answers through TLS, and TLS through what leads to the broker: SRV records, proxies.

use rcgen::SanType;

use super::srv::NameServer;
use crate::request::{answer, request};
use crate::support::broker::Broker;
use crate::support::certificates::{Authority, Folder};
use crate::support::mq::{Finished, start};
use crate::support::service::ProxyServer;
use crate::support::tls::{Answer, Wire, accept_peer};

/// A broker behind TLS, and a certificate authority to trust.
struct Secured {
    broker: Broker,
    authority: Authority,
    folder: Folder,
}

impl Secured {
    fn new() -> Self {
        Self { broker: Broker::new(), authority: Authority::new("CA"), folder: Folder::new() }
    }

    /// How a broker of these names answers.
    fn named(&self, names: &[&str]) -> Answer {
        Answer::with(&self.authority.issue(|params| {
            let name = |name: &&str| SanType::DnsName((*name).try_into().unwrap());
            params.subject_alt_names = names.iter().map(name).collect();
        }))
    }

    /// Asks on this way; `lead` does what is to be done before the connection comes.
    fn ask(&self, way: &[&str], names: &[&str], lead: impl FnOnce()) -> (Finished, Wire) {
        let trusted = self.folder.file("ca.pem", self.authority.pem());
        let words = ["rr", "-t", "ask", "-m", "x", "-q", "1", "--cafile", &trusted];
        let running = start(words.iter().chain(way));
        lead();
        let (peer, wire) = accept_peer(&self.broker, &self.named(names));
        if let Some(mut peer) = peer {
            peer.hello();
            peer.connack(false, &[]);
            peer.grant();
            let asked = request(&mut peer);
            peer.puback(asked.message.id, mq::codec::Reason::Success);
            answer(&mut peer, &asked, b"the answer");
            peer.leaves();
        }
        (running.finish(), wire)
    }

    /// An answer comes on this way where the broker is who it should be, and nothing leaves in
    /// the clear.
    #[track_caller]
    fn is_kept(&self, way: &[&str], name: &str, lead: impl Fn()) {
        let (finished, wire) = self.ask(way, &[name], &lead);
        assert_eq!(finished.exits(0).prints("the answer\n").stderr, "", "{way:?}");
        wire.is_sealed();
        let (finished, wire) = self.ask(way, &["other.example"], &lead);
        finished.exits(3).prints("").says(name);
        wire.is_sealed();
    }
}

#[test]
fn an_answer_comes_through_tls() {
    let secured = Secured::new();
    secured.is_kept(&["-p", &secured.broker.port()], "localhost", || ());
}

#[test]
fn srv_records_lead_to_a_broker_with_the_domains_own_name() {
    let (secured, names) = (Secured::new(), NameServer::new());
    let address = names.address();
    let way = ["-S", "-h", "broker.example", "--srv-resolver", &address];
    let lead = || {
        let asked = names.answer(&[(1, &secured.broker.port(), "localhost")]);
        assert_eq!(asked, "_secure-mqtt._tcp.broker.example");
    };
    secured.is_kept(&way, "broker.example", lead);
    // Who answers for the domain can name any host: the host's name proves nothing.
    let (finished, wire) = secured.ask(&way, &["localhost"], lead);
    finished.exits(3).says("broker.example");
    wire.is_sealed();
}

#[test]
#[ignore = "needs microsocks"]
fn a_socks_proxy_sees_nothing_of_an_answer() {
    let (secured, proxy) = (Secured::new(), ProxyServer::microsocks(&["-u", "user", "-P", "word"]));
    for scheme in ["socks5", "socks5h"] {
        let url = format!("{scheme}://user:word@127.0.0.1:{}", proxy.port);
        let way = ["-p", &secured.broker.port(), "--proxy", &url];
        secured.is_kept(&way, "localhost", || ());
    }
}

#[test]
#[ignore = "needs tinyproxy"]
fn an_http_proxy_sees_nothing_of_an_answer() {
    let (secured, proxy) = (Secured::new(), ProxyServer::tinyproxy("BasicAuth user word"));
    let url = format!("http://user:word@127.0.0.1:{}", proxy.port);
    let way = ["-p", &secured.broker.port(), "--proxy", &url];
    secured.is_kept(&way, "localhost", || ());
}

#[test]
#[ignore = "needs microsocks"]
fn srv_records_a_proxy_and_tls_lead_to_one_broker() {
    let (secured, names) = (Secured::new(), NameServer::new());
    let (address, proxy) = (names.address(), ProxyServer::microsocks(&[]));
    let url = format!("socks5h://127.0.0.1:{}", proxy.port);
    let way = ["-S", "-h", "broker.example", "--srv-resolver", &address, "--proxy", &url];
    let lead = || drop(names.answer(&[(1, &secured.broker.port(), "localhost")]));
    secured.is_kept(&way, "broker.example", lead);
}
