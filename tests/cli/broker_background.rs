//! `mq broker -d`, its pid file, and what systemd is told.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

use mq::net::clock;
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

use crate::support::PATIENCE;
use crate::support::mq::{command, run, spawn};
use crate::support::names::Names;
use crate::support::scratch::Scratch;
use crate::support::service::free_port;

/// A process in the background, known by its file; it ends with the value.
struct Background {
    pid: Pid,
}

impl Background {
    fn of(file: &Path) -> Self {
        let text = std::fs::read_to_string(file).unwrap();
        let number = text.strip_suffix('\n').unwrap().parse().unwrap();
        Self { pid: Pid::from_raw(number).unwrap() }
    }

    fn is_there(&self) -> bool {
        // One that has ended and was not waited for by whoever inherited it counts as ended.
        let state = std::fs::read_to_string(format!("/proc/{}/stat", self.pid.as_raw_nonzero()));
        test_kill_process(self.pid).is_ok() && !state.is_ok_and(|stat| stat.contains(") Z "))
    }

    #[track_caller]
    fn ends(&self) {
        kill_process(self.pid, Signal::TERM).unwrap();
        let deadline = clock::now() + PATIENCE;
        while self.is_there() {
            assert!(clock::now() < deadline, "it does not end");
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        let _ = kill_process(self.pid, Signal::KILL);
    }
}

#[test]
fn the_call_ends_when_it_listens_in_the_background() {
    let files = Scratch::new("background");
    let file = files.path().join("pid");
    let name = file.to_str().unwrap();
    // Its streams end with the call: who collects what it says does not wait for the broker.
    let finished = run(["broker", "-d", "-p", "0", "--pid-file", name]).exits(0);
    let broker = Background::of(&file);
    assert_eq!(finished.stderr, "");
    let url = String::from_utf8(finished.stdout).unwrap();
    let port = url.trim_end().rsplit_once(':').unwrap().1;
    run(["pub", "-p", port, "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    // It has no terminal, and leads a session of its own.
    let id = broker.pid.as_raw_nonzero();
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let behind: Vec<_> = stat.rsplit_once(") ").unwrap().1.split(' ').collect();
    assert_eq!((behind[3], behind[4]), (id.to_string().as_str(), "0"), "session, terminal");
    for descriptor in 0..3 {
        let target = std::fs::read_link(format!("/proc/{id}/fd/{descriptor}")).unwrap();
        assert_eq!(target, Path::new("/dev/null"), "{descriptor}");
    }
    broker.ends();
    assert!(!file.exists(), "the file goes with the process");
}

#[test]
fn a_log_in_a_file_goes_on_in_the_background() {
    let files = Scratch::new("background-log");
    let (file, log) = (files.path().join("pid"), files.path().join("log"));
    let mut words = command(["broker", "-d", "-p", "0", "--pid-file", file.to_str().unwrap()]);
    let stderr = std::fs::File::create(&log).unwrap();
    let output = words.stdout(std::process::Stdio::piped()).stderr(stderr).output().unwrap();
    let broker = Background::of(&file);
    let url = String::from_utf8(output.stdout).unwrap();
    let port = url.trim_end().rsplit_once(':').unwrap().1;
    run(["pub", "-p", port, "-i", "me", "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    broker.ends();
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("me connected from 127.0.0.1:"), "{log}");
}

#[test]
fn under_mosquittos_name_it_goes_to_the_background_too() {
    let (names, files) = (Names::new(), Scratch::new("background-mosquitto"));
    let (file, log) = (files.path().join("pid"), files.path().join("log"));
    let port = free_port();
    let text = format!(
        "listener {port} 127.0.0.1\nallow_anonymous true\npid_file {}\nlog_dest stdout\nlog_dest file {}\n",
        file.display(),
        log.display()
    );
    let config = files.write("c", text);
    let finished = names.run("mosquitto", ["-d", "-c", &config]).exits(0);
    assert_eq!(finished.stderr, "");
    let broker = Background::of(&file);
    // What was said before it left is shown, and the call ends all the same.
    assert!(String::from_utf8_lossy(&finished.stdout).contains(" starting\n"), "{finished:?}");
    names.run("mosquitto_pub", ["-p", &port, "-i", "me", "-t", "a", "-m", "x"]).exits(0);
    broker.ends();
    let log = std::fs::read_to_string(log).unwrap();
    assert!(log.contains(" running\n") && log.contains(" as me (p2"), "{log}");
    assert!(log.ends_with(" terminating\n"), "{log}");
    let wrong = files.write("wrong", "listener x\n");
    names.run("mosquitto", ["-d", "-c", &wrong]).exits(3).says("Error");
}

#[test]
fn what_fails_in_the_background_is_told_in_front() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let finished = run(["broker", "-d", "-p", &port]).exits(1).says("in use");
    assert_eq!(finished.stdout, b"");
    run(["broker", "-d", "-p", "0", "--pid-file", "/no/such/pid"]).exits(1).says("/no/such/pid");
    run(["broker", "-d", "--user", "nobody"]).exits(2);
    run(["broker", "-d", "--", "true"]).exits(2).says("cannot be used with");
}

#[test]
fn a_pid_file_lasts_as_long_as_a_broker_in_front() {
    let files = Scratch::new("pid");
    let file = files.path().join("pid");
    let script = format!("cat '{}'; echo $PPID", file.display());
    let name = file.to_str().unwrap();
    let finished = run(["broker", "--pid-file", name, "--", "sh", "-c", &script]).exits(0);
    let text = String::from_utf8(finished.stdout).unwrap();
    let numbers: Vec<_> = text.lines().collect();
    assert_eq!(numbers[0], numbers[1]);
    assert!(!file.exists());
}

#[test]
fn systemd_is_told_that_it_listens_that_it_lives_and_that_it_stops() {
    let files = Scratch::new("notify");
    let place = files.path().join("notify");
    let socket = UnixDatagram::bind(&place).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    let hear = || {
        let mut bytes = [0; 4096];
        let count = socket.recv(&mut bytes).expect("a word to the supervisor");
        String::from_utf8(bytes[..count].to_vec()).unwrap()
    };
    let mut words = command(["broker", "-p", "0"]);
    words.env("NOTIFY_SOCKET", &place).env("WATCHDOG_USEC", "20000");
    let broker = spawn(words.stdout(std::process::Stdio::piped()));
    let ready = hear();
    let status = format!("READY=1\nMAINPID={}\nSTATUS=mqtt://127.0.0.1:", broker.id());
    assert!(ready.starts_with(&status), "{ready}");
    for _ in 0..5 {
        assert_eq!(hear(), "WATCHDOG=1");
    }
    broker.signal(Signal::TERM);
    while hear() != "STOPPING=1" {}
    broker.finish().exits(0);
}

#[test]
fn a_supervisor_that_is_gone_or_a_watchdog_of_somebody_else_is_no_matter() {
    let files = Scratch::new("notify-gone");
    let place = files.path().join("notify");
    for name in [place.to_str().unwrap(), "@mq-nobody", "relative", ""] {
        let mut words = command(["broker", "--", "true"]);
        words.env("NOTIFY_SOCKET", name).env("WATCHDOG_USEC", "x").env("WATCHDOG_PID", "1");
        spawn(&mut words).finish().exits(0);
    }
}

#[test]
#[ignore = "needs systemd-analyze"]
fn the_unit_file_is_one() {
    let files = Scratch::new("unit");
    let unit = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/mq-broker.service");
    let text = std::fs::read_to_string(unit).unwrap();
    let verify = |text: &str| {
        let file = files.write("mq-broker.service", text);
        let mut words = Command::new("systemd-analyze");
        let output = words.args(["verify", "--man=no", "--recursive-errors=no", &file]).output();
        let output = output.unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
        let about = complaints.lines().filter(|line| line.contains("mq-broker"));
        (output.status.success(), about.collect::<Vec<_>>().join("\n"))
    };
    let here = text.replace("/usr/local/bin/mq", env!("CARGO_BIN_EXE_mq"));
    assert_ne!(here, text);
    assert_eq!(verify(&here), (true, String::new()));
    assert_ne!(verify(&here.replace("Type=notify", "Type=nonsense")).1, "");
    // Its options are ones that there are.
    let start = here.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let words: Vec<_> = start.split(' ').skip(1).collect();
    run(words.iter().copied().chain(["-p", "0", "--", "true"])).exits(0);
}
