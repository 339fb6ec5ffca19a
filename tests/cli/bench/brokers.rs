//! Several brokers: whose turn it is, and who goes elsewhere.

use serde_json::json;

use super::{LEDGER, Serving, figures, report};
use crate::support::mq::run;
use crate::support::service::free_port;

#[test]
fn who_goes_to_another_broker_than_his_is_counted_and_told() {
    let serving = Serving::start("bench-elsewhere");
    let (dead, live) = (free_port(), serving.port.clone());
    let [dead, live] = [dead, live].map(|port| format!("127.0.0.1:{port}"));
    let words = ["bench", "-h", &dead, "-h", &live, "--clients", "4", "--count", "40"];
    let json = words.iter().chain(&["--json"]);
    let finished = run(json).exits(0).says("2 connections were not taken by their own broker");
    let report = report(&finished);
    assert_eq!(figures(&report, LEDGER), [40, 40, 0, 0, 0, 0, 4], "{report}");
    assert_eq!(report["brokers"], json!({ (live.as_str()): 4 }), "{report}");
    let elsewhere = report["elsewhere"].as_object().unwrap();
    let (why, times) = elsewhere.iter().next().unwrap();
    assert!(why.starts_with(&format!("{dead}: no connection: ")), "{why}");
    assert_eq!((elsewhere.len(), times), (1, &json!(2)));
    let gate = ["--fail-if", "elsewhere > 25%"];
    let finished = run(words.iter().chain(&gate)).exits(6).says("elsewhere > 25%: it is 50.000%");
    let text = String::from_utf8(finished.stdout).unwrap();
    assert!(text.contains(&format!("\nBrokers\n{:>26}  {live}\n", 4)), "{text}");
    assert!(text.contains("\nNot at their own broker\n"), "{text}");
}

#[test]
fn who_finds_his_broker_is_counted_there() {
    let brokers = [Serving::start("bench-own-one"), Serving::start("bench-own-other")];
    let [one, other] = brokers.each_ref().map(|broker| format!("127.0.0.1:{}", broker.port));
    let words = ["bench", "-h", &one, "-h", &other, "--clients", "5", "--count", "50", "--json"];
    let report = report(&run(words).exits(0));
    let wanted = json!({ (one.as_str()): 3, (other.as_str()): 2 });
    assert_eq!((&report["brokers"], &report["elsewhere"]), (&wanted, &json!({})));
    assert_eq!(report["warnings"], json!([]));
}
