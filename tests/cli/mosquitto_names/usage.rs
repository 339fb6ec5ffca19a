//! Wrong words: the same sentence and the same code, and nothing connects.

use crate::support::names::Names;

/// Words that Debian's 2.0.11 refuses too, all of them before it connects.
const REFUSED: &[(&str, &[&str])] = &[
    // No such option; no bundles, no `=`, no end of options, no words without an option.
    ("mosquitto_pub", &["--unknown"]),
    ("mosquitto_pub", &["-t=a"]),
    ("mosquitto_pub", &["-rt", "a"]),
    ("mosquitto_pub", &["--topic=a"]),
    ("mosquitto_pub", &["--"]),
    ("mosquitto_pub", &["a"]),
    ("mosquitto_pub", &[""]),
    ("mosquitto_sub", &["-t", "a", "-vd"]),
    // The other tools' options.
    ("mosquitto_pub", &["-C", "1"]),
    ("mosquitto_pub", &["-E"]),
    ("mosquitto_pub", &["-F", "%p"]),
    ("mosquitto_pub", &["-N"]),
    ("mosquitto_pub", &["-R"]),
    ("mosquitto_pub", &["-T", "a"]),
    ("mosquitto_pub", &["-U", "a"]),
    ("mosquitto_pub", &["-v"]),
    ("mosquitto_pub", &["-W", "1"]),
    ("mosquitto_pub", &["-e", "a"]),
    ("mosquitto_pub", &["--pretty"]),
    ("mosquitto_pub", &["--random-filter", "1"]),
    ("mosquitto_pub", &["--remove-retained"]),
    ("mosquitto_pub", &["--retain-as-published"]),
    ("mosquitto_pub", &["--retained-only"]),
    ("mosquitto_sub", &["-e", "a"]),
    ("mosquitto_sub", &["-f", "a"]),
    ("mosquitto_sub", &["-l"]),
    ("mosquitto_sub", &["-m", "a"]),
    ("mosquitto_sub", &["-n"]),
    ("mosquitto_sub", &["-r"]),
    ("mosquitto_sub", &["-s"]),
    ("mosquitto_sub", &["--repeat", "1"]),
    ("mosquitto_sub", &["--repeat-delay", "1"]),
    ("mosquitto_rr", &["-l"]),
    ("mosquitto_rr", &["-r"]),
    ("mosquitto_rr", &["-C", "1"]),
    ("mosquitto_rr", &["-E"]),
    ("mosquitto_rr", &["-T", "a"]),
    ("mosquitto_rr", &["-U", "a"]),
    ("mosquitto_rr", &["--repeat", "1"]),
    ("mosquitto_rr", &["--retained-only"]),
    ("mosquitto_rr", &["--remove-retained"]),
    ("mosquitto_rr", &["--random-filter", "1"]),
    // Properties given twice, told in the order of the packets and behind what else is wrong.
    (
        "mosquitto_pub",
        &[
            "-t",
            "a",
            "-m",
            "x",
            "-D",
            "publish",
            "content-type",
            "a",
            "-D",
            "Publish",
            "Content-Type",
            "b",
        ],
    ),
    (
        "mosquitto_sub",
        &[
            "-t",
            "a",
            "-E",
            "-D",
            "publish",
            "content-type",
            "a",
            "-D",
            "Publish",
            "Content-Type",
            "b",
        ],
    ),
    (
        "mosquitto_rr",
        &[
            "-t",
            "a",
            "-e",
            "b",
            "-m",
            "x",
            "-D",
            "connect",
            "receive-maximum",
            "3",
            "-D",
            "connect",
            "receive-maximum",
            "3",
        ],
    ),
    (
        "mosquitto_pub",
        &[
            "-D",
            "will",
            "content-type",
            "a",
            "-D",
            "will",
            "content-type",
            "b",
            "-D",
            "disconnect",
            "session-expiry-interval",
            "1",
            "-D",
            "disconnect",
            "session-expiry-interval",
            "1",
        ],
    ),
    (
        "mosquitto_sub",
        &[
            "-t",
            "a",
            "-D",
            "subscribe",
            "subscription-identifier",
            "3",
            "-D",
            "subscribe",
            "subscription-identifier",
            "4",
            "-D",
            "publish",
            "response-topic",
            "a",
            "-D",
            "publish",
            "response-topic",
            "b",
        ],
    ),
    (
        "mosquitto_pub",
        &[
            "-t",
            "a",
            "-m",
            "x",
            "-D",
            "will",
            "content-type",
            "a",
            "-D",
            "will",
            "content-type",
            "b",
            "--will-topic",
            "w",
        ],
    ),
    (
        "mosquitto_pub",
        &["-D", "publish", "content-type", "a", "-D", "Publish", "Content-Type", "b", "-q", "3"],
    ),
    (
        "mosquitto_pub",
        &[
            "-D",
            "publish",
            "content-type",
            "a",
            "-D",
            "Publish",
            "Content-Type",
            "b",
            "-D",
            "publish",
            "nonsense",
        ],
    ),
    (
        "mosquitto_pub",
        &[
            "-D",
            "publish",
            "content-type",
            "a",
            "-D",
            "Publish",
            "Content-Type",
            "b",
            "--will-payload",
            "x",
        ],
    ),
    (
        "mosquitto_pub",
        &[
            "-D",
            "publish",
            "content-type",
            "a",
            "-D",
            "Publish",
            "Content-Type",
            "b",
            "--cert",
            "x",
        ],
    ),
    (
        "mosquitto_pub",
        &["-D", "publish", "content-type", "a", "-D", "Publish", "Content-Type", "b", "-c"],
    ),
    (
        "mosquitto_pub",
        &["-D", "publish", "content-type", "a", "-D", "Publish", "Content-Type", "b", "-V", "311"],
    ),
    // Values that are none.
    ("mosquitto_pub", &["-p", "-1"]),
    ("mosquitto_pub", &["-p", "65536"]),
    ("mosquitto_pub", &["-q", "3"]),
    ("mosquitto_pub", &["-q", "-1"]),
    ("mosquitto_pub", &["-k", "0"]),
    ("mosquitto_pub", &["-k", "4"]),
    ("mosquitto_pub", &["-k", "65536"]),
    ("mosquitto_pub", &["-k", "x"]),
    ("mosquitto_pub", &["-M", "0"]),
    ("mosquitto_pub", &["-M", "x"]),
    ("mosquitto_pub", &["-V", "4"]),
    ("mosquitto_pub", &["-V", "3.1.1"]),
    ("mosquitto_pub", &["-V5"]),
    ("mosquitto_pub", &["-x", "-2"]),
    ("mosquitto_pub", &["-x", "4294967296"]),
    ("mosquitto_pub", &["-x", "abc"]),
    ("mosquitto_pub", &["-x", "1s"]),
    ("mosquitto_pub", &["-x", ""]),
    ("mosquitto_pub", &["--repeat", "0"]),
    ("mosquitto_pub", &["--repeat", "x"]),
    ("mosquitto_pub", &["--repeat-delay", "-1"]),
    ("mosquitto_pub", &["--will-qos", "3"]),
    ("mosquitto_pub", &["--will-qos", "-1"]),
    ("mosquitto_sub", &["-C", "0"]),
    ("mosquitto_sub", &["-C", "-1"]),
    ("mosquitto_sub", &["-C", "x"]),
    ("mosquitto_sub", &["-W", "0"]),
    ("mosquitto_sub", &["-W", "x"]),
    ("mosquitto_rr", &["-W", "-3"]),
    ("mosquitto_sub", &["--random-filter", "0"]),
    ("mosquitto_sub", &["--random-filter", "abc"]),
    // Topics, filters, URLs.
    ("mosquitto_pub", &["-t", "a/+"]),
    ("mosquitto_pub", &["-t", "#", "-m", "x"]),
    ("mosquitto_rr", &["-t", "a/+"]),
    ("mosquitto_rr", &["-e", "#"]),
    ("mosquitto_pub", &["--will-topic", "w/#"]),
    ("mosquitto_sub", &["-t", "a/#/b"]),
    ("mosquitto_sub", &["-t", "++"]),
    ("mosquitto_sub", &["-T", "a/b+"]),
    ("mosquitto_sub", &["-U", "#/"]),
    ("mosquitto_pub", &["-L", "foo://a/b"]),
    ("mosquitto_pub", &["-L", "a"]),
    ("mosquitto_pub", &["-L", "mqtt://a"]),
    ("mosquitto_sub", &["-L", "mqtts://a:1"]),
    ("mosquitto_sub", &["-L", "mqtt://a/b/#/c"]),
    ("mosquitto_pub", &["-L", "mqtt://a/+"]),
    ("mosquitto_rr", &["-L", "mqtt://a/#", "-e", "b", "-n"]),
    ("mosquitto_pub", &["--proxy", "foo"]),
    ("mosquitto_pub", &["--proxy", "socks4://localhost:1"]),
    ("mosquitto_pub", &["--proxy", "socks5h://localhost:99999"]),
    ("mosquitto_pub", &["--proxy", "socks5h://"]),
    // What does not go together.
    ("mosquitto_pub", &["-m", "x", "-f", "y"]),
    ("mosquitto_pub", &["-m", "x", "-m", "y"]),
    ("mosquitto_pub", &["-l", "-s"]),
    ("mosquitto_pub", &["-n", "-l"]),
    ("mosquitto_rr", &["-m", "x", "-n"]),
    ("mosquitto_pub", &["-i", "a", "-I", "b"]),
    ("mosquitto_pub", &["-I", "a", "-i", "b"]),
    ("mosquitto_pub", &["-t", "a", "-n", "-c"]),
    ("mosquitto_pub", &["-t", "a", "-n", "-c", "-I", "x"]),
    ("mosquitto_pub", &["-t", "a", "-n", "-c", "-V", "5"]),
    ("mosquitto_pub", &["-t", "a", "-n", "-x", "-1", "-V", "5"]),
    ("mosquitto_pub", &["-t", "a", "-n", "-x", "4294967295", "-V", "5"]),
    ("mosquitto_rr", &["-t", "a", "-e", "b", "-n", "-c"]),
    ("mosquitto_sub", &["-t", "a", "-c"]),
    ("mosquitto_sub", &["-t", "a", "-R", "--retained-only"]),
    ("mosquitto_pub", &["--will-payload", "x"]),
    ("mosquitto_pub", &["--will-retain"]),
    ("mosquitto_pub", &["-t", "a", "-n", "-P", "alone"]),
    ("mosquitto_pub", &["-t", "a", "-n", "--cert", "x"]),
    ("mosquitto_pub", &["-t", "a", "-n", "--key", "x"]),
    ("mosquitto_pub", &["-t", "a", "-n", "--keyform", "pem"]),
    ("mosquitto_pub", &["-t", "a", "-n", "--tls-engine-kpass-sha1", "x"]),
    ("mosquitto_pub", &["-t", "a", "-n", "--tls-version", "x"]),
    ("mosquitto_pub", &["-t", "a", "-n", "-p", "8883", "--tls-version", "tlsv1"]),
    ("mosquitto_sub", &["-t", "a", "--cafile", "/no/such", "--insecure"]),
    ("mosquitto_pub", &["-t", "a", "-n", "-i", ""]),
    ("mosquitto_sub", &["-t", "a", "-i", "", "-c"]),
    ("mosquitto_rr", &["-t", "a", "-e", "b", "-n", "-i", ""]),
    ("mosquitto_pub", &["-t", "a", "-n", "--psk", "12"]),
    ("mosquitto_pub", &["-t", "a", "-n", "--psk", "12", "--cafile", "x"]),
    ("mosquitto_rr", &[]),
    ("mosquitto_rr", &["-t", "a", "-m", "x"]),
    ("mosquitto_rr", &["-t", "a", "-e", "b"]),
    // Formats.
    ("mosquitto_sub", &["-t", "a", "-F", "%"]),
    ("mosquitto_sub", &["-t", "a", "-F", "%-"]),
    ("mosquitto_sub", &["-t", "a", "-F", "%Q"]),
    ("mosquitto_sub", &["-t", "a", "-F", "@"]),
    ("mosquitto_sub", &["-t", "a", "-F", "\\"]),
    ("mosquitto_rr", &["-F", "\\q"]),
    // Properties.
    ("mosquitto_sub", &["-t", "a", "-D", "connect"]),
    ("mosquitto_sub", &["-t", "a", "-D", "connect", "receive-maximum"]),
    ("mosquitto_sub", &["-t", "a", "-D", "connect", "user-property", "a"]),
    ("mosquitto_pub", &["-D", "auth", "user-property", "a", "b"]),
    ("mosquitto_pub", &["-D", "puback", "reason-string", "a"]),
    ("mosquitto_pub", &["-D", "connect", "content-type", "a"]),
    ("mosquitto_pub", &["-D", "connect", "receive-maximum", "65536"]),
    ("mosquitto_pub", &["-D", "connect", "request-problem-information", "256"]),
    ("mosquitto_pub", &["-D", "publish", "subscription-identifier", "3"]),
    ("mosquitto_pub", &["-D", "subscribe", "topic-alias", "1"]),
    ("mosquitto_rr", &["-t", "a", "-e", "b", "-m", "x", "-D", "publish", "response-topic", "q"]),
    // Files.
    ("mosquitto_pub", &["-t", "a", "-f", "/no/such/file"]),
    ("mosquitto_pub", &["-t", "a", "-s"]),
];

/// Options that want a value, at the end of the line.
const WANT_A_VALUE: &[(&str, &str)] = &[
    (
        "mosquitto_pub",
        "-A -f -h -i -I -k -L -m -M -p -P --proxy -q --repeat --repeat-delay -t -u --unix -V \
         --will-payload --will-qos --will-topic -x --cafile --capath --cert --key --keyform \
         --ciphers --tls-alpn --tls-version --tls-engine --tls-engine-kpass-sha1 --psk \
         --psk-identity --host --port --id --id-prefix --keepalive --url --message --file --qos \
         --topic --username --pw --protocol-version -D --property",
    ),
    ("mosquitto_sub", "-C -F -T -U -W -t --filter-out --unsubscribe --random-filter --topic"),
    ("mosquitto_rr", "-e -F -W -t -m -f"),
];

#[test]
#[ignore = "needs mosquitto_pub"]
fn wrong_words_are_refused_with_debians_sentence_and_code() {
    let names = Names::new();
    let alone = WANT_A_VALUE.iter().flat_map(|(name, options)| {
        options.split_whitespace().map(move |option| (*name, vec![option]))
    });
    let listed = REFUSED.iter().map(|(name, words)| (*name, words.to_vec()));
    let mut different = Vec::new();
    for (name, words) in listed.chain(alone) {
        let both = names.both(name, &words);
        if let Some(how) = both.difference() {
            different.push(format!("{name} {words:?}: {how}"));
        } else if both.ours.code != Some(1) || both.ours.stderr.is_empty() {
            different.push(format!("{name} {words:?} is not refused: {:?}", both.ours));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}

/// Where this program follows 2.1, or knows better, what it says: the words, its code, what the
/// first line of standard error begins with, and why it is not 2.0.11's.
const DIFFERENT: &[(&str, &[&str], i32, &str, &str)] = &[
    (
        "mosquitto_sub",
        &[],
        1,
        "Error: You must specify a topic to subscribe to (-t) or unsubscribe from (-U).",
        "2.1 takes -U alone, and says so",
    ),
    (
        "mosquitto_sub",
        &["-t", ""],
        1,
        "Error: Invalid subscription topic ''",
        "told before it connects: no broker takes an empty filter",
    ),
    (
        "mosquitto_pub",
        &["-t", "", "-m", "x"],
        1,
        "Error: Invalid input. Does your topic contain '+' or '#'?",
        "the same sentence, but before it connects, and not with 0",
    ),
    (
        "mosquitto_pub",
        &["-t", "a", "-m", "x", "-x", "-1"],
        1,
        "Error: You must provide a client id if you are using an infinite session",
        "2.1: -x means version 5",
    ),
    (
        "mosquitto_pub",
        &["-D", "bogus", "user-property", "a", "b"],
        1,
        "Error: Invalid command bogus given in --property argument.",
        "2.1 names it",
    ),
    (
        "mosquitto_pub",
        &["-D", "connect", "bogus", "a"],
        1,
        "Error: Invalid property name bogus given in --property argument.",
        "2.1 names it",
    ),
    (
        "mosquitto_pub",
        &["-D", "connect", "receive-maximum", "x"],
        1,
        "Error: Property value (x) is not a number",
        "2.0.11 takes it for 0, and then has a broken protocol",
    ),
    ("mosquitto_pub", &["-o"], 1, "Error: -o argument given but no options file", "2.1"),
    ("mosquitto_pub", &["-o", "a", "-o", "b"], 1, "Error: Duplicate -o argument given.", "2.1"),
    (
        "mosquitto_sub",
        &["--retain-handling", "x"],
        1,
        "Error: Unknown value 'x' for --retain-handling.",
        "2.1",
    ),
    (
        "mosquitto_pub",
        &["-t", "a", "-n", "--proxy", "http://me:hunter2@h:1"],
        1,
        "Error: Unsupported proxy protocol: http://...@h:1\n",
        "passwords are not told",
    ),
    (
        "mosquitto_pub",
        &["-t", "a", "-n", "--psk", "12", "--psk-identity", "me"],
        1,
        "Error: --psk cannot be used",
        "the TLS library has no pre-shared keys",
    ),
    (
        "mosquitto_pub",
        &["-t", "a", "-n", "--tls-engine", "x"],
        1,
        "Error: --tls-engine cannot be used",
        "the TLS library has no engines",
    ),
    (
        "mosquitto_pub",
        &["-t", "a", "-f", "/"],
        1,
        "Error: Unable to read file \"/\": Is a directory",
        "2.0.11 takes the size of a directory for that of a file; 2.1 tells the cause",
    ),
];

#[test]
fn what_is_refused_otherwise_is_listed_with_its_reason() {
    let names = Names::new();
    for (name, words, code, says, why) in DIFFERENT {
        assert!(!why.is_empty());
        let finished = names.run(name, *words).exits(*code).prints("");
        assert!(finished.stderr.starts_with(says), "{name} {words:?}: {}", finished.stderr);
    }
}

#[test]
fn without_topic_or_message_the_help_comes_along() {
    let names = Names::new();
    for words in [&["-t", "a"][..], &["-m", "x"], &[]] {
        let finished = names.run("mosquitto_pub", words).exits(1);
        assert_eq!(finished.stderr, "Error: Both topic and message must be supplied.\n");
        assert!(String::from_utf8_lossy(&finished.stdout).contains("--stdin-line"));
    }
}

#[test]
fn help_and_version_go_to_standard_output_and_end_with_1() {
    let names = Names::new();
    for name in ["mosquitto_pub", "mosquitto_sub", "mosquitto_rr"] {
        let help = names.run(name, ["-d", "--help", "--nonsense"]).exits(1);
        assert!(help.stderr.is_empty() && help.stdout.starts_with(name.as_bytes()));
        let version = names.run(name, ["--version"]).exits(1);
        let wanted = format!("{name} version 2.1.0 running on mq ");
        assert!(version.stdout.starts_with(wanted.as_bytes()), "{version:?}");
    }
}
