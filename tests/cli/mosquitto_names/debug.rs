//! `-d`: the same lines on standard output, among the messages.

use crate::support::mosquitto::Mosquitto;
use crate::support::names::Names;

const VERSIONS: [&str; 3] = ["31", "311", "5"];
const QOS: [&str; 3] = ["0", "1", "2"];

#[test]
#[ignore = "needs mosquitto"]
fn a_publisher_tells_its_packets_in_debians_words() {
    let broker = Mosquitto::open();
    let names = Names::new();
    for version in VERSIONS {
        for qos in QOS {
            for more in [&["-m", "x"][..], &["-n", "-r"], &["-m", "x", "--repeat", "3"]] {
                if qos == "0" && more.contains(&"--repeat") {
                    // A PINGREQ behind many messages makes sure that they are there.
                    continue;
                }
                let words = ["-t", "a", "-d", "-V", version, "-q", qos, "-p", &broker.port];
                let words: Vec<_> = words.iter().chain(more).collect();
                let both = names.both("mosquitto_pub", &words);
                assert_eq!(both.difference(), None, "{words:?}");
                assert!(both.ours.stdout.starts_with(b"Client "), "{words:?}");
            }
        }
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn a_subscriber_tells_its_packets_in_debians_words() {
    let broker = Mosquitto::open();
    let names = Names::new();
    let port = broker.port.as_str();
    names.run("mosquitto_pub", ["-t", "a/1", "-m", "one", "-r", "-q", "2", "-p", port]).exits(0);
    for version in VERSIONS {
        for qos in QOS {
            let words = ["-t", "a/#", "-t", "b", "-d", "-V", version, "-q", qos, "-p", port];
            for more in [&["-C", "1"][..], &["-E"], &["-C", "1", "-v", "-i", "me"]] {
                let words: Vec<_> = words.iter().chain(more).collect();
                let both = names.both("mosquitto_sub", &words);
                // Acknowledgements follow the message here: they wait until it is written.
                let sorted = |stdout: &[u8]| {
                    let text = String::from_utf8_lossy(stdout).into_owned();
                    let id = text.split_whitespace().find(|word| word.starts_with("auto-"));
                    let text = id.map_or_else(|| text.clone(), |id| text.replace(id, "ID"));
                    let mut lines: Vec<_> = text
                        .lines()
                        .filter(|line| version != "31" || !line.starts_with("Client mosq-"))
                        .map(str::to_owned)
                        .collect();
                    lines.sort();
                    lines
                };
                assert_eq!(sorted(&both.ours.stdout), sorted(&both.theirs.stdout), "{words:?}");
                assert_eq!(both.ours.code, both.theirs.code, "{words:?}");
                if qos == "0" {
                    assert_eq!(both.difference(), None, "{words:?}");
                }
            }
        }
    }
}

#[test]
#[ignore = "needs mosquitto"]
fn packets_and_messages_are_printed_in_the_order_of_their_coming() {
    let broker = Mosquitto::open();
    let names = Names::new();
    let port = broker.port.as_str();
    for topic in ["a/1", "a/2", "a/3"] {
        names.run("mosquitto_pub", ["-t", topic, "-m", "x", "-r", "-q", "1", "-p", port]).exits(0);
    }
    names.both("mosquitto_sub", ["-t", "a/#", "-v", "-d", "-C", "3", "-p", port]).agree();
}
