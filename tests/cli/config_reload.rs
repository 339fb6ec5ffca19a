//! What a configuration says anew at SIGHUP: what is in force then, and what waits for a new start.

use rcgen::{
    CertificateRevocationListParams, ExtendedKeyUsagePurpose, KeyIdMethod, RevokedCertParams,
    SerialNumber, date_time_ymd,
};

use rustix::process::{Resource, Rlimit, prlimit};

use super::access::client;
use super::config::{AGAIN, STAYS, Site, is_let_in, reload, wait_for_line};
use super::support::certificates::Authority;
use super::support::mq::{Running, run, start};
use super::support::scratch::Scratch;
use super::support::service::free_port;

/// What is said of what waits.
const WAITS: &str = "changed, and not in force before the next start: ";

impl Site {
    /// Writes the configuration anew: these lines behind the listener's.
    fn says(&self, lines: &str) {
        let place = self.scratch.path().to_str().unwrap();
        let text = format!("listener 0 127.0.0.1\n{lines}").replace("DIR", place);
        std::fs::write(&self.config, text).unwrap();
    }

    /// Has it read, for the time of this number.
    #[track_caller]
    fn reads(&self, broker: &Running, lines: &str, time: usize) {
        self.says(lines);
        reload(broker, AGAIN, time);
    }
}

/// An authority's list of the certificates with these numbers.
fn revocation_list(authority: &Authority, numbers: &[u64]) -> String {
    let revoked = |number: &u64| RevokedCertParams {
        serial_number: SerialNumber::from(*number),
        revocation_time: date_time_ymd(2024, 1, 1),
        reason_code: None,
        invalidity_date: None,
    };
    authority.revocation_list(&CertificateRevocationListParams {
        this_update: date_time_ymd(2024, 1, 1),
        next_update: date_time_ymd(2099, 1, 1),
        crl_number: SerialNumber::from(1_u64),
        issuing_distribution_point: None,
        revoked_certs: numbers.iter().map(revoked).collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    })
}

#[test]
fn hanging_up_takes_other_files_of_tls_than_before() {
    let site = Site::new("reload-tls", "");
    let (first, second) = (Authority::new("first"), Authority::new("second"));
    for (name, authority) in [("first", &first), ("second", &second)] {
        let server = authority.issue(|_| {});
        site.scratch.write(&format!("{name}.ca"), authority.pem());
        site.scratch.write(&format!("{name}.pem"), server.pem());
        site.scratch.write(&format!("{name}.key"), server.key_pem());
        let client = authority.issue(|params| {
            params.serial_number = Some(SerialNumber::from(7_u64));
            params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        });
        site.scratch.write(&format!("{name}.client"), client.pem());
        site.scratch.write(&format!("{name}.client-key"), client.key_pem());
        site.scratch.write(&format!("{name}.crl"), revocation_list(authority, &[]));
        site.scratch.write(&format!("{name}.revoked"), revocation_list(authority, &[7]));
    }
    let lines = |server: &str, ca: &str, list: &str| {
        format!(
            "allow_anonymous true\ncertfile DIR/{server}.pem\nkeyfile DIR/{server}.key\n\
             cafile DIR/{ca}.ca\ncrlfile DIR/{list}\nrequire_certificate true\n"
        )
    };
    site.says(&lines("first", "first", "first.crl"));
    let (serving, port) = site.serve(&[]);
    let place = site.scratch.path().to_str().unwrap();
    let comes_in = |trusts: &str, shows: &str| {
        let file = |name: &str, end: &str| format!("{place}/{name}.{end}");
        let ca = file(trusts, "ca");
        let (certificate, key) = (file(shows, "client"), file(shows, "client-key"));
        let words = ["pub", "-h", "localhost", "-p", &port, "-q", "1", "-t", "a", "-m", "x"];
        let tls = ["--cafile", &ca, "--cert", &certificate, "--key", &key];
        run(words.iter().chain(&tls)).code == Some(0)
    };
    assert!(comes_in("first", "first") && !comes_in("first", "second"));
    site.reads(&serving.broker, &lines("second", "first", "first.crl"), 1);
    assert!(comes_in("second", "first") && !comes_in("first", "first"), "the certificate");
    site.reads(&serving.broker, &lines("second", "second", "second.crl"), 2);
    assert!(comes_in("second", "second") && !comes_in("second", "first"), "the authority");
    site.reads(&serving.broker, &lines("second", "second", "second.revoked"), 3);
    assert!(!comes_in("second", "second"), "the list");
    site.says(&lines("first", "second", "first.crl").replace("first.key", "second.key"));
    reload(&serving.broker, STAYS, 1);
    assert!(serving.broker.has_said("keyfile: the key in"));
    assert!(!comes_in("second", "second"), "all stays as it was");
    site.reads(&serving.broker, &lines("second", "second", "second.crl"), 4);
    assert!(comes_in("second", "second"));
    assert!(!serving.broker.has_said(WAITS), "{}", serving.broker.said());
}

#[test]
fn hanging_up_takes_other_files_of_users_and_rules_than_before() {
    let site = Site::new("reload-users", "allow_anonymous true\n");
    let (serving, port) = site.serve(&[]);
    assert!(is_let_in(&port, "-") && is_let_in(&port, "carol:pw"));
    site.users(&["alice"]);
    site.reads(&serving.broker, "password_file DIR/users\nallow_anonymous true\n", 1);
    assert!(is_let_in(&port, "-") && is_let_in(&port, "alice:pw") && !is_let_in(&port, "bob:pw"));
    let others = site.scratch.write("others", "");
    run(["passwd", "-H", "sha512", "-b", &others, "bob", "pw"]).exits(0);
    site.rules("user bob\ntopic write b\n");
    site.reads(&serving.broker, "password_file DIR/others\nacl_file DIR/rules\n", 2);
    let write = |topic| client("pub", &port, "bob:pw", &["-q", "1", "-t", topic, "-m", "x"]).code;
    assert!(!is_let_in(&port, "-") && !is_let_in(&port, "alice:pw"));
    assert_eq!([write("a"), write("b")], [Some(4), Some(0)]);
    site.reads(&serving.broker, "password_file DIR/others\n", 3);
    assert_eq!([write("a"), write("b")], [Some(0), Some(0)]);
}

#[test]
fn hanging_up_takes_limits_for_those_who_are_here_too() {
    let site = Site::new("reload-limits", "allow_anonymous true\nsys_interval 0\n");
    let (serving, port) = site.serve(&[]);
    let mut writer = start(["pub", "-p", &port, "-q", "1", "-l", "-t", "a"]);
    let heard = start(["sub", "-p", &port, "-t", "a", "--", "sh", "-c", "echo on >&2; cat"]);
    heard.wait_until_it_says("on");
    writer.write("1234567890\n");
    heard.wait_until_it_prints("1234567890\n");
    let lines = "allow_anonymous true\nsys_interval 1\nmessage_size_limit 5\nmax_keepalive 30\n\
                 retain_available false\n";
    site.reads(&serving.broker, lines, 1);
    let publish =
        |more: &[&str]| client("pub", &port, "-", &[&["-q", "1", "-t", "b"], more].concat());
    publish(&["-m", "1234567890"]).exits(4).says("0x97");
    publish(&["-m", "12345"]).exits(0);
    publish(&["-m", "1", "-k", "60", "-V", "311"]).exits(4);
    publish(&["-m", "1", "-k", "30", "-V", "311"]).exits(0);
    assert_ne!(publish(&["-m", "1", "-r"]).code, Some(0));
    // The state is published from now on; it was not before.
    let uptime = ["sub", "-p", &port, "-t", "$SYS/broker/uptime", "-C", "1", "-W", "20s"];
    run(uptime).exits(0);
    writer.write("12345\n");
    heard.wait_until_it_prints("1234567890\n12345\n");
    assert!(!serving.broker.has_said(WAITS), "{}", serving.broker.said());
}

#[test]
fn hanging_up_moves_the_log_and_changes_what_is_in_it() {
    let site = Site::new("reload-log", "allow_anonymous true\n");
    let (serving, port) = site.serve(&[]);
    let publish = |id| {
        client("pub", &port, "-", &["-i", id, "-q", "1", "-t", "a", "-m", "x"]).exits(0);
    };
    let file = |name| site.scratch.path().join(name);
    let read = |name| std::fs::read_to_string(file(name)).unwrap();
    publish("first");
    serving.broker.wait_until_it_says("first connected from");
    site.reads(&serving.broker, "allow_anonymous true\nlog_dest file DIR/one\n", 1);
    publish("second");
    wait_for_line(&file("one"), "Client second disconnected.");
    let two = "allow_anonymous true\nlog_dest file DIR/two\nlog_type subscribe\n\
               log_timestamp false\n";
    site.reads(&serving.broker, two, 2);
    run(["sub", "-p", &port, "-i", "third", "-t", "a/b", "-E"]).exits(0);
    wait_for_line(&file("two"), "third 0 a/b");
    assert_eq!(read("two"), "third 0 a/b\n");
    assert!(!read("one").contains("third"));
    // A log that cannot be opened is no reason to leave rights as they were.
    site.users(&["alice"]);
    let bad = "log_dest file /no/such/folder/log\npassword_file DIR/users\n";
    site.reads(&serving.broker, bad, 3);
    assert!(serving.broker.has_said("/no/such/folder/log"));
    assert!(serving.broker.has_said("the log goes on where it was"));
    assert!(is_let_in(&port, "alice:pw") && !is_let_in(&port, "-"));
    run(["sub", "-p", &port, "-i", "fourth", "-u", "alice", "-P", "pw", "-t", "c", "-E"]).exits(0);
    wait_for_line(&file("two"), "fourth 0 c");
    // And back to a log in our form.
    site.reads(&serving.broker, "allow_anonymous true\n", 4);
    publish("fifth");
    serving.broker.wait_until_it_says("fifth connected from");
    assert!(!serving.broker.has_said("second connected from"), "{}", serving.broker.said());
    assert!(!read("two").contains("fifth"));
}

/// CVE-2017-7652: a broker whose clients had all descriptors went on with nothing of its files.
#[test]
fn row_46_files_that_no_descriptor_is_left_for_change_nothing() {
    let site = Site::new("reload-descriptors", "password_file DIR/users\nacl_file DIR/rules\n");
    site.users(&["alice"]);
    site.rules("user alice\ntopic a\n");
    let (serving, port) = site.serve(&[]);
    assert!(is_let_in(&port, "alice:pw") && !is_let_in(&port, "-"));
    serving.broker.wait_until_it_rests();
    let process = rustix::process::Pid::from_raw(serving.broker.id().try_into().unwrap());
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", serving.broker.id())).unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    let maximum = line.split_whitespace().nth(4).unwrap().parse().ok();
    let set = |current| prlimit(process, Resource::Nofile, Rlimit { current, maximum }).unwrap();
    let before = set(Some(0));
    for time in 1..=3 {
        reload(&serving.broker, STAYS, time);
        assert!(serving.broker.has_said("Too many open files"), "{}", serving.broker.said());
    }
    set(before.current);
    assert!(is_let_in(&port, "alice:pw") && !is_let_in(&port, "-"));
    assert_eq!(client("pub", &port, "alice:pw", &["-q", "1", "-t", "b", "-m", "x"]).code, Some(4));
    reload(&serving.broker, AGAIN, 1);
    assert!(is_let_in(&port, "alice:pw") && !is_let_in(&port, "-"));
}

#[test]
fn beside_a_command_events_stand_for_the_log_after_a_reading_too() {
    let site = Site::new("reload-events", "allow_anonymous true\n");
    let script = "\"$MQ\" pub -i first -q 1 -t a -m x; echo ready >&2; read line; \
                  \"$MQ\" pub -i second -q 1 -t a -m x";
    let mut broker =
        start(["broker", "-c", &site.config, "--json", "-v", "--", "sh", "-c", script]);
    broker.wait_until_it_says("ready");
    reload(&broker, AGAIN, 1);
    broker.write("on\n");
    let said = broker.finish().exits(0).stderr;
    assert!(said.contains("\"client_id\":\"second\""), "{said}");
    assert!(!said.contains("second connected from"), "{said}");
}

#[test]
fn what_waits_for_a_new_start_is_named_in_one_line() {
    let site = Site::new("reload-waits", "");
    let authority = Authority::new("waits");
    let server = authority.issue(|_| {});
    site.scratch.write("cert", server.pem());
    site.scratch.write("key", server.key_pem());
    let socket = "listener 0 DIR/socket\n";
    let tls = "certfile DIR/cert\nkeyfile DIR/key\n";
    site.says(&format!("allow_anonymous true\n{socket}protocol websockets\n"));
    let (serving, port) = site.serve(&[]);
    let mut time = 0;
    let mut waiting = |lines: &str| {
        time += 1;
        let before = serving.broker.said().matches(WAITS).count();
        site.reads(&serving.broker, lines, time);
        let said = serving.broker.said();
        let said: Vec<_> = said.lines().filter_map(|line| line.split_once(WAITS)).collect();
        assert!(said.len() <= before + 1, "{said:?}");
        let place = site.scratch.path().to_str().unwrap();
        said.get(before).map(|(_, keys)| keys.replace(place, "DIR"))
    };
    let head = "allow_anonymous true\n";
    for (first, second, waits) in [
        ("", "", "protocol of the listener at DIR/socket"),
        (
            "enable_proxy_protocol 2\n",
            "protocol websockets\n",
            "enable_proxy_protocol of the listener at 127.0.0.1:0",
        ),
        (tls, "protocol websockets\n", "certfile of the listener at 127.0.0.1:0"),
        (
            "protocol websockets\n",
            "protocol websockets\nwebsockets_origin https://a.example\n",
            "protocol of the listener at 127.0.0.1:0, websockets_origin of the listener at DIR/socket",
        ),
        (
            "",
            "protocol websockets\nlistener 1 127.0.0.1\npid_file DIR/pid\nuser nobody\n",
            "listener at 127.0.0.1:1, pid_file, user",
        ),
    ] {
        let lines = format!("{head}{first}{socket}{second}");
        assert_eq!(waiting(&lines).as_deref(), Some(waits));
        assert!(is_let_in(&port, "-"), "it serves as it did: {lines}");
    }
    // As it began: nothing waits.
    assert_eq!(waiting(&format!("{head}{socket}protocol websockets\n")), None);
}

#[test]
fn what_waits_for_who_lost_the_right_to_it_is_dropped_counted_and_said() {
    let site = Site::new("reload-withdrawn", "password_file DIR/users\nacl_file DIR/rules\n");
    site.users(&["alice", "bob"]);
    let rules = |bob: &str| format!("user alice\ntopic #\ntopic $SYS/#\nuser bob\ntopic {bob}\n");
    site.rules(&rules("#"));
    let (serving, port) = site.serve(&["--sys-interval", "0.1"]);
    let away = ["-i", "bob", "-c", "-q", "1", "-t", "#"];
    client("sub", &port, "bob:pw", &[&away[..], &["-E"]].concat()).exits(0);
    for topic in ["secret", "open", "secret"] {
        client("pub", &port, "alice:pw", &["-q", "1", "-t", topic, "-m", topic]).exits(0);
    }
    site.rules(&rules("open"));
    reload(&serving.broker, AGAIN, 1);
    serving.broker.wait_until_it_says("2 messages that waited are dropped");
    let dropped = "$SYS/broker/publish/messages/dropped";
    let counted = ["sub", "-p", &port, "-u", "alice", "-P", "pw", "-t", dropped, "-F", "%p"];
    let counted = start(counted);
    counted.wait_until_it_printed("2\n");
    let heard = client("sub", &port, "bob:pw", &[&away[..], &["-C", "1", "-W", "20s"]].concat());
    heard.exits(0).prints("open\n");
    reload(&serving.broker, AGAIN, 2);
    let said = serving.broker.said();
    assert_eq!(said.matches("that waited").count(), 1, "{said}");
}

#[test]
fn who_logged_in_otherwise_than_is_asked_for_now_is_closed() {
    let site = Site::new("reload-identity", "");
    let authority = Authority::new("identity");
    let server = authority.issue(|_| {});
    site.scratch.write("ca", authority.pem());
    site.scratch.write("cert", server.pem());
    site.scratch.write("key", server.key_pem());
    site.users(&["alice"]);
    let tls = "certfile DIR/cert\nkeyfile DIR/key\ncafile DIR/ca\n";
    site.says(&format!("password_file DIR/users\n{tls}"));
    let (serving, port) = site.serve(&[]);
    let ca = site.scratch.path().join("ca");
    let words = ["-h", "localhost", "-p", &port, "--cafile", ca.to_str().unwrap(), "-u", "alice"];
    let words = [&words[..], &["-P", "pw", "-t", "a", "-i", "alice"]].concat();
    let watch = start(["sub"].iter().chain(&words).chain(&["--", "sh", "-c", "echo on >&2; cat"]));
    watch.wait_until_it_says("on");
    site.reads(&serving.broker, &format!("{tls}use_identity_as_username true\n"), 1);
    serving.broker.wait_until_it_says("its login does not hold any longer");
    run(["pub"].iter().chain(&words).chain(&["-m", "x", "-q", "1"])).exits(4);
}

/// A client whose second connection was trusted without a look (mosquitto, before 2.0.9): its file of
/// authorities is empty by then.
#[test]
fn row_47_a_certificate_that_is_wrong_only_on_return_is_refused() {
    let scratch = Scratch::new("reload-return");
    let (first, second) = (Authority::new("first"), Authority::new("second"));
    for (name, authority) in [("first", &first), ("second", &second)] {
        let server = authority.issue(|_| {});
        scratch.write(&format!("{name}.pem"), server.pem());
        scratch.write(&format!("{name}.key"), server.key_pem());
    }
    let place = scratch.path().to_str().unwrap();
    let port = free_port();
    let serve = |name: &str| {
        let tls = format!("certfile {place}/{name}.pem\nkeyfile {place}/{name}.key\n");
        let text = format!("listener {port} 127.0.0.1\nallow_anonymous true\n{tls}");
        let broker = start(["broker", "-c", &scratch.write(name, text)]);
        broker.first_line();
        broker
    };
    let ca = scratch.write("ca", first.pem());
    let broker = serve("first");
    let words = ["sub", "-h", "localhost", "-p", &port, "--cafile", &ca, "-t", "a"];
    let watch = start(words.iter().chain(&["--", "sh", "-c", "echo on >&2; exec cat"]));
    watch.wait_until_it_says("on");
    scratch.write("ca", "");
    drop(broker);
    let other = serve("second");
    watch.finish().exits(3).says("authority");
    assert!(!other.has_said("connected from"), "{}", other.said());
}
