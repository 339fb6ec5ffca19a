//! By a domain's SRV records, from a name server of the test's own.

use std::net::UdpSocket;

use simple_dns::rdata::{RData, SRV};
use simple_dns::{CLASS, Name, Packet, ResourceRecord};

use super::publish;
use crate::support::broker::Broker;
use crate::support::mq::{Running, run, start};

/// A name server on loopback.
pub(super) struct NameServer(UdpSocket);

impl NameServer {
    pub(super) fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(crate::support::PATIENCE)).unwrap();
        Self(socket)
    }

    pub(super) fn address(&self) -> String {
        self.0.local_addr().unwrap().to_string()
    }

    /// Answers one query with these priorities, ports and targets; the name that was asked for.
    pub(super) fn answer(&self, records: &[(u16, &str, &str)]) -> String {
        let mut bytes = [0; 512];
        let (size, from) = self.0.recv_from(&mut bytes).expect("a query");
        let query = Packet::parse(&bytes[..size]).unwrap();
        let name = query.questions[0].qname.clone();
        let asked = name.to_string();
        let mut reply = query.into_reply();
        for (priority, port, target) in records {
            let (priority, weight, port) = (*priority, 0, port.parse().unwrap());
            let data =
                RData::SRV(SRV { priority, weight, port, target: Name::new(target).unwrap() });
            reply.answers.push(ResourceRecord::new(name.clone(), CLASS::IN, 60, data));
        }
        self.0.send_to(&reply.build_bytes_vec().unwrap(), from).unwrap();
        asked
    }

    fn publish(&self, more: &[&str]) -> Running {
        let address = self.address();
        let words = ["-S", "-h", "broker.example", "--srv-resolver", &address];
        start(publish(&words.iter().chain(more).copied().collect::<Vec<_>>()))
    }
}

#[test]
fn the_first_target_that_takes_the_connection_gets_the_message() {
    let (names, broker, closed) = (NameServer::new(), Broker::new(), Broker::new().port());
    let running = names.publish(&[]);
    let records =
        [(2, &*broker.port(), "localhost"), (1, &closed, "localhost"), (1, "9", "no-such.invalid")];
    assert_eq!(names.answer(&records), "_mqtt._tcp.broker.example");
    let (mut peer, _) = broker.welcome();
    peer.message();
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn a_domain_without_the_service_is_told() {
    let names = NameServer::new();
    let running = names.publish(&[]);
    names.answer(&[]);
    running.finish().exits(3).says("there is no SRV record _mqtt._tcp.broker.example");
    let running = names.publish(&[]);
    names.answer(&[(0, "0", ".")]);
    running.finish().exits(3).says("there is no such service");
    let closed = Broker::new().port();
    let running = names.publish(&[]);
    names.answer(&[(0, &closed, "localhost")]);
    running.finish().exits(3).says("no broker at broker.example by its SRV records");
}

#[test]
fn a_silent_name_server_does_not_outlast_the_deadline() {
    let names = NameServer::new();
    let running = names.publish(&["--connect-timeout", "200ms"]);
    running
        .finish()
        .exits(3)
        .says("no answer about the name _mqtt._tcp.broker.example within 200ms");
    run(publish(&["-S", "-h", "127.0.0.1"])).exits(2).says("127.0.0.1 is an address");
    run(publish(&["-S", "--unix", "/s"])).exits(2).says("--srv is for TCP");
}
