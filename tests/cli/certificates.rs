//! Servers that are not who they should be: refused with the reason, at the first connect and at
//! every later one, before a byte of MQTT has left.

use mq::codec::Qos;
use rcgen::{
    CertificateParams, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, NameConstraints, SanType,
};

use crate::support::broker::Broker;
use crate::support::certificates::{Authority, CA, Folder, Issued, self_signed, valid};
use crate::support::mq::{Finished, start};
use crate::support::tls::{Answer, Wire, accept_peer};

/// One authority that the client trusts, and another that it does not know.
struct World {
    authority: Authority,
    stranger: Authority,
    folder: Folder,
}

impl World {
    fn new() -> Self {
        let [authority, stranger] = ["Good CA", "Other CA"].map(Authority::new);
        Self { authority, stranger, folder: Folder::new() }
    }

    fn good(&self) -> Issued {
        self.authority.issue(|_| {})
    }

    fn trusted(&self) -> String {
        self.folder.file("ca.pem", self.authority.pem())
    }
}

/// The first connection is answered so.
#[track_caller]
fn at_first(world: &World, answer: &Answer, words: &[&str]) -> Finished {
    let broker = Broker::new();
    let (port, trusted) = (broker.port(), world.trusted());
    let fixed = ["pub", "-t", "a", "-m", "x", "-q", "1", "-p", &port, "--cafile", &trusted];
    let running = start(fixed.iter().chain(words));
    let (_peer, wire) = accept_peer(&broker, answer);
    let finished = running.finish();
    wire.is_sealed();
    assert!(broker.is_alone(), "there was a second connection: {finished:?}");
    finished
}

/// The second connection is answered so, after a good first one.
#[track_caller]
fn later(world: &World, answer: &Answer, words: &[&str]) -> Finished {
    let broker = Broker::new();
    let (port, trusted) = (broker.port(), world.trusted());
    let fixed = ["sub", "-t", "a", "-q", "1", "-p", &port, "--cafile", &trusted];
    let running = start(fixed.iter().chain(words));
    let (peer, first): (_, Wire) = accept_peer(&broker, &Answer::with(&world.good()));
    let mut peer = peer.expect("a good handshake");
    peer.hello();
    peer.connack(false, &[]);
    peer.grant();
    peer.publish("a", b"one", Qos::AtMostOnce, 0);
    drop(peer);
    let (_peer, second) = accept_peer(&broker, answer);
    let finished = running.finish();
    first.is_sealed();
    second.is_sealed();
    assert!(broker.is_alone(), "there was a third connection: {finished:?}");
    assert_eq!(finished.stdout, b"one\n");
    finished
}

#[track_caller]
fn is_refused(world: &World, answer: &Answer, reason: &str) {
    for finished in [at_first(world, answer, &[]), later(world, answer, &[])] {
        let finished = finished.exits(3).says(reason);
        assert!(finished.stderr.contains("mqtts://localhost:"), "{finished:?}");
    }
}

#[track_caller]
fn certificate_is_refused(world: &World, issued: &Issued, reason: &str) {
    is_refused(world, &Answer::with(issued), reason);
}

#[test]
fn of_another_host() {
    let world = World::new();
    let other = world.authority.issue(|params| {
        params.subject_alt_names.truncate(1);
        params.subject_alt_names =
            CertificateParams::new(["a.example".to_owned()]).unwrap().subject_alt_names;
    });
    certificate_is_refused(&world, &other, "certificate is for a.example, not for localhost");
}

#[test]
fn of_another_address() {
    let world = World::new();
    let named = world.authority.issue(|params| params.subject_alt_names.truncate(1));
    let (answer, words) = (Answer::with(&named), ["-h", "127.0.0.1"]);
    let reason = "certificate is for localhost, not for 127.0.0.1";
    at_first(&world, &answer, &words).exits(3).says(reason);
    // The common name does not count where there are other names.
    let addressed = world.authority.issue(|params| drop(params.subject_alt_names.remove(0)));
    certificate_is_refused(&world, &addressed, "certificate is for 127.0.0.1, not for localhost");
    // A name that looks like an address is none.
    let likeness = world.authority.issue(|params| {
        params.subject_alt_names = vec![SanType::DnsName("127.0.0.1".try_into().unwrap())];
    });
    let reason = "certificate is for DNS:127.0.0.1, not for 127.0.0.1";
    at_first(&world, &Answer::with(&likeness), &words).exits(3).says(reason);
}

#[test]
fn that_has_expired() {
    let world = World::new();
    let old = world.authority.issue(|params| valid(params, -100, -3));
    certificate_is_refused(&world, &old, "certificate expired 3 days ago (on 20");
}

#[test]
fn that_is_not_valid_yet() {
    let world = World::new();
    let young = world.authority.issue(|params| valid(params, 4, 100));
    certificate_is_refused(&world, &young, "certificate is not valid before 20");
    at_first(&world, &Answer::with(&young), &[]).says("(in 3 days)");
}

#[test]
fn that_has_signed_itself() {
    let world = World::new();
    let own = self_signed(|_| {});
    certificate_is_refused(&world, &own, "certificate is self-signed and not known here");
}

#[test]
fn of_an_unknown_authority() {
    let world = World::new();
    let strange = world.stranger.issue(|_| {});
    let reason = "signed by an unknown authority, Other CA: give it with --cafile";
    certificate_is_refused(&world, &strange, reason);
    // That the server sends its authority along does not make it known.
    certificate_is_refused(&world, &strange.with(&world.stranger), reason);
}

#[test]
fn of_another_authority_of_the_same_name() {
    let world = World::new();
    let double = Authority::new("Good CA").issue(|_| {});
    certificate_is_refused(&world, &double, "not signed by the authority that it names");
}

#[test]
fn of_version_1() {
    let world = World::new();
    let simple = world.good().in_version_1(&world.authority);
    certificate_is_refused(&world, &simple, "X.509 version 1");
    let finished = at_first(&world, &Answer::with(&simple), &[]);
    finished.says("echo subjectAltName=DNS:localhost | openssl x509 -req");
    let finished = at_first(&world, &Answer::with(&simple), &["-h", "127.0.0.1"]);
    finished.says("echo subjectAltName=IP:127.0.0.1 | openssl x509 -req");
}

#[test]
fn that_is_for_clients() {
    let world = World::new();
    let client = world.authority.issue(|params| {
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    });
    certificate_is_refused(&world, &client, "serverAuth is missing");
}

#[test]
fn of_an_authority_instead_of_a_server() {
    let world = World::new();
    let authority = world.authority.issue(|params| params.is_ca = CA);
    certificate_is_refused(&world, &authority, "is that of an authority (CA:TRUE)");
}

#[test]
fn signed_by_a_server_instead_of_an_authority() {
    let world = World::new();
    for is_ca in [IsCa::NoCa, IsCa::ExplicitNoCa] {
        let server = world.authority.below("Some server", is_ca, |_| {});
        let forged = server.issue(|_| {}).with(&server);
        certificate_is_refused(&world, &forged, "which is no authority: CA:TRUE is missing");
    }
}

#[test]
fn signed_by_a_server_that_is_trusted_for_itself_alone() {
    let world = World::new();
    let server = world.authority.below("Some server", IsCa::ExplicitNoCa, |_| {});
    let answer = Answer::with(&server.issue(|_| {}));
    let pinned = world.folder.file("pinned.pem", server.pem());
    let finished = at_first(&world, &answer, &["--cafile", &pinned]).exits(3);
    finished.says("signed by Some server, which is no authority: CA:TRUE is missing");
    // Version 1 has no place for CA:TRUE.
    let pinned = server.pem_in_version_1(&world.authority);
    let pinned = world.folder.file("pinned.pem", pinned);
    let finished = at_first(&world, &answer, &["--cafile", &pinned]).exits(3);
    finished.says("signed by Some server, which is no authority: CA:TRUE is missing");
}

#[test]
fn by_an_authority_that_may_not_sign_for_the_name() {
    let world = World::new();
    let only_example = |params: &mut CertificateParams| {
        let permitted_subtrees = vec![GeneralSubtree::DnsName("example.com".to_owned())];
        let excluded_subtrees = Vec::new();
        params.name_constraints = Some(NameConstraints { permitted_subtrees, excluded_subtrees });
    };
    let between = world.authority.below("Example CA", CA, only_example);
    let named = between.issue(|_| {}).with(&between);
    certificate_is_refused(&world, &named, "its authority may not sign for such a name");
    // What it may sign for was never compared with common names.
    let unnamed = between.issue(|params| params.subject_alt_names.clear()).with(&between);
    let reason = "its common name localhost does not count: its authority may sign for some names";
    certificate_is_refused(&world, &unnamed, reason);
}

#[test]
fn without_the_authority_in_between() {
    let world = World::new();
    let between = world.authority.below("Between CA", CA, |_| {});
    let issued = between.issue(|_| {});
    let reason = "unknown authority, Between CA: give it with --cafile, or let the server send";
    certificate_is_refused(&world, &issued, reason);
    // With it, all is well, so it was that.
    let (broker, trusted) = (Broker::new(), world.trusted());
    let running = start(["sub", "-t", "a", "-E", "-p", &broker.port(), "--cafile", &trusted]);
    let mut peer = accept_peer(&broker, &Answer::with(&issued.with(&between))).0.unwrap();
    peer.hello();
    peer.connack(false, &[]);
    peer.grant();
    peer.leaves();
    running.finish().exits(0);
}

#[test]
fn of_an_authority_in_between_that_has_expired() {
    let world = World::new();
    let between = world.authority.below("Between CA", CA, |params| valid(params, -100, -2));
    let issued = between.issue(|_| {}).with(&between);
    let reason = "certificate of an authority in between expired 2 days ago";
    certificate_is_refused(&world, &issued, reason);
}

#[test]
fn with_a_weak_signature() {
    let world = World::new();
    let weak = world.good().with_sha1(&world.authority);
    certificate_is_refused(&world, &weak, "signed with SHA-1, which is not accepted");
}

#[test]
fn that_nobody_can_read() {
    let world = World::new();
    certificate_is_refused(&world, &world.good().damaged(), "certificate cannot be read");
}

#[test]
fn that_wants_to_know_who_we_are() {
    let world = World::new();
    let reason = "the server wants a client certificate: give one with --cert and --key";
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let answer = Answer::config(&world.good(), Some(&world.authority), &[version]);
        is_refused(&world, &answer, reason);
    }
}

#[test]
fn that_does_not_know_who_we_are() {
    let world = World::new();
    let client = world.stranger.client();
    let certificate = world.folder.file("client.pem", client.pem());
    let key = world.folder.file("client.key", client.key_pem());
    let words = ["--cert", certificate.as_str(), "--key", key.as_str()];
    for version in [&rustls::version::TLS12, &rustls::version::TLS13] {
        let answer = Answer::config(&world.good(), Some(&world.authority), &[version]);
        let reason = "the server refused the client certificate: it does not know its authority";
        at_first(&world, &answer, &words).exits(3).says(reason);
        later(&world, &answer, &words).exits(3).says(reason);
    }
}

#[test]
fn that_speaks_no_tls() {
    let world = World::new();
    for greeting in [&[0x20, 2, 0, 0][..], b"HTTP/1.1 400 Bad Request\r\n\r\n", &[0xE0, 0, 0, 0, 0]]
    {
        is_refused(&world, &Answer::Raw(greeting.to_vec()), "the server does not speak TLS");
    }
    // Who closes without a word may only be about to start again.
    let closes = at_first(&world, &Answer::Raw(Vec::new()), &[]).exits(3);
    closes.says("closed the connection during the TLS handshake: does it speak TLS");
}

#[test]
fn that_closes_with_the_hello_unread() {
    let (world, broker) = (World::new(), Broker::new());
    let (port, trusted) = (broker.port(), world.trusted());
    let running = start(["pub", "-t", "a", "-m", "x", "-p", &port, "--cafile", &trusted]);
    let stream = broker.accept_stream();
    stream.peek(&mut [0]).unwrap();
    drop(stream);
    running.finish().exits(3).says("closed the connection during the TLS handshake: does it speak");
}

#[test]
fn that_speaks_only_an_old_version_of_tls() {
    let world = World::new();
    let reason = "the server speaks only TLS 1.1 or older";
    // The alert protocol_version, and a server that goes on with 1.1.
    is_refused(&world, &Answer::Raw(vec![21, 3, 2, 0, 2, 2, 70]), reason);
    let mut hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0xC0, 0x13, 0]);
    is_refused(&world, &Answer::Raw(hello), reason);
    let only_12 = Answer::config(&world.good(), None, &[&rustls::version::TLS12]);
    let finished = at_first(&world, &only_12, &["--tls-version", "tlsv1.3"]).exits(3);
    finished.says("the server does not speak TLS 1.3");
}

#[test]
fn names_of_a_certificate_cannot_drive_the_terminal() {
    let world = World::new();
    let hostile = "evil\x1b]0;owned\x07\r\n\u{202e}name";
    let strange = Authority::new(hostile).issue(|_| {});
    let finished = at_first(&world, &Answer::with(&strange), &[]).exits(3);
    assert!(!finished.stderr.contains(['\x1b', '\x07', '\r', '\u{202e}']), "{finished:?}");
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
    finished.says("evil\\x1b]0;owned");
}

#[test]
fn refused_clients_may_come_again_when_the_server_only_restarts() {
    let world = World::new();
    let broker = Broker::new();
    let (port, trusted) = (broker.port(), world.trusted());
    let running = start(["sub", "-t", "a", "-C", "1", "-p", &port, "--cafile", &trusted]);
    let good = Answer::with(&world.good());
    let mut peer = accept_peer(&broker, &good).0.unwrap();
    peer.hello();
    peer.connack(false, &[]);
    peer.grant();
    drop(peer);
    for _ in 0..2 {
        assert!(accept_peer(&broker, &Answer::Raw(Vec::new())).0.is_none());
    }
    let mut peer = accept_peer(&broker, &good).0.unwrap();
    peer.hello();
    peer.connack(false, &[]);
    peer.grant();
    peer.publish("a", b"back", Qos::AtMostOnce, 0);
    running.finish().exits(0).prints("back\n").says("connected to mqtts://localhost:");
}
