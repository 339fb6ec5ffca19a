//! `mq broker` with users and rules: who is let in, and who reads and writes what.

use std::process::{Command, Output};

use rustix::process::Signal;

use super::own_broker::{Serving, serve};
use super::support::mq::{Finished, run, start};
use super::support::scratch::Scratch;

const MQ: &str = env!("CARGO_BIN_EXE_mq");

/// A broker with these options, and its port.
pub(super) fn broker(options: &[&str]) -> (Serving, String) {
    let serving = serve(&[&["-p", "0"], options].concat());
    let port = serving.url.rsplit_once(':').unwrap().1.to_owned();
    (serving, port)
}

/// A client of `mq` with a login, `-` for none.
pub(super) fn client(command: &str, port: &str, login: &str, more: &[&str]) -> Finished {
    let mut arguments = vec![command, "-p", port];
    if let Some((name, password)) = login.split_once(':') {
        arguments.extend(["-u", name, "-P", password]);
    }
    arguments.extend_from_slice(more);
    run(arguments)
}

/// Publishes one message.
fn publish(port: &str, login: &str, more: &[&str]) -> Finished {
    client("pub", port, login, more)
}

/// What a subscriber with a login prints while a script runs that ends with a message it gets:
/// `count` messages. In the script, `p USER ...` publishes with `-u USER -P pw`.
pub(super) fn heard(
    port: &str,
    login: &str,
    subscribe: &[&str],
    count: &str,
    script: &str,
) -> String {
    let script = format!(
        "p() {{ user=$1; shift; {MQ} pub -p {port} -u \"$user\" -P pw \"$@\" 2>/dev/null || true; \
         }}; {script}"
    );
    let more = [subscribe, &["-v", "-C", count, "-W", "20s", "--", "sh", "-c", &script]].concat();
    String::from_utf8(client("sub", port, login, &more).exits(0).stdout).unwrap()
}

fn mosquitto(tool: &str, port: &str, more: &[&str]) -> Output {
    Command::new(tool).args(["-p", port]).args(more).output().unwrap()
}

#[test]
fn only_who_logs_in_is_let_in_and_the_log_says_why_not() {
    let (serving, port) = broker(&["--quiet", "--user", "alice:a:b", "--user", "bob:pw"]);
    for version in ["5", "311"] {
        let pub_as =
            |login| publish(&port, login, &["-V", version, "-q", "1", "-t", "a", "-m", "x"]);
        pub_as("alice:a:b").exits(0);
        pub_as("bob:pw").exits(0);
        pub_as("alice:a").exits(4).says("bad user name or password");
        pub_as("alice:pw").exits(4).says("bad user name or password");
        pub_as("carol:pw").exits(4).says("bad user name or password");
        pub_as("-").exits(4).says("not authorized");
    }
    publish(&port, "-", &["-V", "311", "-u", "bob", "-t", "a", "-m", "x"]).exits(4);
    serving.broker.wait_until_it_says("user \"bob\" brings no password");
    let log = serving.broker.finish_after("the password of user \"alice\" is wrong");
    assert!(log.contains("there is no user \"carol\""), "{log}");
    assert!(log.contains("brings no user name"), "{log}");
    assert!(!log.contains("a:b"), "{log}");
}

#[test]
fn a_password_comes_from_the_first_line_of_a_file() {
    let scratch = Scratch::new("access-password");
    let file = scratch.write("password", "from file\r\nsecond\n");
    let (_serving, port) = broker(&["--user", &format!("alice:@{file}")]);
    publish(&port, "alice:from file", &["-q", "1", "-t", "a", "-m", "x"]).exits(0);
    publish(&port, "alice:second", &["-q", "1", "-t", "a", "-m", "x"]).exits(4);
    let missing = run(["broker", "--user", "alice:@/no/such/file"]).exits(1);
    missing.says("/no/such/file");
}

#[test]
fn anonymous_clients_are_let_in_when_asked_for() {
    let (_serving, port) = broker(&["--user", "alice:pw", "--allow-anonymous"]);
    publish(&port, "-", &["-q", "1", "-t", "a", "-m", "x"]).exits(0);
    publish(&port, "alice:wrong", &["-q", "1", "-t", "a", "-m", "x"]).exits(4);
    publish(&port, "alice:pw", &["-q", "1", "-t", "a", "-m", "x"]).exits(0);
}

#[test]
fn the_command_logs_in_as_the_first_user() {
    let script = "\"$MQ\" pub -q 1 -t a -r -m found && \"$MQ\" sub -t a -C 1 && \
                  echo \"$MQTT_USERNAME $MQTT_PASSWORD\" && unset MQTT_URL && \
                  \"$MQ\" sub -t a -C 1 && \"$MQ\" sub -h $MQTT_HOST -p $MQTT_PORT -t a";
    let users = ["--user", "al ice:p@ss/w:rd%", "--user", "bob:pw"];
    let finished = run([&["broker"], &users[..], &["--", "sh", "-c", script]].concat());
    let finished = finished.exits(4).prints("found\nal ice p@ss/w:rd%\nfound\n");
    assert!(!finished.stderr.contains("w:rd"), "{}", finished.stderr);
}

#[test]
fn a_password_is_never_shown() {
    for bad in ["marker", ":marker", "alice:", "a\nb:marker"] {
        let finished = run(["broker", "-p", "0", "--user", bad, "--", "true"]);
        assert!(!finished.stderr.contains("marker"), "{}", finished.stderr);
        assert_ne!(finished.code, Some(0));
    }
    let twice = ["broker", "--user", "alice:marker", "--user", "alice:marker"];
    let twice = run(twice).exits(2).says("alice");
    assert!(!twice.stderr.contains("marker"), "{}", twice.stderr);
}

#[test]
fn rules_that_cannot_be_meant_are_refused() {
    let with = |rule: &str| run(["broker", "--user", "alice:pw", "--acl", rule]).exits(2);
    with("alcie read #").says("\"alcie\"");
    with("alice").says("what may be done");
    with("alice rw #").says("readwrite");
    with("alice read").says("topic is missing");
    with("alice read a#").says("whole level");
    with("alice read a/x%c").says("%u and %c");
    run(["broker", "--acl", "alice read #"]).exits(2).says("no such user");
}

const RULES: &[&str] = &[
    "--user",
    "alice:pw",
    "--user",
    "bob:pw",
    "--acl",
    "alice readwrite #",
    "--acl",
    "bob read open/#",
    "--acl",
    "bob write in/%u/%c",
    "--acl",
    "* deny +/secret",
];

#[test]
fn what_may_not_be_published_goes_to_nobody() {
    let (serving, port) = broker(RULES);
    let denied = |more: &[&str]| publish(&port, "bob:pw", &[more, &["-m", "no"]].concat());
    denied(&["-t", "open/a", "-q", "1"]).exits(4).says("not authorized");
    denied(&["-t", "open/a", "-q", "2"]).exits(4).says("not authorized");
    denied(&["-t", "in/bob/pump", "-i", "other", "-q", "1"]).exits(4);
    denied(&["-t", "open/a", "-q", "0"]).exits(0);
    for qos in ["1", "2"] {
        // It cannot be told, and stays connected.
        denied(&["-V", "311", "-t", "open/a", "-q", qos]).exits(0);
    }
    let script = "p bob -t open/a -q 0 -m no; p bob -V 311 -q 1 -t open/a -m no; p bob -q 2 -r -t \
                  open/a -m no; p bob -q 1 -t in/bob/x -m no; p alice -q 1 -t in/secret -m no; \
                  p bob -i pump -q 1 -t in/bob/pump -m yes";
    assert_eq!(heard(&port, "alice:pw", &["-t", "#", "-q", "2"], "1", script), "in/bob/pump yes\n");
    publish(&port, "alice:pw", &["-t", "open/a", "-q", "1", "-r", "-m", "kept"]).exits(0);
    denied(&["-t", "open/a", "-q", "1", "-r"]).exits(4);
    client("sub", &port, "alice:pw", &["-t", "open/a", "-C", "1"]).prints("kept\n");
    let log = serving.broker.finish_after("(user bob) may not publish to open/a");
    assert!(log.contains("its message went to nobody"), "{log}");
}

#[test]
fn what_is_denied_once_is_denied_to_a_stream_and_the_connection_stays() {
    let (serving, port) = broker(RULES);
    let mut lines =
        start(["pub", "-p", &port, "-u", "bob", "-P", "pw", "-t", "open/a", "-q", "1", "-l"]);
    lines.feed("one\ntwo\nthree\n");
    lines.finish().exits(4);
    let log = serving.broker.finish_after("2 messages went to nobody");
    assert_eq!(log.matches("may not publish").count(), 2, "the first, then the rest: {log}");
}

#[test]
fn what_may_not_be_read_is_not_delivered() {
    let (_serving, port) = broker(RULES);
    let script = "p alice -q 1 -t private/a -m no; p alice -t open/a -m yes; \
                  p alice -q 1 -t open/secret -m no; p alice -q 2 -t open/b -m yes";
    for version in ["5", "311"] {
        let subscribe = ["-V", version, "-t", "#", "-t", "private/#", "-t", "open/#", "-q", "2"];
        let heard = heard(&port, "bob:pw", &subscribe, "2", script);
        assert_eq!(heard, "open/a yes\nopen/b yes\n", "MQTT {version}");
    }
}

#[test]
fn retained_messages_are_checked_when_they_are_read() {
    let (_serving, port) = broker(RULES);
    for topic in ["private/a", "open/b", "open/secret", "open/c"] {
        publish(&port, "alice:pw", &["-q", "1", "-r", "-t", topic, "-m", "kept"]);
    }
    let kept = client("sub", &port, "bob:pw", &["-v", "-t", "#", "--retained"]).exits(0);
    kept.prints("open/b kept\nopen/c kept\n");
}

#[test]
fn a_group_gives_no_member_what_it_may_not_read() {
    let (_serving, port) = broker(RULES);
    let shared = ["sub", "-p", &port, "-u", "alice", "-P", "pw", "-t", "$share/g/#", "-d"];
    let alice = start([&shared[..], &["-C", "3", "-v"]].concat());
    alice.wait_until_it_says("SUBACK");
    let script = "for n in 1 2 3; do p alice -q 1 -t private/a -m $n; done; \
                  p alice -t open/a -m yes; p alice -t open/a -m yes";
    let bob = heard(&port, "bob:pw", &["-t", "$share/g/#"], "1", script);
    assert_eq!(bob, "open/a yes\n");
    let text = String::from_utf8(alice.finish().exits(0).stdout).unwrap();
    assert_eq!(text, "private/a 1\nprivate/a 2\nprivate/a 3\n");
}

#[test]
fn a_subscription_in_vain_is_refused() {
    let (serving, port) = broker(RULES);
    for version in ["5", "311"] {
        for filter in ["private/a", "private/#", "open/secret", "$share/g/private/+"] {
            if version == "311" && filter.starts_with('$') {
                continue;
            }
            client("sub", &port, "bob:pw", &["-V", version, "-t", filter, "-C", "1"]).exits(4);
        }
    }
    serving.broker.finish_after("(user bob) may read nothing of private/a");
}

#[test]
fn a_will_is_checked_like_a_message() {
    let (serving, port) = broker(RULES);
    for (login, id, topic) in
        [("bob", "thief", "open/a"), ("bob", "pump", "in/bob/pump"), ("alice", "a", "x/secret")]
    {
        let will = ["--will-topic", topic, "--will-payload", "gone", "--will-retain"];
        let client = ["sub", "-p", &port, "-u", login, "-P", "pw", "-i", id, "-t", "open/#", "-d"];
        let dying = start([&client[..], &will].concat());
        dying.finish_after("SUBACK");
        serving.broker.wait_until_it_says(&format!("{id} from 127.0.0.1"));
    }
    serving.broker.wait_until_it_says("a (user alice) may not publish to x/secret: its will");
    serving.broker.wait_until_it_says("a (user alice) may not publish to x/secret: its message");
    let kept = client("sub", &port, "alice:pw", &["-v", "-t", "#", "-C", "1"]).exits(0);
    kept.prints("in/bob/pump gone\n");
    serving.broker.finish_after("thief (user bob) may not publish to open/a: its will");
}

#[test]
fn a_session_is_its_users() {
    let (serving, port) = broker(RULES);
    let mine = ["-i", "mine", "-c", "-q", "1", "-t", "open/#"];
    let there = start([&["sub", "-p", &port, "-u", "alice", "-P", "pw", "-d"], &mine[..]].concat());
    there.wait_until_it_says("SUBACK");
    client("sub", &port, "bob:pw", &mine).exits(4).says("client identifier");
    serving.broker.wait_until_it_says("another user's session");
    there.signal(Signal::TERM);
    there.finish();
    // What waits for alice waits on.
    publish(&port, "alice:pw", &["-q", "1", "-t", "open/a", "-m", "yours"]).exits(0);
    client("sub", &port, "bob:pw", &mine).exits(4);
    client("sub", &port, "alice:pw", &[&mine[..], &["-C", "1"]].concat()).prints("yours\n");
}

#[test]
fn a_client_id_with_a_wildcard_reaches_no_further() {
    let (_serving, port) = broker(&["--acl", "* readwrite id/%c/#", "--acl", "* read end"]);
    for id in ["+", "#", "other/x"] {
        let more = ["-i", id, "-q", "1", "-t", "id/other/x", "-m", "no"];
        publish(&port, "-", &more).exits(4);
        client("sub", &port, "-", &["-i", id, "-t", "id/other/x", "-C", "1"]).exits(4);
    }
    publish(&port, "-", &["-i", "other", "-q", "1", "-t", "id/other/x", "-m", "yes"]).exits(0);
}

#[test]
fn a_name_without_a_password_gives_no_rights() {
    let (_serving, port) = broker(&["--acl", "* write user/%u", "--acl", "- write guest"]);
    publish(&port, "alice:pw", &["-q", "1", "-t", "user/alice", "-m", "no"]).exits(4);
    publish(&port, "alice:pw", &["-q", "1", "-t", "guest", "-m", "yes"]).exits(0);
}

#[test]
fn strangers_that_can_come_in_are_said_aloud() {
    let beyond =
        |more: &[&str]| run([&["broker", "-b", "0.0.0.0"], more, &["--", "true"]].concat());
    beyond(&[]).exits(0).says("there is no login");
    let with_user = beyond(&["--user", "alice:pw"]).exits(0).says("plain text");
    assert!(!with_user.stderr.contains("login"), "{}", with_user.stderr);
    beyond(&["--user", "alice:pw", "--allow-anonymous"]).exits(0).says("--allow-anonymous is set");
}

#[test]
#[ignore = "needs mosquitto_pub"]
fn mosquittos_clients_are_told_and_served_as_well() {
    let (_serving, port) = broker(RULES);
    for version in ["mqttv5", "mqttv311", "mqttv31"] {
        let message = ["-V", version, "-q", "1", "-t", "a", "-m", "x"];
        let publish =
            |login: &[&str]| mosquitto("mosquitto_pub", &port, &[login, &message].concat());
        assert!(publish(&["-u", "alice", "-P", "pw"]).status.success(), "{version}");
        let wrong = publish(&["-u", "alice", "-P", "no"]);
        assert!(!wrong.status.success(), "{version}");
        let said = String::from_utf8_lossy(&wrong.stderr).to_ascii_lowercase();
        assert!(said.contains("bad user name or password"), "{version}: {said}");
        let said = String::from_utf8_lossy(&publish(&[]).stderr).to_ascii_lowercase();
        assert!(said.contains("not authori"), "{version}: {said}");
    }
    let bob = ["-u", "bob", "-P", "pw", "-q", "1", "-t", "open/a", "-m", "no", "-V"];
    let told = mosquitto("mosquitto_pub", &port, &[&bob[..], &["mqttv5"]].concat());
    assert!(String::from_utf8_lossy(&told.stderr).contains("Not authorized"), "{told:?}");
    let untold = mosquitto("mosquitto_pub", &port, &[&bob[..], &["mqttv311"]].concat());
    assert!(untold.status.success(), "{untold:?}");
}
