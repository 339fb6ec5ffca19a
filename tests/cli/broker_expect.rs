//! `mq broker --expect`: a run fails when something was not published.

use crate::support::mq::{Finished, run};

/// A broker with these options around a script.
fn around(options: &[&str], script: &str) -> Finished {
    let mut words = vec!["broker"];
    words.extend_from_slice(options);
    words.extend_from_slice(&["--", "sh", "-c", script]);
    run(words)
}

#[test]
fn what_was_expected_and_came_is_no_matter() {
    let script = "\"$MQ\" pub -q 1 -t home/lamp -m on && \"$MQ\" pub -q 1 -t home/door -m ''";
    let options = ["--expect", "home/lamp on", "--expect", "home/+", "--expect", "home/door "];
    let finished = around(&options, script).exits(0);
    assert!(!finished.stderr.contains("--expect"), "{}", finished.stderr);
}

#[test]
fn what_did_not_come_is_6_and_each_is_named() {
    let script = "for m in 1 2; do \"$MQ\" pub -q 1 -t lamp -m $m; done; \
                  \"$MQ\" pub -q 1 -t once -m 1";
    let options =
        ["--expect", "lamp on", "--expect", "door", "--expect", "once 2", "--expect", "lamp 2"];
    let finished = around(&options, script).exits(6);
    let told: Vec<_> = finished.stderr.lines().filter(|line| line.contains("--expect")).collect();
    assert_eq!(
        told,
        [
            "mq: --expect: none of 2 messages to lamp was \"on\"",
            "mq: --expect: nothing was published to door",
            "mq: --expect: the one message to once was not \"2\"",
        ]
    );
}

#[test]
fn the_code_of_a_command_that_fails_wins() {
    around(&["--expect", "never"], "exit 7").exits(7).says("nothing was published to never");
}

#[test]
fn what_the_rules_deny_was_not_published() {
    let options = ["--acl", "* read #", "--expect", "a"];
    around(&options, "\"$MQ\" pub -q 1 -V 311 -t a -m x").exits(6);
}

#[test]
fn the_last_word_of_a_command_counts() {
    // At QoS 0 nobody waits for an answer: the message may lie in the socket when all is over.
    for _ in 0..20 {
        around(&["--expect", "late x"], "exec \"$MQ\" pub -t late -m x").exits(0);
    }
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn the_last_word_of_a_client_of_others_counts() {
    for _ in 0..20 {
        let script = "exec mosquitto_pub -p $MQTT_PORT -t late -m x";
        around(&["--expect", "late x"], script).exits(0);
    }
}

#[test]
fn what_cannot_be_expected_is_a_usage_error() {
    for wrong in ["", "a#", "$share/g/a", " x"] {
        run(["broker", "--expect", wrong, "--", "true"]).exits(2).says("--expect");
    }
}
