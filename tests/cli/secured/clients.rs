//! Certificates of clients: who is let in by them, and under which name.

use std::io::Read;

use super::{CONNACK, CONNECT, Secure, Site, any, client, greet, secured, serve, serve_in};
use crate::support::certificates::{Authority, Folder, self_signed, valid};
use crate::support::mq::run;
use crate::support::tls::BOTH;

/// A broker with our certificate that takes those of `authority`, and more options.
fn required(authority: &Authority, folder: Folder, more: &[&str]) -> Site {
    let issued = authority.issue(|_| {});
    let (certificate, key) = (folder.file("c", issued.pem()), folder.file("k", issued.key_pem()));
    let ca_file = folder.file("ca.crt", authority.pem());
    let words = ["--tls-cert", &certificate, "--tls-key", &key, "--tls-ca", &ca_file];
    let words: Vec<_> =
        words.iter().chain(&["--require-client-cert"]).chain(more).copied().collect();
    serve_in(folder, &words)
}

/// Tries to come in, in both versions of TLS; whether the broker answered CONNECT.
fn comes_in(site: &Site, own: Option<(&str, &str)>) -> bool {
    let outcomes = BOTH.iter().map(|version| {
        let config = client(&site.folder.path("ca.crt"), own, &[version]);
        let mut stream = secured(&config, site.dial("mqtts"));
        answers(&mut stream)
    });
    let outcomes: Vec<_> = outcomes.collect();
    assert_eq!(outcomes[0], outcomes[1], "both versions");
    outcomes[0]
}

fn answers(stream: &mut Secure) -> bool {
    use std::io::Write as _;
    // In TLS 1.3 the refusal comes after the client believes to be in.
    if stream.write_all(CONNECT).and_then(|()| stream.flush()).is_err() {
        return false;
    }
    let mut answer = [0; 4];
    stream.read_exact(&mut answer).is_ok_and(|()| answer == *CONNACK)
}

#[test]
fn a_client_without_a_certificate_is_refused_and_with_a_good_one_let_in() {
    let authority = Authority::new("our authority");
    let folder = Folder::new();
    let issued = authority.client();
    let own = (folder.file("own.crt", issued.pem()), folder.file("own.key", issued.key_pem()));
    let site = required(&authority, folder, &[]);
    assert!(comes_in(&site, Some((&own.0, &own.1))));
    assert!(!comes_in(&site, None));
    site.broker.wait_until_it_says("the client shows no certificate, and one is required");
    // The client hears why, although it could have sent CONNECT already.
    let (ca_file, url) = (site.folder.path("ca.crt"), site.url("mqtts"));
    for version in ["tlsv1.2", "tlsv1.3"] {
        let words = ["pub", "-L", url, "--cafile", &ca_file, "--tls-version", version];
        let words = words.iter().chain(&["-t", "a", "-m", "x", "-q", "1"]);
        let finished = run(words).exits(3);
        assert!(finished.stderr.contains("certificate"), "{}", finished.stderr);
    }
}

#[test]
fn certificates_of_others_of_another_time_and_for_another_use_are_refused() {
    let authority = Authority::new("our authority");
    let site = required(&authority, Folder::new(), &[]);
    let client = |edit: &dyn Fn(&mut rcgen::CertificateParams)| {
        authority.issue(|params| {
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
            edit(params);
        })
    };
    for (issued, says) in [
        (Authority::new("a stranger").client(), "signed by an authority that is not trusted here"),
        (Authority::new("our authority").client(), "certificate is bad"),
        (self_signed(|_| {}), "signed by an authority that is not trusted here"),
        (client(&|params| valid(params, -9, -3)), "the client's certificate has expired"),
        (client(&|params| valid(params, 3, 9)), "the client's certificate is not valid yet"),
        (authority.issue(|_| {}), "the client's certificate is not for clients"),
    ] {
        let own =
            (site.folder.file("x.crt", issued.pem()), site.folder.file("x.key", issued.key_pem()));
        assert!(!comes_in(&site, Some((&own.0, &own.1))), "{says}");
        site.broker.wait_until_it_says(says);
    }
}

#[test]
fn a_certificate_that_is_itself_in_the_file_is_trusted() {
    let authority = Authority::new("our authority");
    let folder = Folder::new();
    let for_clients = |params: &mut rcgen::CertificateParams| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    };
    let alone = self_signed(for_clients);
    let own = (folder.file("own.crt", alone.pem()), folder.file("own.key", alone.key_pem()));
    let trusted = folder.file("trusted", authority.pem() + &alone.pem());
    let site = required(&authority, folder, &["--tls-ca", &trusted]);
    assert!(comes_in(&site, Some((&own.0, &own.1))));
    let other = self_signed(for_clients);
    let own = (site.folder.file("x.crt", other.pem()), site.folder.file("x.key", other.key_pem()));
    assert!(!comes_in(&site, Some((&own.0, &own.1))));
}

#[test]
fn a_revoked_certificate_is_refused() {
    use rcgen::{CertificateRevocationListParams, KeyIdMethod, RevokedCertParams, SerialNumber};
    let authority = Authority::new("our authority");
    let folder = Folder::new();
    let with_serial = |serial: u64| {
        authority.issue(|params| {
            params.serial_number = Some(SerialNumber::from(serial));
            params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        })
    };
    let (good, bad) = (with_serial(7), with_serial(8));
    let revoked = RevokedCertParams {
        serial_number: SerialNumber::from(8_u64),
        revocation_time: rcgen::date_time_ymd(2024, 1, 1),
        reason_code: None,
        invalidity_date: None,
    };
    let list = |until| CertificateRevocationListParams {
        this_update: rcgen::date_time_ymd(2024, 1, 1),
        next_update: rcgen::date_time_ymd(until, 1, 1),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: vec![revoked.clone()],
        key_identifier_method: KeyIdMethod::Sha256,
    };
    let file = folder.file("crl", authority.revocation_list(&list(2099)));
    let old = folder.file("old", authority.revocation_list(&list(2025)));
    let pair = |issued: &crate::support::certificates::Issued, name: &str, folder: &Folder| {
        let certificate = folder.file(&format!("{name}.crt"), issued.pem());
        (certificate, folder.file(&format!("{name}.key"), issued.key_pem()))
    };
    let (good, bad) = (pair(&good, "good", &folder), pair(&bad, "bad", &folder));
    let site = required(&authority, folder, &["--tls-crl", &file]);
    assert!(comes_in(&site, Some((&good.0, &good.1))));
    assert!(!comes_in(&site, Some((&bad.0, &bad.1))));
    site.broker.wait_until_it_says("the client's certificate is revoked");
    // A list that is out of date vouches for nobody.
    let strict = required(&authority, Folder::new(), &["--tls-crl", &old]);
    assert!(!comes_in(&strict, Some((&good.0, &good.1))));
    strict.broker.wait_until_it_says("the revocation list has nothing of the authority");
}

#[test]
fn the_certificate_names_the_user_and_connect_does_not() {
    let issue = ["--issue-cert", "pump", "--issue-cert", "meter"];
    let rule = ["--acl", "pump readwrite in/#", "--user", "meter:pw"];
    let words = [&issue[..], &rule, &["--cert-user", "cn"]].concat();
    let site = serve(&words);
    let come = |name: &str, more: &[&str]| {
        let own = [site.made(&format!("{name}.crt")), site.made(&format!("{name}.key"))];
        let words = ["pub", "-V", "5", "--cert", &own[0], "--key", &own[1], "-q", "1", "-m", "x"];
        site.secure(&[&words[..], more].concat())
    };
    come("pump", &["-t", "in/a"]).exits(0);
    come("pump", &["-t", "in/a", "-u", "meter", "-P", "pw"]).exits(0);
    come("meter", &["-t", "in/a"]).exits(4);
    come("meter", &["-t", "in/a", "-u", "pump"]).exits(4);
    // The plain port asks for names and passwords as ever.
    let plain = site.url("mqtt");
    run(["pub", "-L", plain, "-t", "in/a", "-m", "x"]).exits(4);
    run(["pub", "-L", plain, "-u", "meter", "-P", "pw", "-t", "in/a", "-m", "x"]).exits(0);
    assert!(!answers(&mut secured(&any(&site, None), site.dial("mqtts"))));
}

#[test]
fn the_whole_subject_can_be_the_name_of_the_user() {
    let authority = Authority::new("our authority");
    let folder = Folder::new();
    let issued = authority.issue(|params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        params.distinguished_name.push(rcgen::DnType::OrganizationName, "Works");
    });
    let nameless = authority.issue(|params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
        params.distinguished_name = rcgen::DistinguishedName::new();
    });
    let own = (folder.file("own.crt", issued.pem()), folder.file("own.key", issued.key_pem()));
    let none = (folder.file("no.crt", nameless.pem()), folder.file("no.key", nameless.key_pem()));
    let acl = folder.file("acl", "user O=Works,CN=localhost\ntopic readwrite a\n");
    let more = ["--cert-user", "subject", "--acl-file", &acl];
    let site = required(&authority, folder, &more);
    let (ca_file, url) = (site.folder.path("ca.crt"), site.url("mqtts"));
    let words = ["pub", "-L", url, "--cafile", &ca_file, "--cert", &own.0, "--key", &own.1];
    let words = words.iter().chain(&["-V", "5", "-t", "a", "-m", "x", "-q", "1"]);
    run(words).exits(0);
    assert!(!comes_in(&site, Some((&none.0, &none.1))));
    site.broker.wait_until_it_says("no certificate tells its user's name");
}

#[test]
fn whoever_shows_a_certificate_is_asked_for_it_each_time() {
    let site = serve(&["--require-client-cert", "--issue-cert", "pump"]);
    let own = (site.made("pump.crt"), site.made("pump.key"));
    let config = any(&site, Some((&own.0, &own.1)));
    for _ in 0..3 {
        let mut stream = secured(&config, site.dial("mqtts"));
        greet(&mut stream);
        assert_eq!(format!("{:?}", stream.conn.handshake_kind().unwrap()), "Full");
    }
}
