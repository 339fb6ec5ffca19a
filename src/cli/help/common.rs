//! What most people need of each command.

/// The short page of a command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common {
    /// How it is called.
    pub(super) usage: &'static str,
    /// The long names of its options, or what a word without one is called, in order; with a
    /// shorter text than the long page has, or none.
    pub(super) options: &'static [(&'static str, &'static str)],
}

/// What clients have in common.
const HOST: (&str, &str) = ("host", "The broker's host [default: localhost]");
const PORT: (&str, &str) = ("port", "Its port [default: 1883, with --cafile 8883]");
const URL: (&str, &str) = ("url", "All in one, like mqtts://user@host:port/topic");
const USER: (&str, &str) = ("username", "User name; the password in MQTT_PASSWORD, or with -P");
const ASK: (&str, &str) = ("ask-password", "");
const CAFILE: (&str, &str) = ("cafile", "Connect with TLS, and trust these authorities");
const DEBUG: (&str, &str) = ("debug", "");
const QOS: (&str, &str) = ("qos", "");

const PUBLISH: Common = Common {
    usage: "mq pub TOPIC (MESSAGE | -m MESSAGE | -f FILE | -s | -l | -n | --json) [OPTIONS]",
    options: &[
        ("topic", ""),
        ("message", ""),
        ("file", ""),
        ("stdin-file", ""),
        ("stdin-line", ""),
        ("null-message", "An empty message; with -r removes the retained one"),
        ("json", "Each line is a message as mq sub --json prints it"),
        ("tsv", "Each line is topic, tab, payload"),
        ("timed", "With --json: with the pauses it was recorded with"),
        QOS,
        ("retain", "The broker keeps it for later subscribers"),
        ("repeat", ""),
        ("repeat-delay", "Wait between them: seconds, or 200ms, 1m30s"),
        ("stats", "Tell at the end what was delivered, and how fast"),
        HOST,
        PORT,
        URL,
        USER,
        ASK,
        CAFILE,
        ("will-topic", "The broker publishes here when this client is lost"),
        DEBUG,
    ],
};

const SUBSCRIBE: Common = Common {
    usage: "mq sub TOPIC... [OPTIONS] [-- COMMAND]",
    options: &[
        ("filters", "Topics: a/b, a/+/b for any level, a/# for all below"),
        ("filter-out", "But not these topics"),
        ("match", "Only payloads that this regular expression matches"),
        QOS,
        ("verbose", ""),
        ("format", "Print by a format, like '%t %p' or '@H:@M %j'"),
        ("json", "A JSON object a message; mq pub --json sends it again"),
        ("tsv", "Topic, tab, payload"),
        ("count", ""),
        ("timeout", "End after this time (30s), with 5 unless -C was met"),
        ("for", "End so long after the subscription stands, with 0"),
        ("retained", "Print what the broker keeps, and end"),
        ("no-retained", ""),
        ("watch", "The last message of each topic, in a line of its own"),
        ("id", "Client id; with -c the broker keeps the session"),
        HOST,
        PORT,
        URL,
        USER,
        ASK,
        CAFILE,
        DEBUG,
        ("command", "Starts once the subscription stands"),
    ],
};

const REQUEST: Common = Common {
    usage: "mq rr TOPIC (MESSAGE | -m MESSAGE | -f FILE | -s | -l | -n) [-e TOPIC] [OPTIONS]",
    options: &[
        ("topic", ""),
        ("response-topic", "Topic of the answers [default: a new one]"),
        ("message", "The request itself"),
        ("file", "A file whose content is the request"),
        ("stdin-file", "All of standard input is the request"),
        ("stdin-line", "Each line of standard input is a request"),
        ("null-message", "An empty request"),
        QOS,
        ("timeout", "Wait so long for answers [default: 30s]"),
        ("count", ""),
        ("in-flight", "With -l: so many requests wait at once"),
        ("latency", "Tell how long the answers took"),
        ("format", "Print answers by a format, like '%t %p'"),
        HOST,
        PORT,
        URL,
        USER,
        ASK,
        CAFILE,
        DEBUG,
    ],
};

const CLEAR: Common = Common {
    usage: "mq clear FILTER... [OPTIONS]",
    options: &[
        ("filters", "Topics: a/b, a/+/b for any level, a/# for all below"),
        ("filter-out", "But not these topics"),
        ("dry-run", ""),
        ("yes", ""),
        ("timeout", "End after this time (30s), with 5"),
        HOST,
        PORT,
        URL,
        USER,
        CAFILE,
        DEBUG,
    ],
};

const BENCH: Common = Common {
    usage: "mq bench [SCENARIO] [OPTIONS]",
    options: &[
        ("scenario", "e2e, publish, fan-out, request, connect and more"),
        ("clients", "Clients of the kind that there are many of"),
        ("topic", "What the topics begin with"),
        ("qos", "0, 1 or 2 [default: 0]"),
        ("size", "Bytes of a payload"),
        ("rate", "Messages a second, by the clock"),
        ("inflight", "Messages of a publisher on their way at once"),
        ("duration", "How long [default: 10s]"),
        ("count", "Messages to send in all"),
        ("fail-if", "Exit code 6 when this holds: 'p99 > 20ms'"),
        ("json", ""),
        ("html", "Write a page with plots"),
        ("embedded", "Load a broker of its own"),
        HOST,
        PORT,
        URL,
        USER,
        CAFILE,
    ],
};

const BENCH_COMPARE: Common = Common {
    usage: "mq bench compare A [B] [OPTIONS]",
    options: &[
        ("before", "What mq bench --json wrote before"),
        ("after", "And after; without it A has both"),
        ("confidence", ""),
        ("fail-if-worse", ""),
        ("json", ""),
    ],
};

const BENCH_MERGE: Common = Common {
    usage: "mq bench merge FILE... [OPTIONS]",
    options: &[("files", "What mq bench --json wrote, one a part"), ("fail-if", ""), ("json", "")],
};

const BROKER: Common = Common {
    usage: "mq broker [OPTIONS] [-- COMMAND]",
    options: &[
        ("port", "Serve at this port, 0 for a free one [default: 1883]"),
        ("bind", "At this address instead of localhost, * for all"),
        ("unix", "At this Unix socket"),
        ("ready-file", "Write where it serves to a file, once it does"),
        ("user", "Let in who logs in as one of these, and nobody else"),
        ("password-file", "And those in this file; mq passwd makes it"),
        ("acl", "Allow this, deny the rest: 'alice readwrite a/#'"),
        ("on-full", "Of a full queue: refuse-then-drop, refuse or drop"),
        ("metrics", "Serve metrics for Prometheus at this port, or HOST:PORT"),
        ("verbose", "Tell who comes and goes [default without COMMAND]"),
        ("quiet", "Tell trouble only [default with COMMAND]"),
        ("show-limits", ""),
        ("tls", "Serve TLS as well, with a certificate made on the spot"),
        ("config", "Listeners, users and rules as in a mosquitto.conf"),
        ("command", "Runs while it serves, and finds it in MQTT_URL"),
    ],
};

const PASSWD: Common = Common {
    usage: "mq passwd FILE USER [OPTIONS]",
    options: &[
        ("create", ""),
        ("delete", ""),
        ("upgrade", "Hash all passwords that stand in FILE as they are"),
        ("hash", "sha512-pbkdf2 for mosquitto before 2.1 [default: argon2id]"),
    ],
};

const EXPLAIN: Common = Common { usage: "mq explain [CODE]", options: &[("code", "")] };

/// That of the command of this name, if its page would be too long otherwise.
pub(super) fn common(command: &str) -> Option<Common> {
    Some(match command {
        "pub" => PUBLISH,
        "sub" => SUBSCRIBE,
        "rr" => REQUEST,
        "clear" => CLEAR,
        "bench" => BENCH,
        "bench-compare" => BENCH_COMPARE,
        "bench-merge" => BENCH_MERGE,
        "broker" => BROKER,
        "passwd" => PASSWD,
        "explain" => EXPLAIN,
        _ => return None,
    })
}
