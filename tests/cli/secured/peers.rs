//! Programs of others at the port of TLS: mosquitto's clients, OpenSSL.

use std::io::Write;
use std::process::{Command, Stdio};

use super::{CONNECT, Site, lines, serve};
use crate::support::mq::{Running, spawn, start};

fn mosquitto_pub(site: &Site, words: &[&str]) -> Running {
    let (port, ca_file) = (site.port("mqtts").to_string(), site.made("ca.crt"));
    let mut command = Command::new("mosquitto_pub");
    command.args(["-h", "localhost", "-p", &port, "--cafile", &ca_file]).args(words);
    spawn(command.stdin(Stdio::piped()).stdout(Stdio::piped()))
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn mosquitto_pub_publishes_through_tls_at_every_qos() {
    let site = serve(&["--tls"]);
    let lines = lines(500);
    for version in ["311", "5"] {
        for qos in ["0", "1", "2"] {
            let url = site.url("mqtt");
            let words = ["sub", "-L", url, "-t", "a", "-q", qos, "-C", "500", "-d"];
            let subscriber = start(words);
            subscriber.wait_until_it_says("SUBACK");
            let mut publisher = mosquitto_pub(&site, &["-V", version, "-t", "a", "-q", qos, "-l"]);
            publisher.feed(lines.clone());
            publisher.finish().exits(0);
            subscriber.finish().exits(0).prints(&lines);
        }
    }
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn mosquitto_sub_hears_through_tls_with_a_certificate_of_its_own() {
    let site = serve(&["--require-client-cert", "--issue-cert", "pump", "--cert-user", "cn"]);
    let (port, ca_file) = (site.port("mqtts").to_string(), site.made("ca.crt"));
    let own = (site.made("pump.crt"), site.made("pump.key"));
    site.secure(&["pub", "--cert", &own.0, "--key", &own.1, "-t", "a", "-r", "-m", "kept"])
        .exits(0);
    for version in ["311", "5"] {
        let mut command = Command::new("mosquitto_sub");
        command.args(["-h", "localhost", "-p", &port, "--cafile", &ca_file, "-V", version]);
        command.args(["--cert", &own.0, "--key", &own.1, "-t", "a", "-C", "1"]);
        spawn(command.stdout(Stdio::piped())).finish().exits(0).prints("kept\n");
    }
    // Without one it is not let in.
    let refused = mosquitto_pub(&site, &["-t", "a", "-m", "x"]).finish();
    assert_ne!(refused.code, Some(0), "{refused:?}");
}

/// `openssl s_client` with these options; `input` is sent, and what it prints comes back once it
/// has ended.
fn s_client(site: &Site, input: &[u8], words: &[&str]) -> String {
    let (place, ca_file) = (format!("127.0.0.1:{}", site.port("mqtts")), site.made("ca.crt"));
    let mut command = Command::new("openssl");
    command.args(["s_client", "-connect", &place, "-CAfile", &ca_file, "-servername", "localhost"]);
    command.args(words).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = spawn(&mut command);
    running.feed(input);
    let finished = running.finish();
    String::from_utf8_lossy(&finished.stdout).into_owned() + &finished.stderr
}

#[test]
#[ignore = "needs openssl"]
fn openssl_verifies_the_certificate_made_and_speaks_mqtt_through_it() {
    let site = serve(&["--tls"]);
    // CONNECT, and DISCONNECT, after which the broker closes.
    let input = [CONNECT, &[0xE0, 0]].concat();
    for version in ["-tls1_2", "-tls1_3"] {
        let verify = ["-verify_hostname", "localhost", "-verify_return_error", "-quiet", version];
        let said = s_client(&site, &input, &verify);
        assert!(said.contains("\u{20}\u{2}\0\0"), "{version}: {said:?}");
        let told = s_client(&site, b"", &["-verify_hostname", "localhost", version]);
        assert!(told.contains("Verify return code: 0 (ok)"), "{version}: {told}");
        let wrong = s_client(&site, b"", &["-verify_hostname", "other.test", version]);
        assert!(wrong.to_lowercase().contains("hostname mismatch"), "{version}: {wrong}");
    }
}

#[test]
#[ignore = "needs openssl"]
fn openssl_comes_back_to_its_session_in_tls_1_2() {
    let site = serve(&["--tls"]);
    let said = s_client(&site, b"", &["-tls1_2", "-reconnect"]);
    assert!(said.matches("Reused, TLSv1.2").count() >= 3, "{said}");
}

#[test]
#[ignore = "needs openssl"]
fn versions_of_tls_before_1_2_are_refused() {
    let site = serve(&["--tls"]);
    // What OpenSSL itself would not send by default is switched on.
    let said = s_client(&site, CONNECT, &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]);
    assert!(!said.contains("\u{20}\u{2}\0\0"), "{said:?}");
    site.broker.wait_until_it_says("offers no version of TLS that is taken here");
}

#[test]
#[ignore = "needs openssl"]
fn handshakes_are_the_matter_of_another_thread() {
    const HANDSHAKES: usize = 60;
    let folder = crate::support::certificates::Folder::new();
    let (key, certificate) = (folder.path("k"), folder.path("c"));
    // A key that takes its time.
    let mut command = Command::new("openssl");
    command.args(["req", "-x509", "-newkey", "rsa:4096", "-nodes", "-days", "9"]);
    command.args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]);
    command.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    command.args(["-keyout", &key, "-out", &certificate]).stderr(Stdio::null());
    assert!(command.status().unwrap().success());
    let words = ["--tls-cert", &certificate, "--tls-key", &key];
    let site = super::serve_in(folder, &words);
    for number in 0..HANDSHAKES {
        let mut stream = site.dial("mqtts");
        // A hello is what a server signs for, whoever it is by.
        stream.write_all(&super::attacks::hello_to_anybody()).unwrap();
        let mut answer = [0; 1];
        std::io::Read::read_exact(&mut stream, &mut answer).unwrap();
        assert_eq!(answer, [22], "handshake {number}");
    }
    let (others, own) = site.broker.ticks_by_thread("mq-handshakes");
    assert!(others > 10 && own * 2 < others, "{others} ticks there, {own} here");
}

#[test]
#[ignore = "needs openssl"]
fn certificates_by_openssl_are_served_and_taken_encrypted_key_included() {
    let folder = crate::support::certificates::Folder::new();
    let openssl = |words: &[&str]| {
        let mut command = Command::new("openssl");
        command.args(words).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        assert!(command.status().unwrap().success(), "{words:?}");
    };
    let path = |name: &str| folder.path(name);
    let subject = ["-subj", "/C=SE/O=Works/CN=localhost"];
    let (key, request, certificate) = (path("k"), path("r"), path("c"));
    let (ca_key, ca_file) = (path("ca.key"), path("ca.crt"));
    openssl(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        &ca_key,
        "-out",
        &ca_file,
        "-subj",
        "/CN=works authority",
        "-days",
        "9",
    ]);
    let secret = ["-aes-256-cbc", "-pass", "pass:hunter2", "-out", &key];
    let kind = ["genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"];
    openssl(&[&kind[..], &secret].concat());
    let begin = ["req", "-new", "-key", &key, "-passin", "pass:hunter2", "-out", &request];
    openssl(&[&begin[..], &subject].concat());
    let names = folder.file("names", "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    openssl(&[
        "x509",
        "-req",
        "-in",
        &request,
        "-CA",
        &ca_file,
        "-CAkey",
        &ca_key,
        "-CAcreateserial",
        "-out",
        &certificate,
        "-days",
        "9",
        "-extfile",
        &names,
    ]);
    let password = folder.file("password", "hunter2\n");
    let words = [
        "--tls-cert",
        &certificate,
        "--tls-key",
        &key,
        "--tls-key-password-file",
        &password,
        "--tls-ca",
        &ca_file,
        "--require-client-cert",
        "--cert-user",
        "subject",
    ];
    let site = super::serve_in(folder, &words);
    let url = site.url("mqtts");
    // The same certificate says who its client is.
    let words = [
        "pub",
        "-L",
        url,
        "--cafile",
        &ca_file,
        "--cert",
        &certificate,
        "--key",
        &key,
        "--key-password-file",
        &password,
        "-t",
        "a",
        "-m",
        "x",
        "-q",
        "1",
    ];
    start(words).finish().exits(0);
}
