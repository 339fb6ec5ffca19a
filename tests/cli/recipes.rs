//! README's recipes, each run as it is printed.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use mq::broker::{Broker, Options};
use mq::net::clock;
use rustix::process::{Pid, Signal, kill_process_group};

use crate::support::PATIENCE;
use crate::support::mq::{Running, spawn};
use crate::support::scratch::Scratch;

/// The blocks of a recipe.
fn recipe(name: &str) -> Vec<String> {
    let readme = include_str!("../../README.md");
    let (_, recipes) = readme.split_once("\n## Recipes\n").unwrap();
    let (recipes, _) = recipes.split_once("\n## ").unwrap();
    let (_, text) = recipes.split_once(&format!("\n### {name}\n")).unwrap();
    let text = text.split("\n### ").next().unwrap();
    let blocks = text.split("```sh\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap().to_owned()).collect()
}

/// A broker, a folder to be in, and `mq` on the PATH.
struct Place {
    scratch: Scratch,
    broker: Broker,
}

impl Place {
    fn new(name: &str) -> Self {
        let scratch = Scratch::new(&format!("recipe-{name}"));
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_mq"), scratch.path().join("mq")).unwrap();
        Self { scratch, broker: Broker::start(Options::default()).unwrap() }
    }

    fn command(&self, program: &str, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        let folder = self.scratch.path();
        let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
        command.args(words).current_dir(folder).env_clear().env("PATH", path);
        command.env("MQTT_URL", format!("mqtt://127.0.0.1:{}", self.broker.port().unwrap()));
        command.stdin(Stdio::null());
        command
    }

    fn mq(&self, words: &[&str]) -> Running {
        spawn(self.command(env!("CARGO_BIN_EXE_mq"), words).stdout(Stdio::piped()))
    }

    /// Runs a block of a recipe to its end.
    fn bash(&self, block: &str) -> crate::support::mq::Finished {
        let words = ["-euo", "pipefail", "-c", block];
        spawn(self.command("bash", &words).stdout(Stdio::piped())).finish()
    }

    /// Starts a block of a recipe that goes on.
    fn begin(&self, block: &str) -> Group {
        let mut command = self.command("bash", &["-euo", "pipefail", "-c", block]);
        Group(command.process_group(0).stdout(Stdio::null()).spawn().unwrap())
    }

    /// A program of the user's.
    fn program(&self, name: &str, script: &str) {
        use std::os::unix::fs::PermissionsExt;
        let file = self.scratch.write(name, format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
}

/// A block that goes on, with all that it started; killed with the value.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let group = Pid::from_raw(self.0.id().try_into().unwrap()).unwrap();
        let _ = kill_process_group(group, Signal::KILL);
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "needs bash"]
fn log_shipping() {
    let place = Place::new("logs");
    place.scratch.write("app.log", "first\n");
    let host = Command::new("uname").arg("-n").output().unwrap().stdout;
    let host = String::from_utf8(host).unwrap().trim().to_owned();
    let readers = place.mq(&["sub", "-t", "logs/#", "-q", "1", "-v", "-C", "3"]);
    // The subscriber is first: this is retained, and tells that it is there.
    place.mq(&["pub", "-t", "logs/begin", "-r", "-m", "x"]).finish().exits(0);
    readers.wait_until_it_prints("logs/begin x\n");
    let _shipping = place.begin(&recipe("Log shipping")[0]);
    let first = format!("logs/begin x\nlogs/{host} first\n");
    readers.wait_until_it_prints(&first);
    // The log is rotated.
    std::fs::rename(place.scratch.path().join("app.log"), place.scratch.path().join("old"))
        .unwrap();
    place.scratch.write("app.log", "second\n");
    readers.finish().exits(0).prints(format!("{first}logs/{host} second\n"));
}

#[test]
#[ignore = "needs bash"]
fn presence() {
    let place = Place::new("presence");
    let watcher = place.mq(&["sub", "-t", "presence/+", "-v", "-C", "2"]);
    let device = place.begin(&recipe("Presence")[0]);
    watcher.wait_until_it_prints("presence/kitchen online\n");
    drop(device);
    watcher.finish().exits(0).prints("presence/kitchen online\npresence/kitchen offline\n");
    let later = place.mq(&["sub", "-t", "presence/+", "-C", "1"]);
    later.finish().exits(0).prints("offline\n");
}

#[test]
#[ignore = "needs bash"]
fn a_wait_in_a_script() {
    let place = Place::new("wait");
    let block = &recipe("A wait in a CI script")[0];
    place.program("service", "exec mq pub -t service/ready -m yes");
    place.program("integration-tests", "echo tested; exit 3");
    place.bash(block).exits(3).prints("yes\ntested\n");
    place.program("service", "exit 0");
    place.bash(&block.replace("30s", "0.2s")).exits(5).prints("");
}

#[test]
#[ignore = "needs jq"]
fn record_and_replay() {
    let place = Place::new("record");
    let blocks = recipe("Record and replay");
    let begin = ["pub", "-t", "plant/begin", "-r", "-m", "x"];
    place.mq(&begin).finish().exits(0);
    let traffic = ["pub", "-t", "plant/7", "-m", "y", "--repeat", "1000000", "-q", "1"];
    let traffic = place.mq(&[&traffic[..], &["--repeat-delay", "0.001"]].concat());
    let (recording, rest) = blocks[0].split_once('\n').unwrap();
    place.bash(recording).exits(0).prints("");
    traffic.signal(Signal::TERM);
    assert_eq!(traffic.finish().signal, Some(15));
    let watcher = place.mq(&["sub", "-t", "plant/#", "-v", "-C", "1001"]);
    watcher.wait_until_it_prints("plant/begin x\n");
    place.bash(rest).exits(0).prints("      1 plant/begin\n");
    let again = format!("plant/begin x\nplant/begin x\n{}", "plant/7 y\n".repeat(999));
    watcher.finish().exits(0).prints(again);
}

#[test]
#[ignore = "needs jq"]
fn request_and_answer() {
    let place = Place::new("request");
    let blocks = recipe("Request and answer");
    let _answering = place.begin(&blocks[0]);
    let deadline = clock::now() + PATIENCE;
    let answer = loop {
        let finished = place.bash(&blocks[1]);
        if finished.code != Some(4) {
            break finished.exits(0).stdout;
        }
        // Nobody answers yet.
        assert!(clock::now() < deadline, "{finished:?}");
    };
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("20") && answer.ends_with("Z\n"), "{answer}");
}

#[test]
#[ignore = "needs bash"]
fn a_small_site() {
    let place = Place::new("site");
    let [block] = <[String; 1]>::try_from(recipe("A small site")).unwrap();
    // At ports that are free, and on this machine alone.
    let here = block.replace("-b '*'", "-b 127.0.0.1 -p 0 --ready-file ready");
    let here = here.replace("--tls-port 8883", "--tls-port 0").replace("--wss 9001", "--wss 0");
    assert_eq!(here.matches(" 0").count(), 3, "{here}");
    let here = format!("ALICE_PW=wonder DOOR_PW=knob\n{here}");
    let _site = place.begin(&here);
    let ready = place.scratch.path().join("site/ready");
    let deadline = clock::now() + PATIENCE;
    while !ready.exists() {
        assert!(clock::now() < deadline, "it is not ready");
        std::thread::yield_now();
    }
    let ready = std::fs::read_to_string(ready).unwrap();
    let url = |scheme: &str| {
        let url = ready.lines().find(|line| line.starts_with(scheme)).unwrap();
        url.replace("127.0.0.1", "localhost")
    };
    let ca_file = ["--cafile", "site/tls/ca.crt"];
    let (by_browser, by_tls) = (url("wss://"), url("mqtts://"));
    let (alice, door) = (["-u", "alice", "-P", "wonder"], ["-u", "door", "-P", "knob"]);
    let everything = ["sub", "-L", &by_browser, "-t", "doors/#", "-v", "-C", "1", "-W", "30"];
    let publish = |topic| ["pub", "-L", &by_tls, topic, "open", "-q", "1", "-V", "5"];
    let listener = place.mq(&[&everything[..], &ca_file, &alice, &["-d"]].concat());
    listener.wait_until_it_says("SUBACK");
    place.mq(&[&publish("doors/other")[..], &ca_file, &door].concat()).finish().exits(4);
    place.mq(&[&publish("doors/door")[..], &ca_file, &door].concat()).finish().exits(0);
    listener.finish().exits(0).prints("doors/door open\n");
    place.mq(&[&publish("doors/door")[..], &ca_file].concat()).finish().exits(4);
}
