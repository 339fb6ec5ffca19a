//! What most people need of each command.

use crate::text::rows;

/// The short page of a command: a line with how it is called, then its options in order, as
/// [`rows`] reads them: the long name, or what a word without one is called, and a shorter text
/// than the long page has. Where none stands, it is that of [`SHARED`], or the long page's.
#[derive(Debug, Clone, Copy)]
pub(super) struct Common(&'static str);

impl Common {
    /// How it is called.
    pub(super) fn usage(self) -> &'static str {
        self.0.lines().next().unwrap_or_default()
    }

    /// Its options, and what is said of each; nothing where the long page has it.
    pub(super) fn options(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        rows::of(self.rows()).map(|[name, own]| match own {
            "" => (name, shared(name)),
            own => (name, own),
        })
    }

    fn rows(self) -> &'static str {
        self.0.split_once('\n').map_or("", |(_, rows)| rows)
    }
}

fn shared(name: &str) -> &'static str {
    rows::of(SHARED).find(|[shared, _]| *shared == name).map_or("", |[_, text]| text)
}

/// What is said alike of the options of several commands.
const SHARED: &str = "\
host | The broker's host [default: localhost]
port | Its port [default: 1883, with --cafile 8883]
url | All in one, like mqtts://user@host:port/topic
username | User name; the password in MQTT_PASSWORD, or with -P
cafile | Connect with TLS, and trust these authorities
";

const PUBLISH: &str = "\
mq pub TOPIC (MESSAGE | -m MESSAGE | -f FILE | -s | -l | -n | --json) [OPTIONS]
topic
message
file
stdin-file
stdin-line
null-message | An empty message; with -r removes the retained one
json | Each line is a message as mq sub --json prints it
tsv | Each line is topic, tab, payload
timed | With --json: with the pauses it was recorded with
qos
retain | The broker keeps it for later subscribers
repeat
repeat-delay | Wait between them: seconds, or 200ms, 1m30s
stats | Tell at the end what was delivered, and how fast
host
port
url
username
ask-password
cafile
will-topic | The broker publishes here when this client is lost
debug
";

const SUBSCRIBE: &str = "\
mq sub TOPIC... [OPTIONS] [-- COMMAND]
filters | Topics: a/b, a/+/b for any level, a/# for all below
filter-out | But not these topics
match | Only payloads that this regular expression matches
qos
verbose
format | Print by a format, like '%t %p' or '@H:@M %j'
json | A JSON object a message; mq pub --json sends it again
tsv | Topic, tab, payload
count
timeout | End after this time (30s), with 5 unless -C was met
for | End so long after the subscription stands, with 0
retained | Print what the broker keeps, and end
no-retained
watch | The last message of each topic, in a line of its own
id | Client id; with -c the broker keeps the session
host
port
url
username
ask-password
cafile
debug
command | Starts once the subscription stands
";

const REQUEST: &str = "\
mq rr TOPIC (MESSAGE | -m MESSAGE | -f FILE | -s | -l | -n) [-e TOPIC] [OPTIONS]
topic
response-topic | Topic of the answers [default: a new one]
message | The request itself
file | A file whose content is the request
stdin-file | All of standard input is the request
stdin-line | Each line of standard input is a request
null-message | An empty request
qos
timeout | Wait so long for answers [default: 30s]
count
in-flight | With -l: so many requests wait at once
latency | Tell how long the answers took
format | Print answers by a format, like '%t %p'
host
port
url
username
ask-password
cafile
debug
";

const CLEAR: &str = "\
mq clear FILTER... [OPTIONS]
filters | Topics: a/b, a/+/b for any level, a/# for all below
filter-out | But not these topics
dry-run
yes
timeout | End after this time (30s), with 5
host
port
url
username
cafile
debug
";

const BENCH: &str = "\
mq bench [SCENARIO] [OPTIONS]
scenario | e2e, publish, fan-out, request, connect and more
clients | Clients of the kind that there are many of
topic | What the topics begin with
qos | 0, 1 or 2 [default: 0]
size | Bytes of a payload
rate | Messages a second, by the clock
inflight | Messages of a publisher on their way at once
duration | How long [default: 10s]
count | Messages to send in all
fail-if | Exit code 6 when this holds: 'p99 > 20ms'
json
html | Write a page with plots
embedded | Load a broker of its own
host
port
url
username
cafile
";

const BENCH_COMPARE: &str = "\
mq bench compare A [B] [OPTIONS]
before | What mq bench --json wrote before
after | And after; without it A has both
confidence
fail-if-worse
json
";

const BENCH_MERGE: &str = "\
mq bench merge FILE... [OPTIONS]
files | What mq bench --json wrote, one a part
fail-if
json
";

const BROKER: &str = "\
mq broker [OPTIONS] [-- COMMAND]
port | Serve at this port, 0 for a free one [default: 1883]
bind | At this address instead of localhost, * for all
unix | At this Unix socket
ready-file | Write where it serves to a file, once it does
user | Let in who logs in as one of these, and nobody else
password-file | And those in this file; mq passwd makes it
acl | Allow this, deny the rest: 'alice readwrite a/#'
on-full | Of a full queue: refuse-then-drop, refuse or drop
metrics | Serve metrics for Prometheus at this port, or HOST:PORT
verbose | Tell who comes and goes [default without COMMAND]
quiet | Tell trouble only [default with COMMAND]
show-limits
tls | Serve TLS as well, with a certificate made on the spot
config | Listeners, users and rules as in a mosquitto.conf
command | Runs while it serves, and finds it in MQTT_URL
";

const PASSWD: &str = "\
mq passwd FILE USER [OPTIONS]
create
delete
upgrade | Hash all passwords that stand in FILE as they are
hash | sha512-pbkdf2 for mosquitto before 2.1 [default: argon2id]
";

const EXPLAIN: &str = "\
mq explain [CODE]
code
";

/// That of the command of this name, if its page would be too long otherwise.
pub(super) fn common(command: &str) -> Option<Common> {
    Some(Common(match command {
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
    }))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_is_written_as_meant_and_what_is_shared_is_used() {
        rows::assert_well_formed::<2>(SHARED, 2);
        let mut bare = BTreeSet::new();
        for command in crate::cli::tree().get_subcommands() {
            let common = common(command.get_name()).unwrap();
            assert!(common.usage().starts_with("mq "), "{}", common.usage());
            rows::assert_well_formed::<2>(common.rows(), 1);
            let options = rows::of(common.rows()).filter(|[_, own]| own.is_empty());
            bare.extend(options.map(|[name, _]| name));
        }
        for [name, _] in rows::of(SHARED) {
            assert!(bare.contains(name), "{name}");
        }
    }
}
