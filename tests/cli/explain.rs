//! `mq explain`.

use crate::support::mq::run;

fn page(words: &[&str]) -> String {
    let finished = run([&["explain"], words].concat()).exits(0);
    assert_eq!(finished.stderr, "");
    String::from_utf8(finished.stdout).unwrap()
}

/// The first lines of what is explained.
fn headings(words: &[&str]) -> Vec<String> {
    let page = page(words);
    page.lines()
        .filter(|line| !line.starts_with(' ') && !line.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn a_reason_code_is_explained_by_number_and_by_name() {
    let page = page(&["135"]);
    assert!(page.starts_with("MQTT 5 reason code 135 (0x87): not authorized\n"), "{page}");
    let flat = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(flat.contains(" PUBREC, SUBACK, UNSUBACK, DISCONNECT from the broker "), "{page}");
    assert!(page.contains("-u NAME"), "{page}");
    assert_eq!(self::page(&["0x87"]), page);
    assert_eq!(self::page(&["reason", "code", "135"]), page);
    assert_eq!(self::page(&["puback", "0X87"]), page);
    for name in [&["not", "authorized"][..], &["Not authorised"], &["NOT-AUTHORIZED"]] {
        let both = self::page(name);
        assert!(both.starts_with(&page), "{both}");
        assert!(both.contains("CONNACK return code 5"), "{both}");
    }
}

#[test]
fn a_number_with_several_meanings_shows_each() {
    for (code, count) in [(0, 5), (1, 5), (2, 5), (3, 3), (4, 4), (5, 3), (27, 1), (128, 2)] {
        let headings = headings(&[&code.to_string()]);
        assert_eq!(headings.len(), count, "{code}: {headings:?}");
    }
    assert!(headings(&["5"]).iter().any(|line| line == "exit code of mq 5: time limit passed"));
    assert!(headings(&["27"]).iter().all(|line| line.contains("mosquitto")));
}

#[test]
fn a_word_before_the_code_picks_a_meaning() {
    let alone = |words: &[&str], want: &str| {
        assert_eq!(headings(words), [want], "{words:?}");
    };
    alone(&["connack", "5"], "MQTT 3.1.1 CONNACK return code 5: not authorized");
    alone(&["suback 0x87"], "MQTT 5 reason code 135 (0x87): not authorized");
    assert_eq!(headings(&["suback 128"]).len(), 2);
    alone(&["mq", "4"], "exit code of mq 4: refused by the broker");
    alone(&["mosquitto_sub", "27"], "exit code of mosquitto's clients 27: timed out");
    alone(&["mosquitto", "135"], "exit code of mosquitto's clients 135: not authorized");
    alone(&["disconnect", "4"], "MQTT 5 reason code 4 (0x04): disconnect with will message");
    alone(
        &["disconnect with will message"],
        "MQTT 5 reason code 4 (0x04): disconnect with will message",
    );
    assert_eq!(headings(&["exit", "4"]).len(), 2);
    assert_eq!(headings(&["exit", "code", "4"]).len(), 2);
}

#[test]
fn without_a_code_all_are_listed() {
    let all = page(&[]);
    assert_eq!(headings(&[]).len(), 6);
    for line in
        ["  135 0x87  not authorized", "  5         time limit passed", "  27        timed out"]
    {
        assert!(all.lines().any(|found| found == line), "{line:?} in {all}");
    }
    let of_auth = page(&["auth"]);
    assert!(of_auth.contains("re-authenticate") && !of_auth.contains("banned"), "{of_auth}");
}

#[test]
fn what_is_unknown_is_told_with_what_is_near() {
    for (words, near) in [
        (&["163"][..], "162"),
        (&["not", "autorized"], "not authorized"),
        (&["authorized"], "not authorized"),
        (&["puback", "132"], "unsupported protocol version"),
        (&["mq", "7"], "connection lost"),
        (&["300"], "255"),
        (&["0x1ff"], "255"),
        (&["99999999999999999999"], "255"),
        (&["xyzzy"], "see: mq explain"),
    ] {
        let finished = run([&["explain"], words].concat()).exits(2).says(near);
        assert!(finished.stdout.is_empty());
        assert_eq!(finished.stderr.lines().count(), 1, "{finished:?}");
    }
}
