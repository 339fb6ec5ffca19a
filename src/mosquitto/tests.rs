use std::path::PathBuf;
use std::time::Duration;

use super::*;
use crate::codec::{Qos, Version};
use crate::options::{Payload, Publish, Subscribe};

fn none(_: &str) -> Option<OsString> {
    None
}

fn parsed(tool: Tool, words: &[&str]) -> Result<Asked, Error> {
    let words: Vec<_> = words.iter().map(OsString::from).collect();
    parse(tool, &words, &none)
}

#[track_caller]
fn publish(words: &[&str]) -> Publish {
    match parsed(Tool::Publish, words) {
        Ok(Asked::Publish(options)) => options,
        other => panic!("{other:?}"),
    }
}

#[track_caller]
fn subscribe(words: &[&str]) -> Subscribe {
    match parsed(Tool::Subscribe, words) {
        Ok(Asked::Subscribe(options)) => options,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_last_of_a_scalar_wins_and_lists_grow() {
    let options = publish(&["-t", "a", "-q", "1", "-m", "x", "-t", "b", "-q", "2"]);
    assert_eq!((options.topics.as_slice(), options.qos), (&["b".to_owned()][..], Qos::ExactlyOnce));
    let options = subscribe(&["-t", "a", "-C", "3", "--topic", "b/#", "-C", "4"]);
    assert_eq!(options.filters, ["a", "b/#"]);
    assert_eq!(options.count, Some(4));
}

#[test]
fn the_next_word_is_the_value_whatever_it_looks_like() {
    let options = publish(&["-t", "-t", "-m", "--help"]);
    assert_eq!(options.topics, ["-t"]);
    assert_eq!(options.payload, Payload::Text(b"--help".to_vec()));
}

#[test]
fn a_payload_is_bytes() {
    #[cfg(unix)]
    {
        use std::os::unix::ffi::OsStringExt;
        let payload = OsString::from_vec(b"\xff\xfe".to_vec());
        let words = ["-t".into(), "a".into(), "-m".into(), payload];
        let Ok(Asked::Publish(options)) = parse(Tool::Publish, &words, &none) else { panic!() };
        assert_eq!(options.payload, Payload::Text(b"\xff\xfe".to_vec()));
    }
}

#[test]
fn defaults_are_mosquittos_and_no_variable_is_read() {
    let set = |name: &str| name.starts_with("MQTT_").then(|| OsString::from("7"));
    let words = ["-t", "a"].map(OsString::from);
    let Ok(Asked::Subscribe(options)) = parse(Tool::Subscribe, &words, &set) else { panic!() };
    let settings = options.connect.resolve(&set).unwrap().settings;
    assert_eq!(settings.server.address.to_string(), "localhost:1883");
    assert_eq!(settings.version, Some(Version::V311));
    assert_eq!((settings.keep_alive, settings.client_id), (60, None));
    assert_eq!((settings.server.username, settings.clean), (None, true));
}

#[test]
fn properties_and_expiry_make_it_version_5_until_the_next_version() {
    let version = |words: &[&str]| publish(words).connect.version;
    let property = ["-t", "a", "-n", "-V", "31", "-D", "publish", "user-property", "-t", "b"];
    assert_eq!(version(&property), Some(Version::V5));
    assert_eq!(version(&["-t", "a", "-n", "-x", "0x10"]), Some(Version::V5));
    assert_eq!(version(&["-t", "a", "-n", "-x", "3", "-V", "311"]), Some(Version::V311));
}

#[test]
fn a_port_is_found_as_mosquitto_finds_it() {
    let port = |words: &[&str]| {
        let all = ["-t", "a"].iter().chain(words).copied();
        subscribe(&all.collect::<Vec<_>>()).connect.port
    };
    assert_eq!(port(&[]), Some(1883));
    assert_eq!(port(&["--cafile", "x"]), Some(8883));
    assert_eq!(port(&["--capath", "x", "-p", "1"]), Some(1));
    assert_eq!(port(&["--cafile", "x", "--no-tls"]), Some(1883));
    assert_eq!(port(&["--tls-use-os-certs"]), Some(1883));
    assert_eq!(port(&["-L", "mqtts://h/x"]), Some(8883));
    assert_eq!(port(&["-L", "ws://h:9/x"]), Some(9));
    let path = subscribe(&["-t", "a", "-p", "0", "-h", "/run/socket"]).connect.unix;
    assert_eq!(path, Some(PathBuf::from("/run/socket")));
}

#[test]
fn a_url_is_one_more_filter_or_the_topic() {
    let options = subscribe(&["-t", "a", "-L", "mqtt://u:p@h:7/b/#"]);
    assert_eq!(options.filters, ["a", "b/#"]);
    assert_eq!(options.connect.hosts.first().map(|host| host.name.as_str()), Some("h"));
    assert_eq!(options.connect.username.as_deref(), Some("u"));
    assert_eq!(publish(&["-L", "mqtt://h/b", "-n"]).topics, ["b"]);
}

#[test]
fn an_identifier_is_given_begun_or_empty() {
    let id = |words: &[&str]| {
        let all = ["-t", "a", "-n"].iter().chain(words).copied();
        let connect = publish(&all.collect::<Vec<_>>()).connect;
        connect.resolve(&none).unwrap().settings.client_id.unwrap()
    };
    assert_eq!(id(&["-i", "me"]), "me");
    assert_eq!(id(&["-I", "me-"]), format!("me-{}", std::process::id()));
    let made = id(&["-V", "31"]);
    assert!(made.starts_with("mosq-") && made.len() == 23, "{made}");
}

#[test]
fn times_have_no_end_that_the_clock_does_not_reach() {
    let options = publish(&["-t", "a", "-n", "--repeat", "2", "--repeat-delay", "0.25"]);
    assert_eq!((options.repeat, options.repeat_delay), (2, Duration::from_millis(250)));
    let long = "9".repeat(300);
    assert!(publish(&["-t", "a", "-n", "--repeat-delay", &long]).repeat_delay > Duration::ZERO);
    assert!(subscribe(&["-t", "a", "-W", &long]).time_limit.is_some());
}

#[test]
fn the_command_line_comes_after_the_option_file() {
    let directory = std::env::temp_dir().join(format!("mq-options-{}", std::process::id()));
    std::fs::create_dir_all(&directory).unwrap();
    let content = "# comment\n-t a b\n\n-q 2\r\n-h first\n--will-topic w\n-d";
    std::fs::write(directory.join("mosquitto_sub"), content).unwrap();
    let named = directory.join("named");
    std::fs::write(&named, "-t named").unwrap();
    let place = directory.clone();
    let environment = |name: &str| (name == "XDG_CONFIG_HOME").then(|| OsString::from(&place));
    let read = |words: &[&str]| {
        let words: Vec<_> = words.iter().map(OsString::from).collect();
        match parse(Tool::Subscribe, &words, &environment) {
            Ok(Asked::Subscribe(options)) => options,
            other => panic!("{other:?}"),
        }
    };
    let options = read(&["-t", "c", "-h", "second"]);
    assert_eq!(options.filters, ["a b", "c"]);
    assert_eq!(options.qos, Qos::ExactlyOnce);
    assert_eq!(options.connect.hosts.first().map(|host| host.name.as_str()), Some("second"));
    assert!(options.connect.debug && options.connect.will.is_some());
    let options = read(&["-o", named.to_str().unwrap()]);
    assert_eq!((options.filters, options.qos), (vec!["named".to_owned()], Qos::AtMostOnce));
    assert!(read(&["-o", "/no/such/file", "-t", "x"]).filters == ["x"]);
    std::fs::remove_dir_all(directory).unwrap();
}

#[test]
fn help_lists_every_option_and_the_version_is_a_line() {
    for (tool, _) in NAMES {
        let Ok(Asked::Help(page)) = parsed(tool, &["--help", "-t"]) else { panic!() };
        for name in table::rows(tool).flat_map(|row| row.names) {
            assert!(page.contains(name), "{name}");
        }
        let Ok(Asked::Version(line)) = parsed(tool, &["-d", "--version"]) else { panic!() };
        assert!(line.starts_with(&format!("{} version 2.1.0 running on mq ", name(tool))));
    }
}

/// Words that mosquitto 2.1 refuses, and how. Those that 2.0.11 knows too are compared with it
/// in `tests/cli`.
const REFUSED: &[(Tool, &[&str], &str)] = &[
    (Tool::Publish, &["-o"], "Error: -o argument given but no options file specified.\n\n"),
    (Tool::Publish, &["-o", "a", "-o", "b"], "Error: Duplicate -o argument given.\n\n"),
    (
        Tool::Subscribe,
        &["--retain-handling", "x", "-t", "a"],
        "Error: Unknown value 'x' for --retain-handling.\n\n",
    ),
    (
        Tool::Subscribe,
        &[],
        "Error: You must specify a topic to subscribe to (-t) or unsubscribe from (-U).\n",
    ),
    (
        Tool::Request,
        &["-t", "a", "-e", "b"],
        "Error: All of topic, message, and response topic must be supplied.\n",
    ),
];

#[test]
fn sentences_are_mosquittos() {
    for (tool, words, sentence) in REFUSED {
        let error = parsed(*tool, words).unwrap_err();
        let help = format!("\nUse '{} --help' to see usage.\n", name(*tool));
        assert_eq!(error.text(*tool), format!("{sentence}{help}"), "{words:?}");
    }
}

#[test]
fn what_the_tls_library_lacks_is_refused_by_name() {
    for (words, what) in [
        (&["--psk", "12", "--psk-identity", "me"][..], "--psk"),
        (&["--tls-engine", "x"], "--tls-engine"),
        (&["--cert", "c", "--key", "k", "--keyform", "engine"], "--keyform engine"),
    ] {
        let words: Vec<_> = ["-t", "a", "-n"].iter().chain(words).copied().collect();
        let text = parsed(Tool::Publish, &words).unwrap_err().text(Tool::Publish);
        assert!(text.starts_with(&format!("Error: {what} cannot be used")), "{text}");
    }
}

#[test]
fn a_program_is_known_by_the_name_of_its_file() {
    let tool = |name: &str| tool(OsStr::new(name));
    assert_eq!(tool("/usr/local/bin/mosquitto_sub"), Some(Tool::Subscribe));
    assert_eq!(tool("mosquitto_rr.exe"), Some(Tool::Request));
    assert_eq!(tool("mq"), None);
    assert_eq!(tool(""), None);
}
