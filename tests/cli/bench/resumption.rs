//! TLS sessions that connections go on with, where that is asked for.

use serde_json::{Value, json};

use super::report;
use crate::secured::serve;
use crate::support::mq::{Finished, run};
use crate::support::service::free_port;
use crate::tls::Secured;

/// Handshakes, and those that went on with an earlier session.
#[track_caller]
fn handshakes(finished: Finished) -> [u64; 2] {
    let report = report(&finished.exits(0));
    assert_eq!(report["errors"], json!({}), "{report}");
    let times = report["latency"]["connect"]["tls"]["count"].as_u64();
    let tls = &report["tls"];
    assert_eq!(tls["handshakes"].as_u64(), times, "{report}");
    ["handshakes", "resumed"].map(|name| tls[name].as_u64().unwrap())
}

/// Who comes one after the other finds a session each time but the first.
#[track_caller]
fn all_but_the_first(bench: impl Fn(&[&str]) -> Finished) {
    for version in ["tlsv1.2", "tlsv1.3"] {
        let words = ["bench", "churn", "--clients", "1", "--count", "20", "--json"];
        let words = [&words[..], &["--tls-version", version]].concat();
        assert_eq!(handshakes(bench(&words)), [20, 0], "{version}: nobody asked for it");
        let resuming = [&words[..], &["--tls-resume"]].concat();
        assert_eq!(handshakes(bench(&resuming)), [20, 19], "{version}");
    }
    // In version 1.2 a session serves any number; of tickets there is one with each handshake.
    let storm = ["bench", "churn", "--clients", "50", "--count", "50", "--json"];
    let storm = [&storm[..], &["--tls-resume", "--tls-version"]].concat();
    let of = |version: &str| handshakes(bench(&[&storm[..], &[version]].concat()));
    assert_eq!(of("tlsv1.2"), [50, 49]);
    let [all, resumed] = of("tlsv1.3");
    assert!(all == 50 && (1..50).contains(&resumed), "{resumed} of {all}");
}

#[test]
fn sessions_are_gone_on_with_where_that_is_asked_for() {
    let site = serve(&["--tls", "--wss", "0"]);
    all_but_the_first(|words| site.secure(words));
    let words = ["bench", "churn", "--clients", "1", "--count", "5", "--json", "--tls-resume"];
    assert_eq!(handshakes(site.secure_to(site.url("wss"), &words)), [5, 4]);
    let words = ["bench", "churn", "--clients", "1", "--count", "5", "--tls-resume"];
    let gates = ["--fail-if", "resumed < 80%", "--fail-if", "tls.resumed > 79%"];
    let finished = site.secure(&[&words[..], &gates].concat()).exits(6);
    assert_eq!(finished.stderr.matches("gate failed").count(), 1, "{finished:?}");
    let text = String::from_utf8(finished.stdout).unwrap();
    assert!(text.contains("TLS handshakes 5, resumed 4"), "{text}");
}

#[test]
#[ignore = "needs mosquitto"]
fn sessions_are_gone_on_with_at_mosquitto() {
    let secured = Secured::start(&[]);
    all_but_the_first(|words| run(secured.words(words)));
}

#[test]
fn who_may_come_in_is_asked_each_time_where_the_broker_wants_it() {
    let site = serve(&["--tls", "--issue-cert", "ann", "--require-client-cert"]);
    let (certificate, key) = (site.made("ann.crt"), site.made("ann.key"));
    let words = ["bench", "churn", "--clients", "1", "--count", "5", "--json", "--tls-resume"];
    let own = ["--cert", &certificate, "--key", &key];
    assert_eq!(handshakes(site.secure(&[&words[..], &own].concat())), [5, 0]);
}

#[test]
fn a_memory_of_sessions_takes_nothing_from_the_first_check() {
    let (site, other) = (serve(&["--tls"]), serve(&["--tls"]));
    let (url, wrong) = (site.url("mqtts"), other.made("ca.crt"));
    let words = ["bench", "connect", "-L", url, "--cafile", &wrong, "--tls-resume"];
    run(words).exits(3).says("certificate");
    let port = free_port();
    run(["bench", "-p", &port, "--tls-resume"]).exits(2).says("nothing asks for TLS");
    let plain: Value = report(&super::bench("--embedded --count 5 --json", "").exits(0));
    assert_eq!(plain["tls"], Value::Null);
}
