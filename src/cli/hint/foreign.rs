//! What other tools call options: `MQTTX`, `HiveMQ`'s, `mqttui`, and tools of other trades.

const TLS: &str = "--cafile FILE, or --tls-use-os-certs";
const SCHEME: &str = "-L, with mqtt://, mqtts://, ws:// or wss://";
const PASSWORD: &str = "MQTT_PASSWORD, or -P";

/// Options with the words that lead to the same here.
const OPTIONS: &[(&str, &str)] = &[
    ("--hostname", "-h"),
    ("--server", "-h"),
    ("--broker", "-h, or -L with a URL"),
    ("--broker-url", "-L"),
    ("--uri", "-L"),
    ("--client-id", "-i"),
    ("--clientid", "-i"),
    ("--client_id", "-i"),
    ("--identifier", "-i"),
    ("--user", "-u"),
    ("--pass", PASSWORD),
    ("--passwd", PASSWORD),
    ("--mqtt-version", "-V"),
    ("--mqttVersion", "-V"),
    ("--protocol", SCHEME),
    ("--scheme", SCHEME),
    ("--tls", TLS),
    ("--ssl", TLS),
    ("--secure", TLS),
    ("--ca", "--cafile"),
    ("--ca-file", "--cafile"),
    ("--clean", "what happens without -c"),
    ("--clean-session", "what happens without -c"),
    ("--clean-start", "what happens without -c"),
    ("--no-clean", "-c"),
    ("--persistent", "-c"),
    ("--session-expiry-interval", "-x"),
    ("--will-message", "--will-payload"),
    ("--will-msg", "--will-payload"),
    ("--multiline", "-l"),
    ("--lines", "-l"),
    ("--stdin", "-l for lines, -s for one message"),
    ("--file-read", "-f"),
    ("--file-save", "> FILE"),
    ("--file-write", "> FILE"),
    ("--output", "> FILE"),
    ("--interval", "--repeat-delay"),
    ("--delay", "--repeat-delay"),
    ("--limit", "--repeat to publish, -C to subscribe"),
    ("--user-property", "-D publish user-property NAME VALUE"),
    ("--user-properties", "-D publish user-property NAME VALUE"),
    ("--content-type", "-D publish content-type TYPE"),
    ("--message-expiry-interval", "-D publish message-expiry-interval SECONDS"),
    ("--correlation-data", "-D publish correlation-data DATA"),
    ("--receive-maximum", "-D connect receive-maximum N"),
    ("--maximum-packet-size", "-D connect maximum-packet-size BYTES"),
    ("--jsonl", "--json"),
    ("--ndjson", "--json"),
    ("--silent", "--quiet"),
    ("--version", "mq --version"),
];

/// Commands with those that do the same here.
const COMMANDS: &[(&str, &str)] = &[
    ("send", "pub"),
    ("write", "pub"),
    ("post", "pub"),
    ("produce", "pub"),
    ("listen", "sub"),
    ("read", "sub"),
    ("watch", "sub"),
    ("consume", "sub"),
    ("ask", "rr"),
    ("call", "rr"),
    ("req", "rr"),
    ("clean-retained", "clear"),
    ("purge", "clear"),
    ("delete", "clear"),
    ("serve", "broker"),
    ("server", "broker"),
    ("start", "broker"),
    ("mosquitto", "broker"),
    ("mosquitto_pub", "pub"),
    ("mosquitto_sub", "sub"),
    ("mosquitto_rr", "rr"),
];

/// What an option of another tool is here.
pub(super) fn option(name: &str) -> Option<&'static str> {
    OPTIONS.iter().find(|(foreign, _)| *foreign == name).map(|(_, own)| *own)
}

/// What a command of another tool is here.
pub(in crate::cli) fn command(name: &str) -> Option<&'static str> {
    COMMANDS.iter().find(|(foreign, _)| *foreign == name).map(|(_, own)| *own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_others_is_there() {
        let tree = crate::cli::tree();
        let publish = tree.find_subcommand("pub").unwrap();
        for (foreign, own) in OPTIONS {
            let word = own.split([' ', ',']).next().unwrap();
            let is_called = |option: &clap::Arg| match word.strip_prefix("--") {
                Some(long) => option.get_long() == Some(long),
                None => option.get_short().is_some_and(|short| format!("-{short}") == word),
            };
            let known = publish.get_arguments().any(is_called);
            assert!(known || !word.starts_with('-') || *own == "> FILE", "{own}");
            let is_foreign =
                |option: &clap::Arg| option.get_long() != Some(foreign.trim_start_matches('-'));
            assert!(publish.get_arguments().all(is_foreign), "{foreign} is known");
        }
        for (_, own) in COMMANDS {
            assert!(tree.find_subcommand(own).is_some(), "{own}");
        }
    }
}
