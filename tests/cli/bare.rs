//! As cron runs programs: no variable but a short PATH, no home, no terminal, nothing to read.

use std::process::{Command, Stdio};

use crate::support::mq::{Finished, spawn};
use crate::support::names::Names;
use crate::support::scratch::Scratch;

/// A line of a crontab, under a broker.
fn cron(line: &str) -> Finished {
    let program = env!("CARGO_BIN_EXE_mq");
    let mut command = Command::new(program);
    command.args(["broker", "--", "/bin/sh", "-c", line]).current_dir("/").env_clear();
    command.env("PATH", "/usr/bin:/bin").env("SHELL", "/bin/sh");
    spawn(command.stdin(Stdio::null()).stdout(Stdio::piped())).finish()
}

#[test]
fn messages_go_and_come() {
    let line = "\"$MQ\" pub -t a -m x -r -q 1 && \"$MQ\" sub -t a -C 1";
    cron(line).exits(0).prints("x\n");
    let line = "\"$MQ\" pub -t a -m x -r && \"$MQ\" sub -t a -C 1 -F '@Y %I %t %p' | wc -w";
    assert_eq!(String::from_utf8(cron(line).exits(0).stdout).unwrap().trim(), "4");
    let line = "\"$MQ\" pub -t a -m x -r && \"$MQ\" sub -t a -C 1 --json | \"$MQ\" pub --json";
    cron(line).exits(0).prints("");
    // Nothing to read is no line, and no message.
    cron("\"$MQ\" pub -t a -l").exits(0).prints("");
    cron("\"$MQ\" pub -t a -s").exits(1).prints("");
}

#[test]
fn files_get_what_is_printed_and_each_end_has_its_code() {
    let scratch = Scratch::new("cron");
    let file = scratch.path().join("out");
    let line =
        format!("\"$MQ\" pub -t a -m x -r && \"$MQ\" sub -t a -C 1 >>'{}' 2>&1", file.display());
    cron(&line).exits(0).prints("");
    assert_eq!(std::fs::read(&file).unwrap(), b"x\n");
    cron("\"$MQ\" sub -t nothing -C 1 -W 0.2").exits(5).prints("");
    cron("MQTT_URL= \"$MQ\" pub -h 127.0.0.1 -p 1 -t a -m x").exits(3).says("mq: ");
    cron("\"$MQ\" sub -t a >/dev/full -C 1 -- \"$MQ\" pub -t a -m x")
        .exits(1)
        .says("No space left");
}

#[test]
fn nobody_needs_open_descriptors() {
    // Daemons start programs like this; a socket must not take the place of standard output.
    cron("\"$MQ\" pub -t a -m x -r <&- >&- 2>&- && \"$MQ\" sub -t a -C 1").exits(0).prints("x\n");
    cron("\"$MQ\" pub -t a -m x -r && \"$MQ\" sub -t a -C 1 <&- >&- 2>&-").exits(0).prints("");
    cron("\"$MQ\" sub -C 0 <&- >&- 2>&-").exits(2);
}

#[test]
fn mosquittos_names_find_no_option_file_and_need_none() {
    let names = Names::new();
    let folder = names.directory();
    let publish = format!("\"{folder}/mosquitto_pub\" -p \"$MQTT_PORT\" -t a -m x -r");
    let subscribe = format!("\"{folder}/mosquitto_sub\" -p \"$MQTT_PORT\" -t a -C 1");
    cron(&format!("{publish} && {subscribe}")).exits(0).prints("x\n");
}
