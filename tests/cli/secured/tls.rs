//! TLS with the certificate made on the spot, and with one's own.

use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rustix::process::Signal;

use super::{any, client, greet, lines, ping, rest, secured, serve, serve_in};
use crate::support::certificates::{Authority, Folder, valid};
use crate::support::mq::{run, start};
use crate::support::tls::BOTH;

#[test]
fn messages_pass_at_every_qos_and_between_tls_and_plain() {
    let site = serve(&["--tls"]);
    let (plain, file) = (site.url("mqtt").to_owned(), site.made("ca.crt"));
    let lines = lines(3000);
    for qos in ["0", "1", "2"] {
        let url = site.url("mqtts");
        let words = ["sub", "-L", url, "--cafile", &file, "-t", "a", "-q", qos, "-C", "3000"];
        let publisher = format!(
            "exec {} pub -L {plain} -t a -l -q {qos} < {}",
            env!("CARGO_BIN_EXE_mq"),
            site.folder.file("lines", &lines)
        );
        let words = [&words[..], &["--", "sh", "-c", &publisher]].concat();
        start(words).finish().exits(0).prints(&lines);
        // and the other way
        let publisher = publisher.replace(&plain, &format!("{url} --cafile {file}"));
        let words = ["sub", "-L", &plain, "-t", "a", "-q", qos, "-C", "3000", "--", "sh", "-c"];
        start(words.iter().chain(&[publisher.as_str()])).finish().exits(0).prints(&lines);
    }
}

#[test]
fn large_messages_pass_whole_both_ways() {
    let site = serve(&["--tls"]);
    let content: Vec<u8> = (0..3_000_000_u32).map(|at| (at / 7).to_le_bytes()[0]).collect();
    let path = site.folder.file("large", &content);
    let file = site.made("ca.crt");
    let script = format!(
        "exec {} pub -L {} --cafile {file} -t a -q 1 -f {path}",
        env!("CARGO_BIN_EXE_mq"),
        site.url("mqtts")
    );
    let words = ["sub", "-t", "a", "-C", "1", "-N", "--", "sh", "-c", &script];
    let finished = site.secure(&words).exits(0);
    assert!(finished.stdout == content, "{} bytes", finished.stdout.len());
}

#[test]
fn both_versions_of_tls_are_served_and_one_alone_where_asked() {
    let (old, new) = (&[BOTH[0]], &[BOTH[1]]);
    for (option, serves_old, serves_new) in
        [(None, true, true), (Some("tlsv1.2"), true, false), (Some("tlsv1.3"), false, true)]
    {
        let words: Vec<_> =
            ["--tls"].into_iter().chain(option.map(|_| "--tls-version")).chain(option).collect();
        let site = serve(&words);
        for (versions, is_served) in [(old, serves_old), (new, serves_new)] {
            let config = client(&site.made("ca.crt"), None, versions);
            let mut stream = secured(&config, site.dial("mqtts"));
            if is_served {
                greet(&mut stream);
                ping(&mut stream);
            } else {
                assert!(stream.write_all(b"x").is_err() || stream.read(&mut [0]).is_err());
                site.broker.wait_until_it_says("offers no version of TLS that is taken here");
            }
        }
    }
}

#[test]
fn who_comes_back_resumes_its_session_of_tls() {
    let site = serve(&["--tls"]);
    for version in BOTH {
        let config = client(&site.made("ca.crt"), None, &[version]);
        let mut kinds = Vec::new();
        for _ in 0..2 {
            let mut stream = secured(&config, site.dial("mqtts"));
            greet(&mut stream);
            ping(&mut stream);
            kinds.push(format!("{:?}", stream.conn.handshake_kind().unwrap()));
        }
        assert_eq!(kinds, ["Full", "Resumed"], "{version:?}");
    }
}

#[test]
fn what_is_made_is_for_the_owner_alone_and_goes_with_the_broker() {
    let folder = Folder::new();
    let site = serve_in(folder, &["--tls", "--issue-cert", "pump"]);
    site.broker.wait_until_it_says("--cafile ");
    let said = site.end().stderr;
    let (_, rest) = said.split_once("--cafile ").unwrap();
    let path = Path::new(rest.split_whitespace().next().unwrap());
    assert!(path.ends_with("ca.crt") && !path.exists(), "{}", path.display());
    assert!(!path.parent().unwrap().exists());
    let kept = serve(&["--tls", "--issue-cert", "pump"]);
    let mode =
        |name: &str| std::fs::metadata(kept.made(name)).unwrap().permissions().mode() & 0o777;
    for key in ["ca.key", "server.key", "pump.key"] {
        assert_eq!(mode(key), 0o600, "{key}");
    }
    assert_eq!(mode("."), 0o700);
}

#[test]
fn a_private_folder_is_made_for_the_keys_while_it_serves() {
    let script = "cd \"${MQTT_CAFILE%/*}\" && stat -c %a . server.key && ls";
    let words = ["sh", "-c", script];
    let finished = start(["broker", "--tls", "--"].iter().chain(&words)).finish().exits(0);
    let printed = String::from_utf8(finished.stdout).unwrap();
    // The authority's own key is written nowhere.
    assert_eq!(printed, "700\n600\nca.crt\nserver.crt\nserver.key\n");
}

#[test]
fn a_kept_authority_goes_on_so_its_clients_need_nothing_new() {
    let folder = Folder::new();
    let kept = folder.path("made");
    let first = serve_in(folder, &["--tls-dir", &kept, "--issue-cert", "pump"]);
    let read = |name: &str| std::fs::read(format!("{kept}/{name}")).unwrap();
    let files = ["ca.crt", "ca.key", "pump.crt", "pump.key"];
    let before = files.map(read);
    let server = read("server.crt");
    first.broker.signal(Signal::TERM);
    first.broker.finish().exits(0);
    std::fs::remove_file(first.folder.path("ready")).unwrap();
    let again = ["--tls-dir", &kept, "--issue-cert", "pump", "--require-client-cert"];
    let second = serve_in(first.folder, &again);
    assert_eq!(files.map(read), before);
    assert_ne!(read("server.crt"), server);
    let own = ["pub", "--cert", &second.made("pump.crt"), "--key", &second.made("pump.key")];
    let words = [&own[..], &["-t", "a", "-m", "x", "-q", "1"]].concat();
    second.secure(&words).exits(0);
}

#[test]
fn a_folder_with_half_an_authority_or_a_foreign_one_is_refused() {
    let folder = Folder::new();
    let authority = Authority::new("somebody");
    let certificate = folder.file("ca.crt", authority.pem());
    let place = folder.path("");
    let half = run(["broker", "-p", "0", "--tls-dir", &place]).exits(1);
    half.says("has one of ca.crt and ca.key and not the other");
    folder.file("ca.key", "no key");
    run(["broker", "-p", "0", "--tls-dir", &place]).exits(1).says("no private key in");
    folder.file("ca.crt", "nothing");
    run(["broker", "-p", "0", "--tls-dir", &place]).exits(1).says("no certificate in");
    drop(certificate);
}

#[test]
fn names_of_the_certificate_are_checked_and_can_be_added() {
    let site = serve(&["--tls", "--tls-name", "broker.test", "--tls-name", "192.0.2.7"]);
    for name in ["localhost", "127.0.0.1", "::1", "broker.test", "192.0.2.7"] {
        let words = ["pub", "--tls-server-name", name, "-t", "a", "-m", "x"];
        site.secure(&words).exits(0);
    }
    let words = ["pub", "--tls-server-name", "other.test", "-t", "a", "-m", "x"];
    site.secure(&words).exits(3).says("other.test");
    site.broker.wait_until_it_says("does not accept this broker's certificate");
}

#[test]
fn ones_own_certificate_is_served() {
    let folder = Folder::new();
    let authority = Authority::new("our authority");
    let issued = authority.issue(|_| {});
    let (certificate, key) = (folder.file("c", issued.pem()), folder.file("k", issued.key_pem()));
    let ca_file = folder.file("ca", authority.pem());
    let site = serve_in(folder, &["--tls-cert", &certificate, "--tls-key", &key]);
    let url = site.url("mqtts");
    let words = ["pub", "-L", url, "--cafile", &ca_file, "-t", "a", "-m", "x", "-q", "1"];
    run(words).exits(0);
    run(["pub", "-L", url, "--tls-use-os-certs", "-t", "a", "-m", "x"]).exits(3);
    assert!(!site.broker.has_said("clients are to trust"));
}

#[test]
fn a_certificate_out_of_its_time_and_an_open_key_are_told_at_the_start() {
    let folder = Folder::new();
    let authority = Authority::new("our authority");
    let said = |from: i64, until: i64, mode: u32| {
        let issued = authority.issue(|params| valid(params, from, until));
        let certificate = folder.file("c", issued.pem());
        let key = folder.file("k", issued.key_pem());
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        let tls = format!("certfile {certificate}\nkeyfile {key}\n");
        let listener = format!("listener 0 127.0.0.1\nallow_anonymous true\n{tls}");
        let config = folder.file("conf", format!("{listener}{listener}"));
        let by_option = ["--tls-cert", &certificate, "--tls-key", &key];
        [&by_option[..], &["-c", &config]].map(|given| {
            let words = [&["broker", "-q"], given, &["--", "true"]].concat();
            start(words).finish().exits(0).stderr
        })
    };
    for (from, until, mode, words) in [
        (-9, -3, 0o600, "expired 3 days ago: clients refuse it"),
        (3, 9, 0o600, "is not valid for another 2 days: clients refuse it"),
        (-9, 4, 0o600, "expires in 3 days"),
        (-9, 99, 0o644, "everybody on this machine can read"),
    ] {
        for said in said(from, until, mode) {
            assert!(said.contains(words), "{said}");
            assert!(said.matches("the certificate in").count() <= 1, "{said}");
        }
    }
    for good in said(-9, 99, 0o600) {
        assert!(!good.contains("certificate in") && !good.contains("can read"), "{good}");
    }
}

#[test]
fn sighup_takes_the_certificates_as_they_are_then() {
    let folder = Folder::new();
    let put = |authority: &Authority, ca_name: &str| {
        let issued = authority.issue(|_| {});
        folder.file(ca_name, authority.pem());
        (folder.file("c", issued.pem()), folder.file("k", issued.key_pem()))
    };
    let (first, second) = (Authority::new("first"), Authority::new("second"));
    let (certificate, key) = put(&first, "first");
    put(&second, "second");
    put(&first, "first");
    let [first_ca, second_ca] = ["first", "second"].map(|name| folder.path(name));
    let renewed = second.issue(|_| {});
    let site = serve_in(folder, &["--tls-cert", &certificate, "--tls-key", &key]);
    let comes = |ca_file: &str, code: i32| {
        let url = site.url("mqtts");
        run(["pub", "-L", url, "--cafile", ca_file, "-t", "a", "-m", "x", "-q", "1"]).exits(code);
    };
    comes(&first_ca, 0);
    site.folder.file("c", renewed.pem());
    site.broker.signal(Signal::HUP);
    // The old key is not that of the new certificate.
    site.broker.wait_until_it_says("all stays as it was");
    comes(&first_ca, 0);
    site.folder.file("k", renewed.key_pem());
    site.broker.signal(Signal::HUP);
    site.broker.wait_until_it_says("the files are read again");
    comes(&second_ca, 0);
    comes(&first_ca, 3);
}

#[test]
fn files_that_are_wrong_are_refused_at_the_start() {
    let folder = Folder::new();
    let authority = Authority::new("our authority");
    let (one, other) = (authority.issue(|_| {}), authority.issue(|_| {}));
    let (certificate, key) = (folder.file("c", one.pem()), folder.file("k", one.key_pem()));
    let foreign = folder.file("o", other.key_pem());
    let empty = folder.file("empty", "");
    let half = folder.file("half", &one.pem()[..200]);
    let missing = folder.path("missing");
    let refused = |words: &[&str], code: i32, says: &str| {
        let all = ["broker", "-p", "0"].iter().chain(words);
        start(all).finish().exits(code).says(says);
    };
    refused(&["--tls-cert", &certificate], 2, "--tls-key");
    refused(
        &["--tls-cert", &certificate, "--tls-key", &foreign],
        1,
        "is not that of the certificate",
    );
    refused(&["--tls-cert", &missing, "--tls-key", &key], 1, "cannot read");
    refused(&["--tls-cert", &empty, "--tls-key", &key], 1, "no certificate in");
    refused(&["--tls-cert", &half, "--tls-key", &key], 1, "half");
    refused(&["--tls-cert", &certificate, "--tls-key", &empty], 1, "no private key in");
    refused(&["--tls", "--tls-ca", &empty], 1, "no certificate in");
    refused(&["--tls", "--tls-ca", &missing], 1, "cannot read");
    refused(&["--tls", "--require-client-cert", "--tls-crl", &empty], 1, "no revocation list in");
    refused(&["--tls", "--issue-cert", "../x"], 2, "--issue-cert");
    refused(&["--tls", "--issue-cert", "ca"], 2, "--issue-cert");
    refused(
        &["--tls-cert", &certificate, "--tls-key", &key, "--issue-cert", "x"],
        2,
        "--issue-cert",
    );
}

#[test]
fn a_command_finds_every_port_and_the_authority() {
    let script = "\
set -e
test \"${MQTT_URL%%:*} ${MQTTS_URL%%:*} ${MQTT_WS_URL%%:*}\" = 'mqtt mqtts ws'
\"$MQ\" pub -t a -m plain
\"$MQ\" pub -L \"$MQTTS_URL\" -t a -m secure
\"$MQ\" pub -L \"$MQTT_WS_URL\" -t a -m socket
MQTT_URL=$MQTTS_URL \"$MQ\" pub -t a -m by-variable
";
    let words = ["broker", "--tls", "--ws", "0", "--user", "a:b c", "--", "sh", "-c", script];
    start(words).finish().exits(0);
}

#[test]
fn a_secure_broker_beyond_loopback_has_no_plain_port_unless_it_is_named() {
    let folder = Folder::new();
    let file = folder.path("ready");
    let words = ["broker", "--tls-port", "0", "-b", "0.0.0.0", "--ready-file", &file];
    let broker = start(words);
    broker.wait_until_it_says("--cafile ");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(text.starts_with("mqtts://0.0.0.0:") && text.lines().count() == 1, "{text}");
    broker.wait_until_it_says("there is no login");
    drop(broker);
    // Whoever has no certificate does not come in, so nothing is to be warned of.
    let words = ["broker", "--tls-port", "0", "-b", "0.0.0.0", "--require-client-cert"];
    let guarded = start(words).finish_after("--cafile ");
    assert!(!guarded.contains("there is no login"), "{guarded}");
}

#[test]
fn plain_mqtt_and_http_at_the_port_of_tls_are_told_apart() {
    let site = serve(&["--tls"]);
    let port = site.port("mqtts").to_string();
    run(["pub", "-p", &port, "-t", "a", "-m", "x"]).exits(3);
    site.broker.wait_until_it_says("it speaks plain MQTT to a port of TLS");
    let mut browser = site.dial("mqtts");
    browser.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    rest(&mut browser);
    site.broker.wait_until_it_says("it speaks HTTP to a port of TLS");
    let mut stranger = site.dial("mqtts");
    stranger.write_all(b"SSH-2.0-x\r\n").unwrap();
    rest(&mut stranger);
    site.broker.wait_until_it_says("something that is not TLS came to a port of TLS");
}

#[test]
fn tls_and_http_at_the_plain_port_are_told_apart() {
    let site = serve(&["--tls"]);
    let plain = site.url("mqtt").replace("mqtt://", "mqtts://");
    site.secure_to(&plain, &["pub", "-t", "a", "-m", "x"]).exits(3);
    site.broker.wait_until_it_says("it speaks TLS to a port of plain MQTT");
    let mut browser = site.dial("mqtt");
    browser.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let answer = String::from_utf8(rest(&mut browser)).unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 400 ") && answer.ends_with("MQTT, not HTTP.\n"),
        "{answer}"
    );
    site.broker.wait_until_it_says("it speaks HTTP to a port of plain MQTT");
}

#[test]
fn a_broker_with_idle_connections_rests() {
    let site = serve(&["--tls", "--wss", "0"]);
    let config = any(&site, None);
    let mut streams: Vec<_> = (0..20).map(|_| secured(&config, site.dial("mqtts"))).collect();
    greet(&mut streams[0]);
    for stream in &mut streams[1..] {
        stream.conn.complete_io(&mut stream.sock).unwrap();
    }
    site.broker.wait_until_it_rests();
    ping(&mut streams[0]);
    site.broker.wait_until_it_rests();
}

#[test]
fn a_goodbye_of_tls_is_said_when_the_broker_ends() {
    let site = serve(&["--tls"]);
    let mut stream = secured(&any(&site, None), site.dial("mqtts"));
    greet(&mut stream);
    site.end();
    let mut all = Vec::new();
    // Without close_notify this would be an error.
    stream.read_to_end(&mut all).unwrap();
    assert_eq!(all, b"");
}
