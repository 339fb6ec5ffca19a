//! `mq broker --retain-file`: what is retained before anybody comes.

use super::own_broker::serve;
use crate::support::mq::run;
use crate::support::scratch::Scratch;

/// What a broker that begins with this file has retained, as `mq sub --retained --json` has it but
/// for the times.
fn retained(file: &str) -> Vec<serde_json::Value> {
    let serving = serve(&["-p", "0", "--retain-file", file]);
    let finished = run(["sub", "-p", serving.port(), "-t", "#", "--retained", "--json"]).exits(0);
    let parse = |line: &str| {
        let mut message: serde_json::Value = serde_json::from_str(line).unwrap();
        message.as_object_mut().unwrap().remove("time");
        message
    };
    String::from_utf8(finished.stdout).unwrap().lines().map(parse).collect()
}

#[test]
fn what_one_broker_has_retained_another_begins_with() {
    let files = Scratch::new("seeds");
    let serving = serve(&["-p", "0"]);
    let publish = |topic: &str, more: &[&str]| {
        let fixed = ["pub", "-p", serving.port(), "-r", "-q", "1", "-t", topic];
        run(fixed.iter().chain(more)).exits(0);
    };
    publish("a/text", &["-m", "Größe\n"]);
    publish("a/bytes", &["-f", env!("CARGO_BIN_EXE_mq")]);
    publish("b", &["-m", "1", "-D", "publish", "user-property", "k", "v"]);
    let saved = run(["sub", "-p", serving.port(), "-t", "#", "--retained", "--json"]).exits(0);
    let file = files.write("saved", &saved.stdout);
    let again = retained(&file);
    assert_eq!(again.len(), 3);
    let text = String::from_utf8(saved.stdout).unwrap();
    for (line, message) in text.lines().zip(&again) {
        let mut wanted: serde_json::Value = serde_json::from_str(line).unwrap();
        wanted.as_object_mut().unwrap().remove("time");
        assert!(*message == wanted, "{}", message["topic"]);
    }
}

#[test]
fn lines_are_taken_as_a_broker_takes_messages() {
    let files = Scratch::new("seeds-lines");
    let lines = [
        r#"{"topic":"by hand","payload":"1"}"#,
        "",
        r#"{"topic":"twice","payload":"old"}"#,
        r#"{"topic":"twice","payload":"new","retain":true}"#,
        r#"{"topic":"cleared","payload":"x"}"#,
        r#"{"topic":"cleared","payload":""}"#,
        r#"{"topic":"passing","payload":"x","retain":false}"#,
    ];
    let file = files.write("seeds", lines.join("\r\n"));
    let topics: Vec<_> =
        retained(&file).iter().map(|m| format!("{} {}", m["topic"], m["payload"])).collect();
    assert_eq!(topics, ["\"by hand\" \"1\"", "\"twice\" \"new\""]);
    run(["broker", "--retain-file", &file, "--", "true"])
        .exits(0)
        .says("1 line says \"retain\":false, and so leaves nothing behind");
}

#[test]
fn a_file_that_is_wrong_in_one_line_is_not_taken_at_all() {
    let files = Scratch::new("seeds-wrong");
    let good = r#"{"topic":"a","payload":"1"}"#;
    let deep = format!(r#"{{"topic":"{}","payload":"1"}}"#, "/".repeat(200));
    for (name, line, words) in [
        ("json", "{\"topic\":\"a\"", "line 2, column 12: the line ends"),
        ("topic", r#"{"topic":"a/+","payload":"1"}"#, "\"topic\" must be"),
        ("payload", r#"{"topic":"a"}"#, "line 2: there is none of \"payload\""),
        ("system", r#"{"topic":"$SYS/a","payload":"1"}"#, "line 2: topics that begin with $SYS/"),
        ("levels", deep.as_str(), "line 2: its topic has more than 200 levels"),
    ] {
        let file = files.write(name, format!("{good}\n{line}\n{good}\n"));
        let finished = run(["broker", "-p", "0", "--retain-file", &file]).exits(1);
        let finished = finished.says(words).says(&format!("{file}, line 2"));
        assert_eq!(finished.stdout, b"", "it never listens");
        run(["broker", "--retain-file", &file, "--", "true"]).exits(125);
    }
    run(["broker", "-p", "0", "--retain-file", "/no/such/file"]).exits(1).says("/no/such/file");
}
