//! The command lines of the introductions that people learn from, as they stand there.

use std::process::{Command, Stdio};

use crate::support::certificates::Authority;
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{Finished, command, spawn};
use crate::support::names::Names;

/// What stands in the introductions, but for the port: subscriber, publisher, what is printed.
const PAIRS: &[(&str, &str, &str)] = &[
    (
        "mosquitto_sub -t \"dw/demo\"",
        "mosquitto_pub -t \"dw/demo\" -m \"hello world!\"",
        "hello world!\n",
    ),
    (
        "mosquitto_sub -t \"topic/path\"",
        "mosquitto_pub -t \"topic/path\" -m \"message payload\" -q 1 -r",
        "message payload\n",
    ),
    (
        "mosquitto_sub -t \"iot-2/type/test/id/4321/evt/status/fmt/+\" -u a-za6xa7-bwrus5qab4 \
         -P auth-token-here -i a:za6xa7:test2",
        "mosquitto_pub -t \"iot-2/type/test/id/4321/evt/status/fmt/json\" \
         -m \"{\\\"mesg\\\" : \\\"hello IBM\\\"}\" -u a-za6xa7-lxmzussonj -P auth-token-here \
         -i a:za6xa7:test1",
        "{\"mesg\" : \"hello IBM\"}\n",
    ),
    ("mosquitto_sub -t \"tock/#\"", "mosquitto_pub -t tock/1 -m 3", "3\n"),
];

/// Directs the clients to the broker at `MQTT_PORT`, which they do not read.
const PRELUDE: &str = "for name in mosquitto_pub mosquitto_sub; do\n\
                       echo \"-p $MQTT_PORT\" > $HOME/.config/$name; done\n";

/// Waits until the subscriber that tells its packets to the file `out` is served.
const SUBSCRIBED: &str = "while ! grep -q '^Subscribed' out; do :; done\n";

/// Runs a script that finds the links before Debian's clients: with a broker at `port`, or with
/// one of ours for as long as the script runs.
fn run_script(script: &str, port: Option<&str>) -> Finished {
    let names = Names::new();
    let script = format!("set -e\n{PRELUDE}{script}");
    let mut command = match port {
        Some(_) => Command::new("sh"),
        None => command(["broker", "--", "sh"]),
    };
    let path = std::env::var("PATH").unwrap_or_default();
    command.env("PATH", format!("{}:{path}", names.directory()));
    command.env("HOME", format!("{}/home", names.directory())).current_dir(names.directory());
    if let Some(port) = port {
        command.env("MQTT_PORT", port);
    }
    spawn(command.args(["-c", &script]).stdin(Stdio::null()).stdout(Stdio::piped())).finish()
}

/// Every pair of lines, at a broker.
fn run_pairs(port: Option<&str>) {
    for (subscribe, publish, printed) in PAIRS {
        let script = format!(
            "{subscribe} -d -C 1 > out & {SUBSCRIBED}{publish}\nwait $!\n\
             grep -v -e ^Client -e ^Subscribed out"
        );
        run_script(&script, port).exits(0).prints(printed);
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn the_introductions_lines_run_at_debians_broker() {
    run_pairs(Some(&Mosquitto::open().port));
}

#[test]
fn the_introductions_lines_run_at_our_broker() {
    run_pairs(None);
}

/// The publisher is left running while its first tick is awaited: no line is held back.
const TICKS: &str = "mosquitto_sub -t \"tick\" -d -C 2 > out & subscriber=$!\n\
                     while ! grep -q '^Subscribed' out; do :; done\n\
                     mkfifo ticks\n\
                     mosquitto_pub -l -t \"tick\" < ticks & publisher=$!\n\
                     exec 3> ticks; echo tick >&3\n\
                     while ! grep -q '^tick' out; do :; done\n\
                     echo tick >&3; wait $subscriber; exec 3>&-; wait $publisher\n\
                     grep '^tick' out";

#[test]
#[ignore = "needs mosquitto"]
fn ticks_arrive_one_by_one_at_debians_broker() {
    let broker = Mosquitto::open();
    run_script(TICKS, Some(&broker.port)).exits(0).prints("tick\ntick\n");
}

#[test]
fn ticks_arrive_one_by_one_at_our_broker() {
    run_script(TICKS, None).exits(0).prints("tick\ntick\n");
}

#[test]
#[ignore = "needs mosquitto"]
fn the_platforms_lines_run_over_tls_at_debians_broker() {
    let authority = Authority::new("messaging");
    let issued = authority.issue(|_| {});
    let lines = ["allow_anonymous true", "cafile DIR/ca", "certfile DIR/cert", "keyfile DIR/key"];
    let (ca, cert, key) = (authority.pem(), issued.pem(), issued.key_pem());
    let files = [("ca", ca.as_str()), ("cert", cert.as_str()), ("key", key.as_str())];
    let broker = Mosquitto::start(&lines, &files);
    let common = format!("-h localhost -p {} --cafile messaging.pem", broker.port);
    let script = format!(
        "cat > messaging.pem <<'PEM'\n{ca}PEM\n\
         mosquitto_sub -t \"iot-2/type/test/id/4321/evt/status/fmt/+\" {common} \
         -u a-za6xa7-bwrus5qab4 -P auth-token-here -i a:za6xa7:test2 -d -C 1 > out & {SUBSCRIBED}\
         mosquitto_pub -t \"iot-2/type/test/id/4321/evt/status/fmt/json\" \
         -m \"{{\\\"mesg\\\" : \\\"hello IBM\\\"}}\" {common} -u a-za6xa7-lxmzussonj \
         -P auth-token-here -i a:za6xa7:test1\nwait $!\n\
         grep -v -e ^Client -e ^Subscribed out"
    );
    let finished = run_script(&script, Some(&broker.port)).exits(0);
    finished.prints("{\"mesg\" : \"hello IBM\"}\n");
    // Without the authority nothing is sent; theirs ends with 8 or with 1, as chance has it.
    let names = Names::new();
    let words = ["-t", "a", "-m", "x", "-h", "localhost", "-p", &broker.port];
    let trusting = words.iter().chain(&["--tls-use-os-certs"]);
    let refused = names.run("mosquitto_pub", trusting.clone()).exits(8);
    assert_eq!(refused.stderr, "Error: A TLS error occurred.\n");
    names.run("mosquitto_pub", trusting.chain(&["--insecure"])).exits(0);
    names.run("mosquitto_pub", words.iter().chain(&["--cafile", "/no/such/file"])).exits(1);
}
