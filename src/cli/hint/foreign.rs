//! What other tools call options: `MQTTX`, `HiveMQ`'s, `mqttui`, and tools of other trades.

use crate::text::rows;

/// Options, and the words that lead to the same here.
const OPTIONS: &str = "\
--hostname, --server | -h
--broker | -h, or -L with a URL
--broker-url, --uri | -L
--client-id, --clientid, --client_id, --identifier | -i
--user | -u
--pass, --passwd | MQTT_PASSWORD, or -P
--mqtt-version, --mqttVersion | -V
--protocol, --scheme | -L, with mqtt://, mqtts://, ws:// or wss://
--tls, --ssl, --secure | --cafile FILE, or --tls-use-os-certs
--ca, --ca-file | --cafile
--clean, --clean-session, --clean-start | what happens without -c
--no-clean, --persistent | -c
--session-expiry-interval | -x
--will-message, --will-msg | --will-payload
--multiline, --lines | -l
--stdin | -l for lines, -s for one message
--file-read | -f
--file-save, --file-write, --output | > FILE
--interval, --delay | --repeat-delay
--limit | --repeat to publish, -C to subscribe
--user-property, --user-properties | -D publish user-property NAME VALUE
--content-type | -D publish content-type TYPE
--message-expiry-interval | -D publish message-expiry-interval SECONDS
--correlation-data | -D publish correlation-data DATA
--receive-maximum | -D connect receive-maximum N
--maximum-packet-size | -D connect maximum-packet-size BYTES
--jsonl, --ndjson | --json
--silent | --quiet
--version | mq --version
";

/// Commands, and the one that does the same here.
const COMMANDS: &str = "\
send, write, post, produce, mosquitto_pub | pub
listen, read, watch, consume, mosquitto_sub | sub
ask, call, req, mosquitto_rr | rr
clean-retained, purge, delete | clear
serve, server, start, mosquitto | broker
";

/// What an option of another tool is here.
pub(super) fn option(name: &str) -> Option<&'static str> {
    here(OPTIONS, name)
}

/// What a command of another tool is here.
pub(in crate::cli) fn command(name: &str) -> Option<&'static str> {
    here(COMMANDS, name)
}

fn here(table: &'static str, name: &str) -> Option<&'static str> {
    let is_called = |[foreign, _]: &[&str; 2]| rows::list(foreign).any(|foreign| foreign == name);
    rows::of(table).find(is_called).map(|[_, own]| own)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_word_stands_in_two_rows() {
        for table in [OPTIONS, COMMANDS] {
            rows::assert_well_formed::<2>(table, 2);
            let mut words = BTreeSet::new();
            for [foreign, _] in rows::of(table) {
                assert!(rows::list(foreign).all(|word| words.insert(word)), "{foreign}");
            }
        }
    }

    #[test]
    fn what_is_said_of_others_is_there() {
        let tree = crate::cli::tree();
        let publish = tree.find_subcommand("pub").unwrap();
        for [names, own] in rows::of(OPTIONS) {
            let word = own.split([' ', ',']).next().unwrap();
            let is_called = |option: &clap::Arg| match word.strip_prefix("--") {
                Some(long) => option.get_long() == Some(long),
                None => option.get_short().is_some_and(|short| format!("-{short}") == word),
            };
            let known = publish.get_arguments().any(is_called);
            assert!(known || !word.starts_with('-') || own == "> FILE", "{own}");
            for foreign in rows::list(names) {
                let long = Some(foreign.trim_start_matches('-'));
                let is_known = publish.get_arguments().any(|option| option.get_long() == long);
                assert!(!is_known, "{foreign} is known");
            }
        }
        for [_, own] in rows::of(COMMANDS) {
            assert!(tree.find_subcommand(own).is_some(), "{own}");
        }
    }
}
