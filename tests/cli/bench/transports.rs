//! The same scenarios over every transport, and with a certificate for each client.

use serde_json::json;

use super::{LEDGER, figures, report};
use crate::secured::serve;
use crate::support::mq::run;

#[test]
fn every_transport_carries_every_kind_of_run() {
    let site = serve(&["--tls", "--ws", "0", "--wss", "0"]);
    for url in ["mqtt", "mqtts", "ws", "wss"].map(|scheme| site.url(scheme)) {
        for (words, wanted) in [
            (["e2e", "-V", "5"], [60, 60, 0, 0, 0, 0, 2]),
            (["request", "-V", "5"], [60, 60, 0, 0, 0, 0, 3]),
            (["shared", "-V", "3.1.1"], [60, 60, 0, 0, 0, 0, 4]),
            (["retained", "-V", "3.1.1"], [60, 120, 0, 0, 0, 0, 3]),
            (["offline", "-V", "5"], [60, 120, 0, 0, 0, 0, 5]),
            (["churn", "-V", "5"], [0, 0, 0, 0, 0, 0, 60]),
        ] {
            let more = ["--clients", "2", "--count", "60", "--json"];
            let words = [&["bench"][..], &words, &more].concat();
            let finished = match url.split_once("s://") {
                Some(("mqtt" | "ws", _)) => site.secure_to(url, &words),
                _ => run([&words[..], &["-L", url]].concat()),
            };
            let report = report(&finished.exits(0));
            assert_eq!(figures(&report, LEDGER), wanted, "{words:?} to {url}: {report}");
            assert_eq!(report["errors"], json!({}), "{words:?} to {url}");
        }
    }
}

#[test]
fn each_client_has_the_certificate_of_its_row() {
    let names = ["--issue-cert", "ann", "--issue-cert", "bob", "--cert-user", "cn"];
    let rules = ["--acl", "ann readwrite t/0", "--acl", "bob readwrite t/1"];
    let site = serve(&[&names[..], &rules, &["--require-client-cert"]].concat());
    let made = |name: &str| site.made(name);
    let row =
        |name: &str| format!("{},{}\n", made(&format!("{name}.crt")), made(&format!("{name}.key")));
    let rows = site.folder.file("rows.csv", format!("cert,key\n{}{}", row("ann"), row("bob")));
    let words = ["bench", "-t", "t", "-q", "1", "--clients", "2", "--count", "60", "--json"];
    let words = [&words[..], &["--clients-from", &rows]].concat();
    let report = report(&site.secure(&words).exits(0));
    assert_eq!(figures(&report, LEDGER), [60, 60, 0, 0, 0, 0, 2], "{report}");
    assert_eq!(figures(&report, ["acknowledged", "refused"]), [60, 0], "{report}");
}
