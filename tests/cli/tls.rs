//! Secure connections that work, and options that are told before anything connects.

use std::os::unix::fs::PermissionsExt;
use std::process::Stdio;

use rcgen::{DnType, SanType};

use crate::support::broker::{Broker, Peer};
use crate::support::certificates::{Authority, Folder, Issued, armoured, self_signed, valid};
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{Finished, command, run, spawn, start};
use crate::support::tls::{Answer, BOTH, accept, accept_peer};

/// Debian's mosquitto behind TLS, with what its clients need in a folder.
pub(crate) struct Secured {
    broker: Mosquitto,
    folder: Folder,
    authority: Authority,
    trusted: String,
}

impl Secured {
    pub(crate) fn start(more: &[&str]) -> Self {
        let (authority, folder) = (Authority::new("Test CA"), Folder::new());
        let server = authority.issue(|_| {});
        let trusted = folder.file("ca.pem", authority.pem());
        let mut lines = vec![
            "allow_anonymous true",
            "max_queued_messages 0",
            "cafile DIR/ca",
            "certfile DIR/certificate",
            "keyfile DIR/key",
        ];
        lines.extend(more);
        let (ca, certificate, key) = (authority.pem(), server.pem(), server.key_pem());
        let files = [("ca", &*ca), ("certificate", &*certificate), ("key", &*key)];
        let broker = Mosquitto::start(&lines, &files);
        Self { broker, folder, authority, trusted }
    }

    pub(crate) fn words<'a>(&'a self, words: &[&'a str]) -> Vec<&'a str> {
        let place = ["-p", &self.broker.port, "--cafile", &self.trusted];
        words.iter().copied().chain(place).collect()
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn messages_of_every_qos_pass_mosquitto() {
    let secured = Secured::start(&[]);
    for (qos, version, tls) in [
        ("0", "5", "tlsv1.3"),
        ("1", "5", "tlsv1.2"),
        ("2", "5", "tlsv1.3"),
        ("1", "311", "tlsv1.3"),
        ("2", "311", "tlsv1.2"),
    ] {
        let common = ["-t", "a", "-q", qos, "-V", version, "--tls-version", tls];
        let publish: Vec<_> = [env!("CARGO_BIN_EXE_mq"), "pub", "-m", "hello"]
            .into_iter()
            .chain(secured.words(&common))
            .collect();
        let words = [&["sub", "-C", "1", "-W", "20"], &common[..]].concat();
        let words = [&secured.words(&words), &["--"][..], &publish].concat();
        run(words).exits(0).prints("hello\n");
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn a_small_message_does_not_wait_for_acknowledgements_of_tcp() {
    let secured = Secured::start(&[]);
    let fastest = (0..10).map(|_| {
        let begin = mq::net::clock::now();
        run(secured.words(&["pub", "-t", "a", "-m", "x", "-q", "1"])).exits(0);
        begin.elapsed().as_millis()
    });
    // 45 ms at least where the tickets of TLS 1.3 are not acknowledged at once, else 7.
    let fastest = fastest.min().unwrap();
    assert!(fastest < 35, "{fastest} ms");
}

#[test]
#[ignore = "needs mosquitto"]
fn who_we_are_is_shown_to_mosquitto() {
    for version in ["tlsv1.2", "tlsv1.3"] {
        let secured =
            Secured::start(&["require_certificate true", "use_identity_as_username true"]);
        let client = secured.authority.client();
        let certificate = secured.folder.file("client.pem", client.pem());
        let key = secured.folder.file("client.key", client.key_pem());
        let words = ["pub", "-t", "a", "-m", "x", "-q", "1", "--tls-version", version];
        let words = secured.words(&words);
        run(&words).exits(3).says("wants a client certificate: give one with --cert and --key");
        run(words.iter().chain(&["--cert", &certificate, "--key", &key])).exits(0);

        let stranger = Authority::new("Stranger").client();
        let certificate = secured.folder.file("stranger.pem", stranger.pem());
        let key = secured.folder.file("stranger.key", stranger.key_pem());
        let refused = run(words.iter().chain(&["--cert", &certificate, "--key", &key]));
        refused.exits(3).says("refused the client certificate: it does not know its authority");
    }
}

pub(super) fn welcome(peer: &mut Peer) {
    peer.hello();
    peer.connack(false, &[]);
}

/// A message is published with these options, to a server with this certificate.
#[track_caller]
fn publishes(issued: &Issued, words: &[&str]) -> Finished {
    publishes_with(issued, words, &[])
}

#[track_caller]
fn publishes_with(issued: &Issued, words: &[&str], variables: &[(&str, &str)]) -> Finished {
    let broker = Broker::new();
    let port = broker.port();
    let mut command = command(["pub", "-t", "a", "-m", "x"].iter().chain(words));
    for (name, value) in variables {
        command.env(name, value.replace("PORT", &port));
    }
    if !variables.iter().any(|(_, value)| value.contains("PORT")) {
        command.args(["-p", &port]);
    }
    let running = spawn(command.stdout(Stdio::piped()));
    let (peer, wire) = accept_peer(&broker, &Answer::with(issued));
    if let Some(mut peer) = peer {
        welcome(&mut peer);
        assert_eq!(peer.message().payload, b"x");
        // TLS says goodbye too: the end is no surprise.
        peer.leaves();
    }
    wire.is_sealed();
    running.finish()
}

#[test]
fn a_common_name_counts_when_there_is_no_other_and_is_told() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let trusted = folder.file("ca.pem", authority.pem());
    let named = |name: &str| {
        authority.issue(|params| {
            params.subject_alt_names.clear();
            params.distinguished_name.push(DnType::CommonName, name);
        })
    };
    let words = ["--cafile", trusted.as_str()];
    let finished = publishes(&named("localhost"), &words).exits(0);
    assert_eq!(finished.stderr.matches("no subjectAltName").count(), 1, "{finished:?}");
    let words = ["--cafile", trusted.as_str(), "-h", "127.0.0.1"];
    let finished = publishes(&named("127.0.0.1"), &words).exits(0);
    finished.says("common name 127.0.0.1").says("make it anew with subjectAltName=IP:127.0.0.1");
    let finished = publishes(&named("other"), &words).exits(3);
    finished.says("certificate is for other, not for 127.0.0.1");
}

#[test]
fn an_authority_of_version_1_is_one_when_it_has_signed_itself() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let old = folder.file("old.pem", authority.pem_in_version_1(&authority));
    publishes(&authority.issue(|_| {}), &["--cafile", &old]).exits(0);
}

#[test]
fn a_certificate_that_was_given_is_trusted_for_itself() {
    let folder = Folder::new();
    let trust = |issued: &Issued| folder.file("given.pem", issued.pem());
    // Signed by itself, as an authority or not, or by somebody unknown.
    for issued in [
        self_signed(|_| {}),
        self_signed(|params| params.is_ca = crate::support::certificates::CA),
        Authority::new("Unknown").issue(|_| {}),
    ] {
        publishes(&issued, &["--cafile", &trust(&issued)]).exits(0);
        let finished = publishes(&issued, &["--cafile", &trust(&issued), "-h", "localhost."]);
        finished.exits(0);
    }
    let old = self_signed(|params| valid(params, -10, -3));
    publishes(&old, &["--cafile", &trust(&old)]).exits(3).says("certificate expired 3 days ago");
    let young = self_signed(|params| valid(params, 4, 10));
    publishes(&young, &["--cafile", &trust(&young)]).exits(3).says("is not valid before");
    let other = self_signed(|params| {
        params.subject_alt_names = vec![SanType::DnsName("other".try_into().unwrap())];
    });
    let words = ["--cafile", &trust(&other)];
    publishes(&other, &words).exits(3).says("certificate is for other, not for localhost");
    let named = [&words[..], &["--tls-server-name", "other"]].concat();
    publishes(&other, &named).exits(0);
}

#[test]
fn without_checking_all_is_accepted_and_told_each_time() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let trusted = folder.file("ca.pem", authority.pem());
    for issued in [
        self_signed(|params| valid(params, -10, -3)),
        Authority::new("Unknown").issue(|params| params.subject_alt_names.clear()),
        authority.issue(|_| {}).in_version_1(&authority),
    ] {
        let finished = publishes(&issued, &["--cafile", &trusted, "--insecure"]).exits(0);
        let told = "--insecure: the broker's certificate is not checked";
        assert_eq!(finished.stderr.matches(told).count(), 1, "{finished:?}");
    }
}

#[test]
fn authorities_come_from_a_file_a_folder_or_the_system() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let good = authority.issue(|_| {});
    // Among others, between lines of Windows.
    let several = Authority::new("Another").pem() + "text\n" + &authority.pem();
    let file = folder.file("several.pem", several.replace('\n', "\r\n"));
    publishes(&good, &["--cafile", &file]).exits(0);

    let certificates = Folder::new();
    certificates.file("README", "not a certificate");
    certificates.file("key.pem", good.key_pem());
    certificates.file("0a1b2c3d.0", authority.pem());
    let link = certificates.path("name.pem");
    std::os::unix::fs::symlink(certificates.path("0a1b2c3d.0"), link).unwrap();
    publishes(&good, &["--capath", &certificates.path("")]).exits(0);

    let system = [("SSL_CERT_FILE", file.as_str())];
    publishes_with(&good, &["--tls-use-os-certs"], &system).exits(0);
    let nobody = folder.file("empty.pem", "");
    let finished =
        run_with(&["--tls-use-os-certs"], &[("SSL_CERT_FILE", nobody.as_str())]).exits(1);
    finished.says("no certificates of authorities");
    // The system does not know this one.
    let unknown = folder.file("unknown.pem", Authority::new("Another").pem());
    let system = [("SSL_CERT_FILE", unknown.as_str())];
    let finished = publishes_with(&good, &["--tls-use-os-certs"], &system).exits(3);
    finished.says("signed by an unknown authority, CA");
    // Both together.
    let both = ["--tls-use-os-certs", "--cafile", &file];
    publishes_with(&good, &both, &system).exits(0);
}

/// A run that never connects.
fn run_with(words: &[&str], variables: &[(&str, &str)]) -> Finished {
    let broker = Broker::new();
    let mut command = command(["pub", "-t", "a", "-m", "x", "-p", &broker.port()]);
    command.args(words).envs(variables.iter().copied()).stdout(Stdio::piped());
    let finished = spawn(&mut command).finish();
    assert!(broker.is_alone(), "{finished:?}");
    assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
    finished
}

#[test]
fn variables_and_urls_ask_for_tls() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let good = authority.issue(|_| {});
    let trusted = folder.file("ca.pem", authority.pem());
    folder.file("folder.pem", authority.pem());
    let trust = ("MQTT_CAFILE", trusted.as_str());
    publishes_with(&good, &[], &[("MQTT_URL", "mqtts://localhost:PORT"), trust]).exits(0);
    publishes_with(&good, &[], &[("MQTT_HOST", "localhost"), ("MQTT_PORT", "PORT"), trust])
        .exits(0);
    let path = folder.path("");
    publishes_with(&good, &[], &[("MQTT_CAPATH", &path)]).exits(0);
    // An option comes before a variable.
    let other = folder.file("other.pem", Authority::new("Other").pem());
    publishes_with(&good, &["--cafile", &other], &[trust]).exits(3);
    // Plain text is never what a URL of TLS comes to.
    let url = [("MQTT_URL", "mqtts://localhost"), trust];
    run_with(&["--no-tls"], &url).exits(2).says("cannot be switched off");
    let default = run_alone(&[], &url).exits(3);
    default.says("no broker at mqtts://localhost:8883");
    run_alone(&["--cafile", &trusted], &[]).exits(3).says("no broker at mqtts://localhost:8883");
    run_alone(&["--tls-use-os-certs"], &[("SSL_CERT_FILE", &trusted)])
        .exits(3)
        .says("no broker at mqtts://localhost:1883");
    run_alone(&["-p", "8883"], &[("SSL_CERT_FILE", &trusted)])
        .exits(3)
        .says("no broker at mqtts://localhost:8883");
    run_alone(&["-p", "8883", "--no-tls"], &[]).exits(3).says("no broker at localhost:8883");
}

/// A run towards a port where nobody listens, or where it is of no matter who does.
fn run_alone(words: &[&str], variables: &[(&str, &str)]) -> Finished {
    let mut command = command(["pub", "-t", "a", "-m", "x"].iter().chain(words));
    spawn(command.envs(variables.iter().copied()).stdout(Stdio::piped())).finish()
}

#[test]
fn a_client_certificate_of_the_environment_goes_nowhere_that_an_option_names() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let client = authority.client();
    let trusted = folder.file("ca.pem", authority.pem());
    let certificate = folder.file("client.pem", client.pem());
    let key = folder.file("client.key", client.key_pem());
    let variables = [("MQTT_CERT", certificate.as_str()), ("MQTT_KEY", &key)];
    let answer = Answer::config(&authority.issue(|_| {}), Some(&authority), BOTH);
    for (words, shown) in [(&[][..], true), (&["-h", "localhost"], false)] {
        let broker = Broker::new();
        let fixed = ["pub", "-t", "a", "-m", "x", "--cafile", &trusted, "-p", &broker.port()];
        let mut command = command(fixed.iter().chain(words));
        let running = spawn(command.envs(variables).stdout(Stdio::piped()));
        let peer = accept_peer(&broker, &answer).0;
        assert_eq!(peer.is_some(), shown);
        match peer {
            Some(mut peer) => {
                welcome(&mut peer);
                peer.message();
                peer.leaves();
                running.finish().exits(0);
            }
            None => drop(running.finish().exits(3).says("wants a client certificate")),
        }
    }
}

#[test]
fn options_are_checked_before_anything_connects() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let (client, other) = (authority.client(), authority.client());
    let ca = folder.file("ca.pem", authority.pem());
    let der = folder.file("ca.der", authority.der());
    let empty = folder.file("empty.pem", "");
    let torn = folder.file("torn.pem", &authority.pem()[..100]);
    let wrong = folder.file("wrong.pem", armoured("CERTIFICATE", b"not one"));
    let certificate = folder.file("client.pem", client.pem());
    let key = folder.file("client.key", client.key_pem());
    let other_key = folder.file("other.key", other.key_pem());
    let nothing = Folder::new();
    let missing = folder.path("missing");
    let (ca, certificate, key) = (ca.as_str(), certificate.as_str(), key.as_str());
    for (code, words, reason) in [
        (1, &["--cafile", &*missing][..], "/missing: No such file"),
        (1, &["--cafile", &nothing.path("")], "Is a directory"),
        (1, &["--cafile", "/dev/zero"], "file too large"),
        (1, &["--cafile", &empty], "there is no certificate in"),
        (1, &["--cafile", key], "there is no certificate in"),
        (1, &["--cafile", &torn], "torn.pem is damaged"),
        (1, &["--cafile", &wrong], "certificate number 1 cannot be read"),
        (1, &["--cafile", &der], "openssl x509 -inform DER"),
        (1, &["--cafile", &missing, "--insecure"], "/missing: No such file"),
        (1, &["--capath", &nothing.path(""), "--insecure"], "no certificate in any file"),
        (1, &["--capath", &missing], "/missing: No such file"),
        (1, &["--capath", &nothing.path("")], "no certificate in any file of the folder"),
        (2, &["--cafile", ca, "--cert", certificate], "give it with --key"),
        (2, &["--cafile", ca, "--key", key], "give it with --cert"),
        (1, &["--cafile", ca, "--cert", certificate, "--key", &missing], "/missing: No such"),
        (1, &["--cafile", ca, "--cert", &missing, "--key", key], "/missing: No such"),
        (1, &["--cafile", ca, "--cert", certificate, "--key", ca], "there is no private key in"),
        (1, &["--cafile", ca, "--cert", certificate, "--key", &other_key], "is not that of the"),
        (1, &["--cafile", ca, "--key-password-file", &missing], "/missing: No such"),
        (2, &["--cafile", ca, "--ciphers", "RC4-MD5"], "there are: TLS_AES_256_GCM_SHA384"),
        (
            2,
            &["--cafile", ca, "--ciphers", "TLS_AES_128_GCM_SHA256", "--tls-version", "tlsv1.2"],
            "none of the cipher suites asked for belongs to TLS 1.2",
        ),
        (2, &["--cafile", ca, "--tls-version", "tlsv1.1"], "TLS before 1.2 is not safe"),
        (2, &["--cafile", ca, "--tls-version", "ssl"], "not tlsv1.2 or tlsv1.3"),
        (2, &["--cafile", ca, "--tls-alpn", ""], "must have 1 to 255 bytes"),
        (2, &["--cafile", ca, "--tls-server-name", "a b"], "cannot be the name of a server"),
        (3, &["--cafile", ca, "-h", "a b"], "give another with --tls-server-name"),
        (1, &["--cafile", ca, "--tls-keylog", &nothing.path("")], "cannot write the key log"),
        (2, &["--insecure"], "mq: --insecure is given, but nothing asks for TLS: add --cafile"),
        (2, &["--cert", certificate, "--key", key], "nothing asks for TLS: add --cafile"),
        (2, &["--psk", "00ff"], "pre-shared keys is not served"),
        (2, &["--psk-identity", "me"], "pre-shared keys is not served"),
        (2, &["--tls-engine", "pkcs11"], "engines are not served"),
        (2, &["--tls-engine-kpass-sha1", "00"], "engines are not served"),
        (2, &["--keyform", "engine"], "engines are not served"),
    ] {
        run_with(words, &[]).exits(code).says(reason);
    }
}

#[test]
fn a_unix_socket_needs_a_name_to_check() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let trusted = folder.file("ca.pem", authority.pem());
    let words = ["pub", "-t", "a", "-m", "x", "--unix", "/no/socket", "--cafile", &trusted];
    run(words).exits(3).says("give one with --tls-server-name");
    let named = words.iter().chain(&["--tls-server-name", "localhost"]);
    run(named).exits(3).says("no broker at mqtts://unix:/no/socket");
}

#[test]
fn versions_ciphers_protocols_and_names_are_the_ones_asked_for() {
    use rustls::ProtocolVersion::{TLSv1_2, TLSv1_3};
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let issued = authority.issue(|_| {});
    let trusted = folder.file("ca.pem", authority.pem());
    let Answer::Tls(config) = Answer::with(&issued) else { panic!("no TLS") };
    let mut config = (*config).clone();
    config.alpn_protocols = vec![b"other".to_vec(), b"mqtt".to_vec()];
    let answer = Answer::Tls(config.into());
    for (words, version, cipher, protocol, name) in [
        (&[][..], TLSv1_3, "TLS13_AES_256_GCM_SHA384", None, Some("localhost")),
        (
            &["--tls-version", "tlsv1.2"],
            TLSv1_2,
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            None,
            Some("localhost"),
        ),
        (
            &["--ciphers", "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-AES128-GCM-SHA256"],
            TLSv1_2,
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            None,
            Some("localhost"),
        ),
        (
            &["--ciphers", "TLS_AES_128_GCM_SHA256"],
            TLSv1_3,
            "TLS13_AES_128_GCM_SHA256",
            None,
            Some("localhost"),
        ),
        (
            &["--tls-alpn", "mqtt"],
            TLSv1_3,
            "TLS13_AES_256_GCM_SHA384",
            Some("mqtt"),
            Some("localhost"),
        ),
        (
            &["--tls-alpn", "mqtt", "--tls-alpn", "other"],
            TLSv1_3,
            "TLS13_AES_256_GCM_SHA384",
            Some("other"),
            Some("localhost"),
        ),
        (&["-h", "127.0.0.1"], TLSv1_3, "TLS13_AES_256_GCM_SHA384", None, None),
        (
            &["-h", "127.0.0.1", "--tls-server-name", "localhost"],
            TLSv1_3,
            "TLS13_AES_256_GCM_SHA384",
            None,
            Some("localhost"),
        ),
    ] {
        let broker = Broker::new();
        let fixed = ["pub", "-t", "a", "-m", "x", "--cafile", &trusted, "-p", &broker.port()];
        let running = start(fixed.iter().chain(words));
        let stream = accept(&broker, &answer).0.expect("a good handshake");
        let met = &stream.conn;
        assert_eq!(met.protocol_version(), Some(version), "{words:?}");
        let suite = met.negotiated_cipher_suite().unwrap().suite();
        assert_eq!(suite.as_str(), Some(cipher), "{words:?}");
        assert_eq!(met.alpn_protocol(), protocol.map(str::as_bytes), "{words:?}");
        assert_eq!(met.server_name(), name, "{words:?}");
        let mut peer = Peer::over(stream);
        welcome(&mut peer);
        peer.message();
        peer.leaves();
        running.finish().exits(0);
    }
    let broker = Broker::new();
    let fixed = ["pub", "-t", "a", "-m", "x", "--cafile", &trusted, "-p", &broker.port()];
    let running = start(fixed.iter().chain(&["--tls-alpn", "nothing"]));
    assert!(accept(&broker, &answer).0.is_none());
    running.finish().exits(3).says("takes none of the protocols that --tls-alpn offers");
}

#[test]
fn secrets_are_appended_to_a_file_of_our_own() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let issued = authority.issue(|_| {});
    let (trusted, log) = (folder.file("ca.pem", authority.pem()), folder.path("keys"));
    let words = ["--cafile", &trusted, "--tls-keylog", &log];
    publishes(&issued, &words).exits(0);
    let once = std::fs::read_to_string(&log).unwrap();
    assert!(once.lines().any(|line| line.starts_with("CLIENT_TRAFFIC_SECRET_0 ")), "{once}");
    for line in once.lines() {
        let fields: Vec<_> = line.split(' ').collect();
        assert_eq!((fields.len(), fields[1].len()), (3, 64), "{line}");
    }
    assert_eq!(std::fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
    publishes(&issued, &[&words[..], &["--tls-version", "tlsv1.2"]].concat()).exits(0);
    let twice = std::fs::read_to_string(&log).unwrap();
    assert!(twice.starts_with(&once) && twice.contains("\nCLIENT_RANDOM "), "{twice}");
}
