//! Keys and certificates as people make them with openssl.

use std::process::{Command, Stdio};

use crate::support::broker::{Broker, Peer};
use crate::support::certificates::{Authority, Folder, Issued};
use crate::support::mq::{run, start};
use crate::support::names::{Names, Whose};
use crate::support::terminal::{AtTerminal, in_a_session};
use crate::support::tls::{Answer, BOTH, accept_peer};

fn welcome(peer: &mut Peer) {
    peer.hello();
    peer.connack(false, &[]);
}

/// `openssl`, as people use it.
fn openssl(folder: &Folder, words: &str) {
    let output = Command::new("sh")
        .args(["-c", &format!("exec openssl {words}")])
        .current_dir(folder.path("."))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
#[ignore = "needs openssl"]
fn encrypted_keys_open_by_their_password() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let client = authority.client();
    let trusted = folder.file("ca.pem", authority.pem());
    let certificate = folder.file("client.pem", client.pem());
    folder.file("plain.key", client.key_pem());
    let password = folder.file("password", "open sesame\r\nnot this\n");
    let answer = Answer::config(&authority.issue(|_| {}), Some(&authority), BOTH);
    let form = |name: &str, how: &str| {
        let command = format!("pkcs8 -topk8 -in plain.key -passout pass:'open sesame' {how}");
        openssl(&folder, &format!("{command} -out {name}"));
        folder.path(name)
    };
    let words = |key: &str| {
        let fixed = ["pub", "-t", "a", "-m", "x", "--cert", &certificate, "--cafile", &trusted];
        fixed.iter().chain(&["--key", key]).map(|word| (*word).to_owned()).collect::<Vec<_>>()
    };
    let with_password = || ["--key-password-file".to_owned(), password.clone()];

    for (name, how) in [("usual", ""), ("aes-128", "-v2 aes-128-cbc"), ("scrypt", "-scrypt")] {
        let (broker, key) = (Broker::new(), form(name, how));
        let port = ["-p".to_owned(), broker.port()];
        let running = start(words(&key).into_iter().chain(with_password()).chain(port.clone()));
        let mut peer = accept_peer(&broker, &answer).0.expect(name);
        welcome(&mut peer);
        peer.message();
        peer.leaves();
        running.finish().exits(0);
        let asks = run(words(&key).into_iter().chain(port.clone())).exits(2);
        asks.says("is encrypted: give its password with --key-password-file");
        let wrong = folder.file("wrong", "open barley\n");
        let wrong = ["--key-password-file".to_owned(), wrong];
        let refuses = run(words(&key).into_iter().chain(wrong).chain(port)).exits(1);
        refuses.says("the password is not that of the key in");
        assert!(broker.is_alone());
    }

    // What is too old says how to make it new, and the advice works.
    let old = folder.path("old");
    openssl(&folder, "ec -in plain.key -aes128 -passout pass:'open sesame' -out old");
    let weak = form("weak", "-v1 PBE-SHA1-3DES");
    for (key, reason) in [(&old, "a form of long ago"), (&weak, "in a way that is not served")] {
        let told = run(words(key).into_iter().chain(with_password())).exits(1).says(reason);
        let advice = told.stderr.split("convert it with: openssl ").nth(1).unwrap().trim();
        let advice = advice.replace("NEW", "new");
        openssl(
            &folder,
            &format!("{advice} -passin pass:'open sesame' -passout pass:'open sesame'"),
        );
        let new = run(words(&folder.path("new")).into_iter().chain(with_password()));
        assert!(new.stderr.contains("no broker at"), "{new:?}");
    }
}

#[test]
#[ignore = "needs openssl"]
fn the_advice_for_version_1_works() {
    let folder = Folder::new();
    openssl(
        &folder,
        "req -x509 -newkey rsa:2048 -nodes -keyout CA.key -out CA.crt -subj /CN=CA \
                      -days 10",
    );
    openssl(&folder, "req -newkey rsa:2048 -nodes -keyout S.key -out SERVER.csr -subj /CN=h");
    openssl(
        &folder,
        "x509 -req -in SERVER.csr -CA CA.crt -CAkey CA.key -CAcreateserial -days 10 \
                      -out SERVER.crt",
    );
    let trusted = folder.path("CA.crt");
    let serve = || {
        let read = |name: &str| std::fs::read_to_string(folder.path(name)).unwrap();
        Answer::with(&Issued::from_pem(read("SERVER.crt").as_bytes(), &read("S.key")))
    };
    let (broker, words) = (Broker::new(), ["sub", "-t", "a", "-E", "--cafile", &trusted]);
    let running = start(words.iter().chain(&["-p", &broker.port()]));
    accept_peer(&broker, &serve());
    let told = running.finish().exits(3);
    let advice = told.stderr.split("make it anew with: ").nth(1).expect("advice").trim();
    let done = Command::new("sh").args(["-c", advice]).current_dir(folder.path(".")).output();
    assert!(done.unwrap().status.success(), "{advice}");

    let running = start(words.iter().chain(&["-p", &broker.port()]));
    let mut peer = accept_peer(&broker, &serve()).0.expect("a good handshake");
    welcome(&mut peer);
    peer.grant();
    peer.leaves();
    running.finish().exits(0);
}

#[test]
#[ignore = "needs openssl"]
fn the_password_of_an_encrypted_key_is_asked_for_at_a_terminal() {
    let (authority, folder) = (Authority::new("CA"), Folder::new());
    let client = authority.client();
    let trusted = folder.file("ca.pem", authority.pem());
    let certificate = folder.file("client.pem", client.pem());
    folder.file("plain.key", client.key_pem());
    openssl(&folder, "pkcs8 -topk8 -in plain.key -passout pass:'open sesame' -out locked");
    let key = folder.path("locked");
    let answer = Answer::config(&authority.issue(|_| {}), Some(&authority), BOTH);
    let words = ["-t", "a", "-m", "x", "--cert", &certificate, "--cafile", &trusted, "--key", &key];
    let names = Names::new();
    let own = |port: &str| {
        // Asked for once, though it is needed for each.
        let hosts = ["pub", "-h", "localhost", "-h", "127.0.0.1", "-p", port];
        let words = [&hosts[..], &words].concat();
        crate::support::mq::command(words)
    };
    let theirs = |port: &str| {
        let words = [&words[..], &["-p", port]].concat();
        names.command(Whose::Ours, "mosquitto_pub", words)
    };
    for ours in [true, false] {
        let broker = Broker::new();
        let command = if ours { own(&broker.port()) } else { theirs(&broker.port()) };
        let running = AtTerminal::cooked(&mut in_a_session(&["--ctty", "--wait"], &command));
        running.shows(&format!("Password of the key in {key}: "));
        assert!(!running.echoes());
        running.types("open sesame\n");
        let mut peer = accept_peer(&broker, &answer).0.expect("a good handshake");
        assert!(running.echoes());
        welcome(&mut peer);
        assert_eq!(peer.message().payload, b"x");
        peer.leaves();
        let (code, shown) = running.finish();
        let shown = String::from_utf8_lossy(&shown).into_owned();
        assert_eq!(code, Some(0), "{shown}");
        assert!(!shown.contains("sesame") && shown.matches("Password").count() == 1, "{shown}");
    }
    let running = AtTerminal::cooked(&mut in_a_session(&["--ctty", "--wait"], &own("1")));
    running.shows("Password of the key in");
    running.types("open barley\n");
    running.shows("the password is not that of the key in");
    assert_eq!(running.finish().0, Some(1));
    // What is wrong with the rest is told before, and who connects to nothing needs no key.
    let place = ["-p", "1", "--cert", &certificate, "--cafile", &trusted, "--key", &key];
    for (words, exit, told) in [
        (&["pub", "-t", "a/#", "-m", "x"][..], 2, "a/#"),
        (&["sub", "-t", "a#"], 2, "a#"),
        (&["rr", "-t", "a/+", "-m", "x"], 2, "a/+"),
        (&["pub", "-t", "a", "-m", "x", "--dry-run"], 0, "\"payload\":\"x\""),
    ] {
        let command = crate::support::mq::command(words.iter().chain(&place));
        let running = AtTerminal::cooked(&mut in_a_session(&["--ctty", "--wait"], &command));
        let (code, shown) = running.finish();
        let shown = String::from_utf8_lossy(&shown).into_owned();
        assert_eq!(code, Some(exit), "{words:?}: {shown}");
        assert!(shown.contains(told) && !shown.contains("Password"), "{words:?}: {shown}");
    }
}
