//! Return codes before version 5, and exit codes.

use super::table::{Entry, Kind};
use crate::codec::Reason;

const fn entry(
    (kind, code): (Kind, u8),
    name: &'static str,
    aliases: &'static [&'static str],
    meaning: &'static str,
    advice: &'static str,
) -> Entry {
    Entry { kind, code, name, aliases, meaning, advice, is_echo: false }
}

use Kind::{Connack, Mosquitto, Mq, Suback};

/// Of CONNACK and SUBACK, by chapters 3.2.2.3 and 3.9.3 of version 3.1.1.
pub(super) const RETURN_CODES: &[Entry] = &[
    entry(
        (Connack, 0),
        "accepted",
        &["connection accepted"],
        "The client is connected.",
        "Nothing.",
    ),
    entry(
        (Connack, 1),
        "unacceptable protocol version",
        &[],
        "The broker does not know the version of MQTT that the client asked for.",
        "Choose another one: -V 3.1.1 or -V 3.1. Without -V mq tries 3.1.1 after 5 by itself.",
    ),
    entry(
        (Connack, 2),
        "identifier rejected",
        &["client identifier rejected"],
        "The client id is valid, but the broker does not take it. An empty one is refused with a \
         session that is to last.",
        "Choose another one with -i: up to 23 letters and digits are taken everywhere.",
    ),
    entry(
        (Connack, 3),
        "server unavailable",
        &[],
        "The broker was reached, but does not serve MQTT for now.",
        "Try again later.",
    ),
    entry(
        (Connack, 4),
        "bad user name or password",
        &["bad username or password", "bad password"],
        "The user name or the password is malformed; many brokers mean that they are wrong.",
        "Check both: -u NAME and MQTT_PASSWORD.",
    ),
    entry(
        (Connack, 5),
        "not authorized",
        &["not authorised"],
        "The client may not connect; often because the broker wants a login and none was given, \
         or (mosquitto) because it is wrong.",
        "Log in with -u NAME and MQTT_PASSWORD; look into the broker's log.",
    ),
    entry(
        (Suback, 0),
        "granted QoS 0",
        &[],
        "The subscription stands; messages come at QoS 0.",
        "Nothing.",
    ),
    entry(
        (Suback, 1),
        "granted QoS 1",
        &[],
        "The subscription stands; messages come at QoS 1 at most.",
        "Nothing.",
    ),
    entry(
        (Suback, 2),
        "granted QoS 2",
        &[],
        "The subscription stands; messages come at QoS 2 at most.",
        "Nothing.",
    ),
    entry(
        (Suback, 128),
        "subscription refused",
        &["failure"],
        "The broker did not take this subscription, and cannot say why before version 5. Version \
         3.1 has no such code.",
        "Ask again with -V 5, which names the reason; usually it is the broker's access list.",
    ),
];

/// Of this program.
pub(super) const MQ: &[Entry] = &[
    entry(
        (Mq, 0),
        "done",
        &[],
        "All was done. Also when nobody reads the output any more, and when the broker was asked \
         to end.",
        "Nothing.",
    ),
    entry(
        (Mq, 1),
        "failed",
        &["failed at run time"],
        "Something failed at run time: a file that was named cannot be read, output cannot be \
         written, a line of the input was no message.",
        "Standard error names it.",
    ),
    entry(
        (Mq, 2),
        "usage",
        &["usage error"],
        "The options cannot be served as they are: an unknown one, a value that is none, a \
         wildcard in a topic to publish to.",
        "Standard error names the option; see mq help COMMAND.",
    ),
    entry(
        (Mq, 3),
        "no connection",
        &["link lost"],
        "The name was not found, TCP or TLS failed, or the connection was lost and was not to be \
         tried again.",
        "Check host and port (-h, -p, MQTT_URL), and that the broker runs: mq broker starts one.",
    ),
    entry(
        (Mq, 4),
        "refused by the broker",
        &["refused"],
        "The broker said no: to the connection, to every subscription, or to a message; or another \
         client took over the client id.",
        "Standard error has the reason with its code; mq explain CODE tells more.",
    ),
    entry(
        (Mq, 5),
        "time limit passed",
        &["timed out", "timeout"],
        "The time that -W gives was over first.",
        "Give more time, or look why nothing came: topic, and whether anybody publishes.",
    ),
    entry(
        (Mq, 6),
        "gate failed",
        &["gate"],
        "What was to be measured or expected (--fail-if, --expect) was not met.",
        "The report names the gate and the value.",
    ),
    entry(
        (Mq, 125),
        "the broker did not start",
        &[],
        "mq broker -- COMMAND: the broker could not serve, so the command was not started either.",
        "Standard error names the cause; -p 0 picks a free port.",
    ),
    entry(
        (Mq, 126),
        "the command cannot be executed",
        &[],
        "The command behind -- is there, but cannot be executed.",
        "Check its permissions: chmod +x.",
    ),
    entry(
        (Mq, 127),
        "the command was not found",
        &[],
        "There is no such command as the one behind --.",
        "Check its spelling and PATH.",
    ),
    entry((Mq, 129), "ended by SIGHUP", &["SIGHUP"], SIGNAL, "Its terminal was closed; use nohup."),
    entry(
        (Mq, 130),
        "ended by SIGINT",
        &["SIGINT", "ctrl-c", "interrupted"],
        SIGNAL,
        "Nothing: somebody pressed Ctrl-C.",
    ),
    entry(
        (Mq, 137),
        "ended by SIGKILL",
        &["SIGKILL", "killed"],
        SIGNAL,
        "Look who sent it: kill -9, a container's end, or a system without memory.",
    ),
    entry(
        (Mq, 143),
        "ended by SIGTERM",
        &["SIGTERM", "terminated"],
        SIGNAL,
        "Nothing: somebody asked it to end, as kill, timeout and service managers do.",
    ),
];

const SIGNAL: &str = "A signal ended the program (128 and the signal's number, as shells tell it).";

/// Of mosquitto's clients: numbers of their library, return codes and reason codes side by side.
pub(super) const MOSQUITTO: &[Entry] = &[
    entry(
        (Mosquitto, 0),
        "success",
        &[],
        "All was done, or all subscriptions were refused (sub, rr).",
        "Nothing; standard error tells of refused subscriptions.",
    ),
    entry(
        (Mosquitto, 1),
        "an error before the connection, CONNACK 1",
        &["MOSQ_ERR_NOMEM"],
        "Wrong options or files, --help and --version, no TCP connection, no such host, or no \
         memory. After a connection: CONNACK 1, unacceptable protocol version.",
        "Standard error tells which; under its own name mq has different codes for these.",
    ),
    entry(
        (Mosquitto, 2),
        "protocol error, or CONNACK 2",
        &["MOSQ_ERR_PROTOCOL"],
        "The broker sent what the protocol does not allow; or CONNACK 2, identifier rejected.",
        "Choose another client id with -i; -d shows the packets.",
    ),
    entry(
        (Mosquitto, 3),
        "invalid argument, or CONNACK 3",
        &["MOSQ_ERR_INVAL"],
        "A value that the library does not take; or CONNACK 3, server unavailable.",
        "Try again later; check the options.",
    ),
    entry(
        (Mosquitto, 4),
        "no connection, or CONNACK 4",
        &["MOSQ_ERR_NO_CONN"],
        "There was no connection when there had to be one; or CONNACK 4, bad user name or password.",
        "Check user name and password.",
    ),
    entry(
        (Mosquitto, 5),
        "connection refused, or CONNACK 5",
        &["MOSQ_ERR_CONN_REFUSED"],
        "The broker did not accept the client: CONNACK 5, not authorized.",
        "Log in with -u and -P; look into the broker's log.",
    ),
    entry(
        (Mosquitto, 6),
        "not found",
        &["MOSQ_ERR_NOT_FOUND"],
        "Something the library looked for is not there.",
        "-d tells more.",
    ),
    entry(
        (Mosquitto, 7),
        "connection lost",
        &["MOSQ_ERR_CONN_LOST", "the connection was lost"],
        "The connection ended before all was delivered. Also what a client without TLS meets at a \
         port that wants TLS.",
        "Send again; at a TLS port give --cafile.",
    ),
    entry(
        (Mosquitto, 8),
        "TLS error",
        &["MOSQ_ERR_TLS", "a TLS error occurred"],
        "No trust, no agreement on a version, or a certificate for another name. mosquitto's own \
         clients sometimes end with 1 instead, mq never.",
        "Check --cafile, the host name and the certificate's dates; mq sub under its own name \
         tells the reason.",
    ),
    entry(
        (Mosquitto, 9),
        "payload too large",
        &["MOSQ_ERR_PAYLOAD_SIZE"],
        "The message is longer than a packet can be.",
        "Send less at once.",
    ),
    entry(
        (Mosquitto, 10),
        "not supported",
        &["MOSQ_ERR_NOT_SUPPORTED"],
        "This build of mosquitto's library has no such feature.",
        "Leave the option out.",
    ),
    entry(
        (Mosquitto, 11),
        "authentication failed",
        &["MOSQ_ERR_AUTH"],
        "The login failed.",
        "Check user name and password.",
    ),
    entry(
        (Mosquitto, 12),
        "access denied",
        &["MOSQ_ERR_ACL_DENIED"],
        "The broker's access list does not allow it.",
        "Ask for the right.",
    ),
    entry(
        (Mosquitto, 13),
        "unknown error",
        &["MOSQ_ERR_UNKNOWN"],
        "The library does not know what happened.",
        "-d tells more.",
    ),
    entry(
        (Mosquitto, 14),
        "system error",
        &["MOSQ_ERR_ERRNO"],
        "A call to the system failed; standard error has its words.",
        "Act on these words.",
    ),
    entry(
        (Mosquitto, 15),
        "name lookup failed",
        &["MOSQ_ERR_EAI"],
        "The host's name was not found.",
        "Check -h.",
    ),
    entry(
        (Mosquitto, 16),
        "proxy error",
        &["MOSQ_ERR_PROXY"],
        "The SOCKS proxy did not let the client through.",
        "Check --proxy.",
    ),
    entry(
        (Mosquitto, 17),
        "plugin defers",
        &["MOSQ_ERR_PLUGIN_DEFER"],
        "A code of the broker's plugins; clients do not end with it.",
        "Nothing.",
    ),
    entry(
        (Mosquitto, 18),
        "malformed UTF-8",
        &["MOSQ_ERR_MALFORMED_UTF8"],
        "A topic, an id or a property is not UTF-8.",
        "Check the encoding of the options.",
    ),
    entry(
        (Mosquitto, 19),
        "keep alive exceeded",
        &["MOSQ_ERR_KEEPALIVE"],
        "The other end was silent for too long.",
        "Check the network.",
    ),
    entry(
        (Mosquitto, 20),
        "lookup error",
        &["MOSQ_ERR_LOOKUP"],
        "The lookup of a service (-S) or a host failed.",
        "Check -h and -S.",
    ),
    entry(
        (Mosquitto, 21),
        "malformed packet",
        &["MOSQ_ERR_MALFORMED_PACKET"],
        "A packet could not be read.",
        "-d shows the packets; look for updates.",
    ),
    entry(
        (Mosquitto, 22),
        "duplicate property",
        &["MOSQ_ERR_DUPLICATE_PROPERTY"],
        "A property was given twice.",
        "Check -D.",
    ),
    entry(
        (Mosquitto, 23),
        "TLS handshake failed",
        &["MOSQ_ERR_TLS_HANDSHAKE"],
        "Client and broker did not agree on TLS.",
        "Check versions and certificates.",
    ),
    entry(
        (Mosquitto, 24),
        "QoS not supported",
        &["MOSQ_ERR_QOS_NOT_SUPPORTED"],
        "The broker takes no such QoS.",
        "Use a lower -q.",
    ),
    entry(
        (Mosquitto, 25),
        "packet too large",
        &["MOSQ_ERR_OVERSIZE_PACKET"],
        "The broker takes no packet as large as this.",
        "Send less at once.",
    ),
    entry(
        (Mosquitto, 26),
        "OCSP error",
        &["MOSQ_ERR_OCSP"],
        "The certificate's state could not be confirmed.",
        "Check the certificate's authority.",
    ),
    entry(
        (Mosquitto, 27),
        "timed out",
        &["MOSQ_ERR_TIMEOUT", "timeout"],
        "The time that -W gives was over first. mosquitto_sub itself ends with 255 when that was \
         before the broker's CONNACK; mq says 27 then too.",
        "Give more time, or look why nothing came.",
    ),
    entry(
        (Mosquitto, 31),
        "already exists",
        &["MOSQ_ERR_ALREADY_EXISTS"],
        "A code of the library; clients do not end with it.",
        "Nothing.",
    ),
    entry(
        (Mosquitto, 33),
        "bad origin",
        &["MOSQ_ERR_HTTP_BAD_ORIGIN"],
        "The broker does not take WebSocket connections of this origin.",
        "Ask who runs the broker.",
    ),
    entry(
        (Mosquitto, 255),
        "ended before CONNACK",
        &[],
        "mosquitto_sub was ended by -W or by a signal before the broker had accepted it. mq says \
         27 after -W.",
        "Check that a broker answers at this address.",
    ),
];

/// The exit code of mosquitto's clients for a CONNACK of version 5 that refused.
pub(super) const fn refusal(reason: Reason) -> Entry {
    Entry {
        is_echo: true,
        ..entry(
            (Mosquitto, reason.code()),
            reason.text(),
            &[],
            "The broker refused the connection with the MQTT 5 reason code of this number.",
            "mq explain reason NUMBER tells more.",
        )
    }
}
