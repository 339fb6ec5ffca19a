//! `mq sub -F`, beside Debian's `mosquitto_sub` on the same messages.

use std::process::{Command, Stdio};

use mq::codec::{PacketId, Properties, Publish, Qos};

use crate::support::broker::{Broker, Got};
use crate::support::mosquitto::Mosquitto;
use crate::support::mq::{Finished, command, run, spawn, start};

/// Retained messages at a broker of somebody else's, by topic.
fn with_messages() -> Mosquitto {
    let broker = Mosquitto::open();
    let properties = [
        "content-type text/plain",
        "message-expiry-interval 3999",
        "user-property k v",
        "user-property name value",
        "response-topic reply/to",
        "correlation-data c:d",
        "payload-format-indicator 1",
    ];
    let publish = |topic: &str, payload: &[u8], properties: &[&str]| {
        let mut words = Command::new("mosquitto_pub");
        words.args(["-p", &broker.port, "-V", "5", "-t", topic, "-r", "-q", "1"]);
        words.args(if payload.is_empty() { ["-n"] } else { ["-s"] });
        for property in properties {
            words.args(["-D", "publish"]).args(property.split(' '));
        }
        let mut child = words.stdin(Stdio::piped()).spawn().unwrap();
        std::io::Write::write_all(&mut child.stdin.take().unwrap(), payload).unwrap();
        assert!(child.wait().unwrap().success());
    };
    publish("all/properties", b"abcdef", &properties);
    publish("bare", b"abcdef", &[]);
    publish("signs", b"q\"\\\n\t\x01\x7f\xc3\xa9/\x08\x0c\r\x1b", &[]);
    let json = br#"{"a":[1.0,{"b":null,"c":[]},-0,1e5,1e15,0.0001,0.00001,-1.25e-7,123456789012345],"d":{},
        "s":"\u00e9\/\u0001\ud83d\ude00","t":[true,false,"x",[],[[1],{"e":{}}]]}  "#;
    publish("json", json, &[]);
    broker
}

const TOPICS: [&str; 4] = ["all/properties", "bare", "signs", "json"];

/// What both print for the retained message of a topic.
fn both(broker: &Mosquitto, topic: &str, words: &[&str]) -> (Finished, Finished) {
    let common = ["-p", &broker.port, "-t", topic, "-C", "1", "-q", "1"];
    let mut theirs = Command::new("mosquitto_sub");
    theirs.args(common).args(words).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut ours = command(["sub"]);
    ours.args(common).args(words).stdout(Stdio::piped());
    (spawn(&mut theirs).finish(), spawn(&mut ours).finish())
}

/// Both print the same, once `norm` has made the same of what differs by design.
#[track_caller]
fn same(broker: &Mosquitto, topic: &str, words: &[&str], norm: fn(&str) -> String) {
    let (theirs, ours) = both(broker, topic, words);
    let text = |finished: &Finished| norm(std::str::from_utf8(&finished.stdout).unwrap());
    assert_eq!(text(&ours), text(&theirs), "{words:?} on {topic}: {ours:?} {theirs:?}");
    assert_eq!(ours.stderr.is_empty(), theirs.stderr.is_empty(), "{words:?}: {ours:?} {theirs:?}");
}

fn exactly(text: &str) -> String {
    text.to_owned()
}

/// Digits and words alike: times are compared by their shape.
fn shape(text: &str) -> String {
    let mut shape = String::new();
    for character in text.chars() {
        match character {
            '0'..='9' => shape.push('9'),
            letter if letter.is_alphabetic() => {
                if !shape.ends_with('a') {
                    shape.push('a');
                }
            }
            other => shape.push(other),
        }
    }
    shape
}

/// 2.0's JSON as 2.1 has it: no Z in the time, and a retain flag that is none of a number.
fn json(text: &str) -> String {
    let (head, rest) = text.split_once("\"tst\":").unwrap();
    let gap = rest.len() - rest.trim_start().len();
    let (time, rest) = rest[gap + 1..].split_once('"').unwrap();
    let time = shape(&time.replacen('Z', "", 1));
    let rest = rest.replacen("\"retain\":1", "\"retain\":true", 1);
    format!("{head}{time}{}", rest.replacen("\"retain\":\t1", "\"retain\":\ttrue", 1))
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn every_letter_prints_what_mosquitto_sub_prints() {
    let broker = with_messages();
    // The seconds that a message has left run on.
    same(&broker, "all/properties", &["-V", "5", "-F", "%E"], shape);
    let letters = ["A", "C", "D", "F", "l", "m", "P", "p", "q", "R", "r", "S", "t", "x", "X"];
    // Each between marks of its own, all in one run.
    let format = letters.map(|letter| format!("{letter}<%{letter}>")).join("|");
    for version in ["5", "311"] {
        for topic in TOPICS {
            same(&broker, topic, &["-V", version, "-F", &format], exactly);
        }
    }
    same(&broker, "bare", &["-F", r"%%@@\\\a\e\n\r\t\v plain é"], exactly);
    same(&broker, "bare", &["-F", r"a\0b"], exactly);
    same(&broker, "bare", &["-F", ""], exactly);
    same(&broker, "bare", &["-N", "-F", "%t"], exactly);
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn what_is_printed_otherwise_is_what_the_manual_page_says() {
    let broker = Mosquitto::open();
    let expiry = ["-D", "publish", "message-expiry-interval", "4294967295"];
    let words = ["pub", "-t", "long", "-r", "-q", "1", "-m", "x", "-p", &broker.port];
    run(words.iter().chain(&expiry)).exits(0);
    let printed = |words: &[&str]| {
        let text = |finished: Finished| String::from_utf8(finished.exits(0).stdout).unwrap();
        let (theirs, ours) = both(&broker, "long", words);
        (text(theirs), text(ours))
    };
    let (theirs, ours) = printed(&["-V", "5", "-F", "%E"]);
    let [theirs, ours] = [theirs, ours].map(|text| text.trim().parse::<i64>().unwrap());
    assert!(theirs < 0 && ours == theirs + (1 << 32), "{theirs} {ours}");
    for digit in 1..=9 {
        let (theirs, ours) = printed(&["-F", &format!("@{digit}")]);
        let wanted = format!("%{digit}\n");
        assert_eq!((theirs.trim_start(), ours), (wanted.as_str(), wanted.clone()));
    }
    let differences: Vec<_> = mq::mosquitto::differences(mq::options::Tool::Subscribe).collect();
    assert!(differences.iter().any(|how| how.contains("%E") && how.contains("@1 to @9")));
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn every_field_is_filled_and_cut_as_mosquitto_sub_does() {
    let broker = with_messages();
    let fields = ["-", "3", "20", "-3", "-20", "020", "-020", "05", ".2", ".0", ".", "5.2", "-5.2"];
    for letter in ["A", "C", "D", "E", "F", "l", "m", "P", "p", "q", "R", "r", "S", "t", "%"] {
        for topic in ["all/properties", "bare"] {
            // 2.1 fills absent text with zeros, too.
            let is_same = |field: &&str| letter != "C" || topic != "bare" || !field.contains('0');
            let formats: Vec<_> = fields
                .into_iter()
                .filter(is_same)
                .map(|field| format!("{field} <%{field}{letter}>"))
                .collect();
            let norm = if letter == "E" { shape } else { exactly };
            same(&broker, topic, &["-V", "5", "-F", &formats.join("|")], norm);
        }
    }
    same(&broker, "all/properties", &["-V", "5", "-F", "%8.3t|%-8.3t|%6p|%-6p|%06p"], exactly);
    for field in ["30", "-30", ".4", "030.10"] {
        same(&broker, "bare", &["-F", &format!("<%{field}I>")], shape);
    }
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn times_have_the_shape_and_the_zone_of_mosquitto_sub() {
    let broker = with_messages();
    let zones =
        [Some("UTC"), Some("Europe/Berlin"), Some("America/St_Johns"), Some("XYZ-3:30"), None];
    for zone in zones {
        let mut formats: Vec<_> =
            (b'!'..=b'~').map(|letter| format!("@{}", char::from(letter))).collect();
        // glibc fills up a width that stands before nothing.
        formats.retain(|format| !format.ends_with(|last: char| ('1'..='9').contains(&last)));
        let all = formats.join("|");
        let outputs = ["mosquitto_sub", env!("CARGO_BIN_EXE_mq")].map(|program| {
            let mut words = Command::new(program);
            if !program.starts_with("mosquitto") {
                words.arg("sub");
            }
            words.env_remove("TZ").envs(zone.map(|zone| ("TZ", zone)));
            words.args(["-p", &broker.port, "-t", "bare", "-C", "1", "-F"]);
            words.arg(format!("%I|%U|@z|@Z|{all}"));
            let output = words.stdin(Stdio::null()).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        });
        let [theirs, ours] = outputs.each_ref().map(|output| shape(output));
        assert_eq!(ours, theirs, "{zone:?}: {outputs:?}");
        let zone_of = |output: &str| output.split('|').skip(2).take(2).collect::<Vec<_>>().join("");
        assert_eq!(zone_of(&outputs[1]), zone_of(&outputs[0]), "{zone:?}");
    }
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn json_is_that_of_mosquitto_sub_but_for_what_changed_in_2_1() {
    let broker = with_messages();
    for topic in ["bare", "signs", "json"] {
        for version in ["5", "311"] {
            for pretty in [&[][..], &["--pretty"]] {
                let words = [&["-V", version, "-F", "%j"], pretty].concat();
                same(&broker, topic, &words, json);
            }
        }
    }
    for words in [&["-F", "%J"][..], &["-F", "%J", "--pretty"]] {
        same(&broker, "json", words, json);
    }
    // No JSON: just the newline, and an error.
    same(&broker, "bare", &["-F", "%J"], exactly);
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn where_2_1_differs_from_2_0_it_is_2_1() {
    let broker = with_messages();
    for (topic, format, ours, theirs) in [
        // 2.0 halves a payload in any field.
        ("bare", "<%16x>", "<    616263646566>\n", "<          616263>\n"),
        ("bare", "<%-16X>", "<616263646566    >\n", "<616263          >\n"),
        ("bare", "<%016x>", "<0000616263646566>\n", "<0000000000616263>\n"),
        ("bare", "<%3x>", "<616263>\n", "< 61>\n"),
        // And does not know groups.
        ("bare", "<%.4x>", "<6162 6364 6566>\n", "<616263646566>\n"),
        ("bare", "<%05C>", "<00000>\n", "<     >\n"),
    ] {
        let (one, other) = both(&broker, topic, &["-V", "5", "-F", format]);
        assert_eq!(String::from_utf8_lossy(&one.stdout), theirs, "{format}");
        other.exits(0).prints(ours);
    }
    let (_, ours) = both(&broker, "all/properties", &["-V", "5", "-F", "%j"]);
    let ours = String::from_utf8(ours.exits(0).stdout).unwrap();
    let (head, rest) = ours.split_once("\"topic\"").unwrap();
    assert_eq!(shape(head), r#"{"a":"9999-99-99a99:99:99.999999+9999","#);
    let expiry = rest.split_once("expiry-interval\":").unwrap().1.split_once('}').unwrap().0;
    assert!((3000..=3999).contains(&expiry.parse::<u32>().unwrap()), "{rest}");
    assert_eq!(
        rest.replace(expiry, "N"),
        concat!(
            r#":"all/properties","qos":1,"retain":true,"payloadlen":6,"mid":1,"properties":{"#,
            r#""content-type":"text/plain","user-properties":[{"k":"v"},{"name":"value"}],"#,
            r#""response-topic":"reply/to","correlation-data":"c:d","#,
            r#""payload-format-indicator":1,"message-expiry-interval":N},"payload":"abcdef"}"#,
            "\n"
        )
    );
    let (theirs, ours) = both(&broker, "bare", &["-F", "%.2:x"]);
    theirs.says("Invalid format specifier ':'");
    ours.exits(0).prints("61:62:63:64:65:66\n");
    for format in ["%f", "%d"] {
        let (theirs, ours) = both(&broker, "bare", &["-F", format]);
        theirs.says("Invalid format specifier");
        ours.exits(0).prints("\n").says("data received");
    }
}

#[test]
#[ignore = "needs mosquitto_sub"]
fn formats_are_refused_in_the_words_of_mosquitto_sub() {
    for format in
        ["%", "%0", "%-", "%1", "%.", "%.1", "@", "\\", "%Z", "x%5y", "\\Z", "\\x1b", "%-.2i"]
    {
        let theirs =
            Command::new("mosquitto_sub").args(["-t", "x", "-F", format]).output().unwrap();
        let theirs = String::from_utf8(theirs.stderr).unwrap();
        let words = theirs.lines().next().unwrap().strip_prefix("Error: ").unwrap();
        let error = mq::record::Format::parse(format.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), words);
    }
}

#[test]
fn a_format_is_checked_before_anything_connects() {
    let broker = Broker::new();
    let port = broker.port();
    run(["sub", "-t", "a", "-p", &port, "-F", "%Z"]).exits(2).says("invalid format specifier 'Z';");
    run(["sub", "-t", "a", "-p", &port, "-F", "%"]).exits(2).says("incomplete format specifier;");
    assert!(broker.is_alone());
}

/// What `sub` with these words prints of one message with no properties.
fn printed(words: &[&str], payload: &[u8]) -> Finished {
    let broker = Broker::new();
    let port = broker.port();
    let common = ["sub", "-t", "#", "-C", "1", "-p", &port];
    let running = start(common.iter().chain(words));
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.deliver(&Publish {
        dup: false,
        qos: Qos::AtLeastOnce,
        retain: true,
        topic: "a/b",
        id: PacketId::new(9),
        properties: Properties::EMPTY,
        payload,
    });
    assert_eq!(peer.next(), Got::Puback(9));
    peer.leaves();
    running.finish().exits(0)
}

#[test]
fn a_payload_that_cannot_be_printed_is_told_and_leaves_its_line() {
    let told = "mq: message payload is not valid JSON on topic a/b\n";
    let finished = printed(&["-F", "%J"], b"{").prints("\n");
    assert_eq!(finished.stderr, told);
    let finished = printed(&["-N", "-F", "<%J>"], b"{").prints("<>");
    assert_eq!(finished.stderr, told);
    printed(&["-F", "%f"], b"abc").prints("\n").says("non-float data received");
    printed(&["-F", "%d|%l"], b"abc").prints("|3\n").says("non-double data received");
}

#[test]
fn many_payloads_that_cannot_be_printed_are_counted() {
    let broker = Broker::new();
    let running = start(["sub", "-t", "a", "-F", "%J", "-C", "5000", "-p", &broker.port()]);
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.deliver_all(&vec![("a", &b"{"[..], false); 5000]);
    peer.leaves();
    let finished = running.finish().exits(0).prints("\n".repeat(5000));
    let (mut told, mut counted) = (0, 0);
    for line in finished.stderr.lines() {
        match line.strip_suffix(" more messages could not be printed as asked") {
            Some(count) => counted += count.strip_prefix("mq: ").unwrap().parse::<usize>().unwrap(),
            None => {
                assert_eq!(line, "mq: message payload is not valid JSON on topic a");
                told += 1;
            }
        }
    }
    // On a machine that is very busy it may take some seconds.
    assert!((10..=200).contains(&told) && told + counted == 5000, "{told} {counted}");
}

#[test]
fn numbers_and_bytes_are_printed_as_they_are() {
    printed(&["-F", "%.2f"], &20.25_f32.to_ne_bytes()).prints("20.25\n");
    printed(&["-F", "[%012.4d]"], &(-1.5_f64).to_ne_bytes()).prints("[-000001.5000]\n");
    printed(&["-v", "-F", "%p"], b"\x1b\0\xff").prints(b"\x1b\0\xff\n");
}

#[test]
fn a_terminal_gets_the_users_escapes_and_none_of_a_peers() {
    let broker = Broker::new();
    // Where `script` is missing, unit tests of formats remain.
    let Ok(mut child) = Command::new("script")
        .arg("-qec")
        .arg(format!(
            r"{} sub -t '#' -C 1 -F '\e[1m%t\e[0m %p %j' -p {}",
            env!("CARGO_BIN_EXE_mq"),
            broker.port()
        ))
        .arg("/dev/null")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
    else {
        return;
    };
    let mut peer = broker.welcome().0;
    peer.grant();
    peer.publish("a\u{202e}\nb", b"\x1b]0;owned\x07", Qos::AtMostOnce, 0);
    peer.leaves();
    let mut shown = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut shown).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(shown.starts_with("\x1b[1ma\\u{202e}\\nb\x1b[0m \\x1b]0;owned\\x07 {"), "{shown:?}");
    assert!(shown.contains(r#""topic":"a\u202e\nb""#), "{shown:?}");
    assert!(shown.contains(r#""payload":"\u001b]0;owned\u0007"}"#), "{shown:?}");
}
