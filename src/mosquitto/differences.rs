//! What is not as with mosquitto's programs: the manual pages' section DIFFERENCES.

use crate::options::Tool;

/// All three.
const ALL: &[Tool] = &[Tool::Publish, Tool::Subscribe, Tool::Request];

/// Who differs, and how. All else that a script can see is meant to be the same: exit codes,
/// sentences, standard output.
const DIFFERENCES: &[(&[Tool], &str)] = &[
    (
        &[Tool::Publish],
        "No line of -l is ever lost: QoS 0 lines wait while the connection is gone, and after the last one a PINGREQ makes sure that all have arrived; lines that the broker refuses for the moment (quota exceeded) go again.",
    ),
    (&[Tool::Publish], "A NUL byte does not cut a payload, nor a line of -l."),
    (
        &[Tool::Publish],
        "Topics and payloads that no broker takes are refused with exit code 1 before anything connects.",
    ),
    (
        &[Tool::Publish, Tool::Request],
        "Before SIGINT or SIGTERM ends the program, DISCONNECT is sent, so that no will goes out.",
    ),
    (
        &[Tool::Subscribe],
        "A message is acknowledged once it is written to standard output, so that -d tells the acknowledgement behind the message.",
    ),
    (
        &[Tool::Subscribe],
        "When -W passes before the broker has accepted the connection, the exit code is 27 and not 255.",
    ),
    (&[Tool::Subscribe], "With -U and without -t, -E ends once the broker has answered."),
    (
        &[Tool::Subscribe],
        "With MQTT 5 a broker that shuts down or is busy is tried again, where mosquitto_sub ends with 0.",
    ),
    (
        &[Tool::Subscribe],
        "Connections that are lost are tried again after 0.1 to 30 seconds, with chance in it, instead of each second.",
    ),
    (
        &[Tool::Subscribe, Tool::Request],
        "On a terminal, control characters of payloads, topics and all else that a broker sends are shown escaped; files and pipes get every byte.",
    ),
    (
        &[Tool::Subscribe, Tool::Request],
        "With -F, %E prints an expiry interval above 2147483647 as it is, not as a negative number, and @1 to @9, which are no time, print as %1 to %9 without spaces before them.",
    ),
    (
        &[Tool::Request],
        "A refused CONNACK of MQTT 3 is told by its own name, and DISCONNECT is sent at the end.",
    ),
    (
        ALL,
        "A TLS failure is always exit code 8, never 1. Certificates are checked by rustls: no CBC suites, no RSA key exchange; --tls-engine, --keyform engine and --psk are refused.",
    ),
    (ALL, "A proxy of another kind is told without its login."),
    (ALL, "Without a value for --tls-version, and with tlsv1.2, 1.2 and 1.3 are offered."),
    (ALL, "Lines of an option file may be of any length; a link in its place is followed."),
];

/// How the broker differs.
pub const BROKER_DIFFERENCES: &[&str] = &[
    "All is in memory: with the program end the sessions, the retained messages and the wills that were not yet sent. The keys of persistence change nothing, which is said.",
    "Plugins, bridges, dynamic security and pre-shared keys are not served: a configuration that has them is refused, with the line.",
    "A publisher that is faster than a subscriber which keeps reading is held back, at every QoS; mosquitto drops messages of QoS 0, and beyond its queue those of QoS 1 and 2.",
    "At SIGHUP all is read before anything is put in force, certificates too: where something is wrong, all stays as it was.",
    "With -d the program that was called ends once the one in the background listens: a port that is taken is an error that a script sees.",
    "The log has no lines about packets; it says why a login is refused. What one peer makes it say in a minute is limited: 100 lines before its login is taken, 10,000 of its clients; the rest is counted.",
    "TLS is that of rustls: versions 1.2 and 1.3, no CBC suites, no RSA key exchange, no engines.",
];

/// How `tool` differs from mosquitto's program of that name.
pub fn differences(tool: Tool) -> impl Iterator<Item = &'static str> {
    DIFFERENCES.iter().filter(move |(tools, _)| tools.contains(&tool)).map(|(_, how)| *how)
}
