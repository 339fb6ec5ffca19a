use std::time::Duration;

use simple_dns::rdata::CNAME;
use simple_dns::{CLASS, PacketFlag, ResourceRecord};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};

use super::*;
use crate::net::{Address, DialOptions, Stream, dial};

fn srv(
    name: &str,
    (priority, weight, port): (u16, u16, u16),
    target: &str,
) -> ResourceRecord<'static> {
    let target = Name::new(target).unwrap();
    let data = RData::SRV(SRV { priority, weight, port, target });
    ResourceRecord::new(Name::new(name).unwrap(), CLASS::IN, 60, data).into_owned()
}

/// The answer to a query, with these records.
fn answer(query: &[u8], change: impl FnOnce(&mut Packet<'_>)) -> Vec<u8> {
    let query = Packet::parse(query).unwrap();
    let mut reply = query.into_reply();
    change(&mut reply);
    reply.build_bytes_vec_compressed().unwrap()
}

/// What is sent for a query, by how many came before it.
type Answers<'a> = &'a mut dyn FnMut(&[u8], usize) -> Vec<Vec<u8>>;

/// A name server that answers one query after the other as told.
async fn look_up_at(service: &str, answers: Answers<'_>) -> Result<Vec<Target>, DialError> {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let options = SrvOptions { resolver: Some(server.local_addr().unwrap()) };
    let mut stage = Stage::Lookup(String::new());
    let serving = async {
        let mut query = [0; 512];
        for round in 0.. {
            let (size, from) = server.recv_from(&mut query).await.unwrap();
            for answer in answers(&query[..size], round) {
                server.send_to(&answer, from).await.unwrap();
            }
        }
    };
    tokio::select! {
        outcome = look_up(service, &options, &mut stage) => outcome,
        () = serving => unreachable!(),
    }
}

const SERVICE: &str = "_mqtt._tcp.example.com";

#[test]
fn a_domain_has_a_name_for_each_service() {
    assert_eq!(service("example.com", false), SERVICE);
    assert_eq!(service("example.com.", true), "_secure-mqtt._tcp.example.com");
}

#[tokio::test]
async fn targets_come_by_priority_and_through_an_alias() {
    let targets = look_up_at(SERVICE, &mut |query, _| {
        let asked = Packet::parse(query).unwrap();
        assert!(asked.has_flags(PacketFlag::RECURSION_DESIRED));
        assert_eq!(asked.questions[0].qname.to_string(), SERVICE);
        vec![answer(query, |reply| {
            let alias = RData::CNAME(CNAME(Name::new("real.example").unwrap()));
            let name = Name::new("_MQTT._tcp.Example.com").unwrap();
            reply.answers.push(ResourceRecord::new(name, CLASS::IN, 60, alias));
            reply.answers.push(srv("other.example", (0, 0, 1), "not.asked.for"));
            reply.answers.push(srv("real.example", (20, 0, 1884), "second.example"));
            reply.answers.push(srv("real.example", (10, 0, 1883), "first.example"));
        })]
    })
    .await
    .unwrap();
    let target = |host: &str, port| Target { host: host.to_owned(), port };
    assert_eq!(targets, [target("first.example", 1883), target("second.example", 1884)]);
}

#[tokio::test]
async fn what_does_not_answer_the_question_is_passed_over() {
    let targets = look_up_at(SERVICE, &mut |query, _| {
        let good = answer(query, |reply| reply.answers.push(srv(SERVICE, (0, 0, 7), "good")));
        let evil = |change: fn(&mut Packet<'_>)| {
            answer(query, |reply| {
                reply.answers.push(srv(SERVICE, (0, 0, 7), "evil"));
                change(reply);
            })
        };
        let other_id = evil(|reply| reply.set_id(reply.id().wrapping_add(1)));
        let other_question = evil(|reply| reply.questions[0].qname = Name::new("other").unwrap());
        let no_question = evil(|reply| reply.questions.clear());
        let a_query = evil(|reply| reply.remove_flags(PacketFlag::RESPONSE));
        let (cut, noise) = (good[..good.len() - 3].to_vec(), b"noise".to_vec());
        vec![vec![], noise, cut, other_id, other_question, no_question, a_query, good]
    })
    .await
    .unwrap();
    assert_eq!(targets, [Target { host: "good".to_owned(), port: 7 }]);
}

#[tokio::test]
async fn a_lost_query_is_asked_again_with_another_number() {
    let mut ids = Vec::new();
    let targets = look_up_at(SERVICE, &mut |query, round| {
        ids.push([query[0], query[1]]);
        let late = answer(query, |reply| reply.answers.push(srv(SERVICE, (0, 0, 7), "h")));
        if round == 0 { vec![] } else { vec![late] }
    })
    .await
    .unwrap();
    assert_eq!(targets.len(), 1);
    assert_eq!(ids.len(), 2);
}

#[tokio::test]
async fn without_a_service_it_is_told_which_one() {
    for (code, records, wanted) in [
        (RCODE::NoError, vec![], "there is no SRV record _mqtt._tcp.example.com"),
        (RCODE::NameError, vec![], "there is no SRV record _mqtt._tcp.example.com"),
        (
            RCODE::NoError,
            vec![srv(SERVICE, (0, 0, 0), ".")],
            "the SRV record _mqtt._tcp.example.com says that there is no such service",
        ),
        (RCODE::ServerFailure, vec![], "cannot look up the name _mqtt._tcp.example.com"),
    ] {
        let error = look_up_at(SERVICE, &mut |query, _| {
            vec![answer(query, |reply| {
                *reply.rcode_mut() = code;
                reply.answers.clone_from(&records);
            })]
        })
        .await
        .unwrap_err();
        assert_eq!(error.to_string(), wanted);
    }
    let long = service(&"a".repeat(64), false);
    assert!(matches!(look_up_at(&long, &mut |_, _| vec![]).await, Err(DialError::Lookup { .. })));
}

#[tokio::test]
async fn an_answer_that_is_cut_is_asked_for_by_tcp() {
    let tcp = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = tcp.local_addr().unwrap();
    let udp = UdpSocket::bind(address).await.unwrap();
    let serving = async {
        let mut query = [0; 512];
        let (size, from) = udp.recv_from(&mut query).await.unwrap();
        let cut = answer(&query[..size], |reply| reply.set_flags(PacketFlag::TRUNCATION));
        udp.send_to(&cut, from).await.unwrap();
        let (mut stream, _) = tcp.accept().await.unwrap();
        let mut query = vec![0; stream.read_u16().await.unwrap().into()];
        stream.read_exact(&mut query).await.unwrap();
        let names: Vec<_> = (0..100).map(|n| format!("host-{n}.example")).collect();
        let whole = answer(&query, |reply| {
            reply.answers.extend(names.iter().map(|name| srv(SERVICE, (0, 1, 7), name)));
        });
        stream.write_u16(whole.len().try_into().unwrap()).await.unwrap();
        stream.write_all(&whole).await.unwrap();
    };
    let options = SrvOptions { resolver: Some(address) };
    let mut stage = Stage::Lookup(String::new());
    let (targets, ()) = tokio::join!(look_up(SERVICE, &options, &mut stage), serving);
    assert_eq!(targets.unwrap().len(), MOST_TARGETS, "no more of a hundred are tried");
}

#[tokio::test]
async fn a_target_that_does_not_take_the_connection_leaves_it_to_the_next() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let good = listener.local_addr().unwrap().port();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let resolver = Some(server.local_addr().unwrap());
    let srv_options = Some(SrvOptions { resolver });
    let options = DialOptions { srv: srv_options, ..DialOptions::default() };
    let address = Address::Tcp { host: "example.com".to_owned(), port: 1 };
    let serving = async {
        let mut query = [0; 512];
        let (size, from) = server.recv_from(&mut query).await.unwrap();
        let answer = answer(&query[..size], |reply| {
            reply.answers.push(srv(SERVICE, (1, 0, closed), "localhost"));
            reply.answers.push(srv(SERVICE, (2, 0, good), "localhost"));
        });
        server.send_to(&answer, from).await.unwrap();
    };
    let (dialled, ()) = tokio::join!(dial(&address, &options), serving);
    let Ok(Stream::Tcp(stream)) = dialled else { panic!("{dialled:?}") };
    assert_eq!(stream.peer_addr().unwrap().port(), good);
}

#[tokio::test]
async fn a_silent_name_server_is_waited_for_until_the_deadline() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let resolver = Some(server.local_addr().unwrap());
    let timeout = Duration::from_millis(100);
    let srv_options = Some(SrvOptions { resolver });
    let options = DialOptions { srv: srv_options, timeout, ..DialOptions::default() };
    let address = Address::Tcp { host: "example.com".to_owned(), port: 1 };
    let error = dial(&address, &options).await.unwrap_err();
    assert_eq!(error.to_string(), "no answer about the name _mqtt._tcp.example.com within 100ms");
}

/// A port that takes no connection and refuses none: nobody accepts, and the queue is full.
#[cfg(target_os = "linux")]
fn full_port() -> (socket2::Socket, std::net::TcpStream, u16) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(0).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let only = std::net::TcpStream::connect(address).unwrap();
    (socket, only, address.port())
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn targets_share_the_time_that_the_lookup_left() {
    let server = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (good, full) = (listener.local_addr().unwrap().port(), full_port());
    let resolver = Some(server.local_addr().unwrap());
    // half of it goes before the query is asked again
    let timeout = Duration::from_secs(2);
    let srv_options = Some(SrvOptions { resolver });
    let options = DialOptions { srv: srv_options, timeout, ..DialOptions::default() };
    let address = Address::Tcp { host: "example.com".to_owned(), port: 1 };
    let serving = async {
        let mut query = [0; 512];
        server.recv_from(&mut query).await.unwrap();
        let (size, from) = server.recv_from(&mut query).await.unwrap();
        let answer = answer(&query[..size], |reply| {
            reply.answers.push(srv(SERVICE, (1, 0, full.2), "127.0.0.1"));
            reply.answers.push(srv(SERVICE, (2, 0, good), "127.0.0.1"));
        });
        server.send_to(&answer, from).await.unwrap();
    };
    let (dialled, ()) = tokio::join!(dial(&address, &options), serving);
    let Ok(Stream::Tcp(stream)) = dialled else { panic!("{dialled:?}") };
    assert_eq!(stream.peer_addr().unwrap().port(), good);
}
