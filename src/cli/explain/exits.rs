//! Return codes before version 5, and exit codes.
//!
//! In each table stand, as [`rows`] reads them: the code, its name, what it means, what to do, and
//! other names.

use super::table::{Entry, Kind};
use crate::codec::Reason;
use crate::text::rows;

/// Of CONNACK, by chapter 3.2.2.3 of version 3.1.1.
const CONNACK: &str = "\
0 | accepted | The client is connected. | Nothing. | connection accepted
1 | unacceptable protocol version \
    | The broker does not know the version of MQTT that the client asked for. \
    | Choose another one: -V 3.1.1 or -V 3.1. Without -V mq tries 3.1.1 after 5 by itself.
2 | identifier rejected \
    | The client id is valid, but the broker does not take it. An empty one is refused with a \
    session that is to last. \
    | Choose another one with -i: up to 23 letters and digits are taken everywhere. \
    | client identifier rejected
3 | server unavailable | The broker was reached, but does not serve MQTT for now. | Try again later.
4 | bad user name or password \
    | The user name or the password is malformed; many brokers mean that they are wrong. \
    | Check both: -u NAME and MQTT_PASSWORD. \
    | bad username or password, bad password
5 | not authorized \
    | The client may not connect; often because the broker wants a login and none was given, or \
    (mosquitto) because it is wrong. \
    | Log in with -u NAME and MQTT_PASSWORD; look into the broker's log. \
    | not authorised
";

/// Of SUBACK, by chapter 3.9.3 of version 3.1.1.
const SUBACK: &str = "\
0 | granted QoS 0 | The subscription stands; messages come at QoS 0. | Nothing.
1 | granted QoS 1 | The subscription stands; messages come at QoS 1 at most. | Nothing.
2 | granted QoS 2 | The subscription stands; messages come at QoS 2 at most. | Nothing.
128 | subscription refused \
    | The broker did not take this subscription, and cannot say why before version 5. Version 3.1 \
    has no such code. \
    | Ask again with -V 5, which names the reason; usually it is the broker's access list. \
    | failure
";

/// Of this program.
const MQ: &str = "\
0 | done \
    | All was done. Also when nobody reads the output any more, and when the broker was asked to \
    end. \
    | Nothing.
1 | failed \
    | Something failed at run time: a file that was named cannot be read, output cannot be \
    written, a line of the input was no message. \
    | Standard error names it. \
    | failed at run time
2 | usage \
    | The options cannot be served as they are: an unknown one, a value that is none, a wildcard \
    in a topic to publish to. \
    | Standard error names the option; see mq help COMMAND. \
    | usage error
3 | no connection \
    | The name was not found, TCP or TLS failed, or the connection was lost and was not to be \
    tried again. \
    | Check host and port (-h, -p, MQTT_URL), and that the broker runs: mq broker starts one. \
    | link lost
4 | refused by the broker \
    | The broker said no: to the connection, to every subscription, or to a message; or another \
    client took over the client id. \
    | Standard error has the reason with its code; mq explain CODE tells more. \
    | refused
5 | time limit passed \
    | The time that -W gives was over first. \
    | Give more time, or look why nothing came: topic, and whether anybody publishes. \
    | timed out, timeout
6 | gate failed \
    | What was to be measured or expected (--fail-if, --expect) was not met. \
    | The report names the gate and the value. \
    | gate
125 | the broker did not start \
    | mq broker -- COMMAND: the broker could not serve, so the command was not started either. \
    | Standard error names the cause; -p 0 picks a free port.
126 | the command cannot be executed \
    | The command behind -- is there, but cannot be executed. \
    | Check its permissions: chmod +x.
127 | the command was not found \
    | There is no such command as the one behind --. \
    | Check its spelling and PATH.
";

/// Of this program, where a signal ended it: all mean [`SIGNAL`], which is left out.
const ENDED: &str = "\
129 | ended by SIGHUP | Its terminal was closed; use nohup. | SIGHUP
130 | ended by SIGINT | Nothing: somebody pressed Ctrl-C. | SIGINT, ctrl-c, interrupted
137 | ended by SIGKILL \
    | Look who sent it: kill -9, a container's end, or a system without memory. \
    | SIGKILL, killed
143 | ended by SIGTERM \
    | Nothing: somebody asked it to end, as kill, timeout and service managers do. \
    | SIGTERM, terminated
";

const SIGNAL: &str = "A signal ended the program (128 and the signal's number, as shells tell it).";

/// Of mosquitto's clients: numbers of their library, return codes and reason codes side by side.
const MOSQUITTO: &str = "\
0 | success \
    | All was done, or all subscriptions were refused (sub, rr). \
    | Nothing; standard error tells of refused subscriptions.
1 | an error before the connection, CONNACK 1 \
    | Wrong options or files, --help and --version, no TCP connection, no such host, or no memory. \
    After a connection: CONNACK 1, unacceptable protocol version. \
    | Standard error tells which; under its own name mq has different codes for these. \
    | MOSQ_ERR_NOMEM
2 | protocol error, or CONNACK 2 \
    | The broker sent what the protocol does not allow; or CONNACK 2, identifier rejected. \
    | Choose another client id with -i; -d shows the packets. \
    | MOSQ_ERR_PROTOCOL
3 | invalid argument, or CONNACK 3 \
    | A value that the library does not take; or CONNACK 3, server unavailable. \
    | Try again later; check the options. \
    | MOSQ_ERR_INVAL
4 | no connection, or CONNACK 4 \
    | There was no connection when there had to be one; or CONNACK 4, bad user name or password. \
    | Check user name and password. \
    | MOSQ_ERR_NO_CONN
5 | connection refused, or CONNACK 5 \
    | The broker did not accept the client: CONNACK 5, not authorized. \
    | Log in with -u and -P; look into the broker's log. \
    | MOSQ_ERR_CONN_REFUSED
6 | not found | Something the library looked for is not there. | -d tells more. | MOSQ_ERR_NOT_FOUND
7 | connection lost \
    | The connection ended before all was delivered. Also what a client without TLS meets at a \
    port that wants TLS. \
    | Send again; at a TLS port give --cafile. \
    | MOSQ_ERR_CONN_LOST, the connection was lost
8 | TLS error \
    | No trust, no agreement on a version, or a certificate for another name. mosquitto's own \
    clients sometimes end with 1 instead, mq never. \
    | Check --cafile, the host name and the certificate's dates; mq sub under its own name tells \
    the reason. \
    | MOSQ_ERR_TLS, a TLS error occurred
9 | payload too large \
    | The message is longer than a packet can be. \
    | Send less at once. \
    | MOSQ_ERR_PAYLOAD_SIZE
10 | not supported \
    | This build of mosquitto's library has no such feature. \
    | Leave the option out. \
    | MOSQ_ERR_NOT_SUPPORTED
11 | authentication failed | The login failed. | Check user name and password. | MOSQ_ERR_AUTH
12 | access denied \
    | The broker's access list does not allow it. \
    | Ask for the right. \
    | MOSQ_ERR_ACL_DENIED
13 | unknown error | The library does not know what happened. | -d tells more. | MOSQ_ERR_UNKNOWN
14 | system error \
    | A call to the system failed; standard error has its words. \
    | Act on these words. \
    | MOSQ_ERR_ERRNO
15 | name lookup failed | The host's name was not found. | Check -h. | MOSQ_ERR_EAI
16 | proxy error | The SOCKS proxy did not let the client through. | Check --proxy. | MOSQ_ERR_PROXY
17 | plugin defers \
    | A code of the broker's plugins; clients do not end with it. \
    | Nothing. \
    | MOSQ_ERR_PLUGIN_DEFER
18 | malformed UTF-8 \
    | A topic, an id or a property is not UTF-8. \
    | Check the encoding of the options. \
    | MOSQ_ERR_MALFORMED_UTF8
19 | keep alive exceeded \
    | The other end was silent for too long. \
    | Check the network. \
    | MOSQ_ERR_KEEPALIVE
20 | lookup error \
    | The lookup of a service (-S) or a host failed. \
    | Check -h and -S. \
    | MOSQ_ERR_LOOKUP
21 | malformed packet \
    | A packet could not be read. \
    | -d shows the packets; look for updates. \
    | MOSQ_ERR_MALFORMED_PACKET
22 | duplicate property | A property was given twice. | Check -D. | MOSQ_ERR_DUPLICATE_PROPERTY
23 | TLS handshake failed \
    | Client and broker did not agree on TLS. \
    | Check versions and certificates. \
    | MOSQ_ERR_TLS_HANDSHAKE
24 | QoS not supported \
    | The broker takes no such QoS. \
    | Use a lower -q. \
    | MOSQ_ERR_QOS_NOT_SUPPORTED
25 | packet too large \
    | The broker takes no packet as large as this. \
    | Send less at once. \
    | MOSQ_ERR_OVERSIZE_PACKET
26 | OCSP error \
    | The certificate's state could not be confirmed. \
    | Check the certificate's authority. \
    | MOSQ_ERR_OCSP
27 | timed out \
    | The time that -W gives was over first. mosquitto_sub itself ends with 255 when that was \
    before the broker's CONNACK; mq says 27 then too. \
    | Give more time, or look why nothing came. \
    | MOSQ_ERR_TIMEOUT, timeout
31 | already exists \
    | A code of the library; clients do not end with it. \
    | Nothing. \
    | MOSQ_ERR_ALREADY_EXISTS
33 | bad origin \
    | The broker does not take WebSocket connections of this origin. \
    | Ask who runs the broker. \
    | MOSQ_ERR_HTTP_BAD_ORIGIN
255 | ended before CONNACK \
    | mosquitto_sub was ended by -W or by a signal before the broker had accepted it. mq says 27 \
    after -W. \
    | Check that a broker answers at this address.
";

/// Every code but reason codes, by kind and number.
pub(super) fn entries() -> impl Iterator<Item = Entry> {
    let ended = rows::of(ENDED).filter_map(|[code, name, advice, aliases]| {
        entry((Kind::Mq, code), name, aliases, [SIGNAL, advice])
    });
    let connack = explained(Kind::Connack, CONNACK).chain(explained(Kind::Suback, SUBACK));
    let mq = explained(Kind::Mq, MQ).chain(ended);
    connack.chain(mq).chain(explained(Kind::Mosquitto, MOSQUITTO))
}

fn explained(kind: Kind, table: &'static str) -> impl Iterator<Item = Entry> {
    rows::of(table).filter_map(move |[code, name, meaning, advice, aliases]| {
        entry((kind, code), name, aliases, [meaning, advice])
    })
}

fn entry(
    (kind, code): (Kind, &str),
    name: &'static str,
    aliases: &'static str,
    [meaning, advice]: [&'static str; 2],
) -> Option<Entry> {
    let code = code.parse().ok()?;
    Some(Entry { kind, code, name, aliases, meaning, advice, is_echo: false })
}

/// The exit code of mosquitto's clients for a CONNACK of version 5 that refused.
pub(super) const fn refusal(reason: Reason) -> Entry {
    Entry {
        kind: Kind::Mosquitto,
        code: reason.code(),
        name: reason.text(),
        aliases: "",
        meaning: "The broker refused the connection with the MQTT 5 reason code of this number.",
        advice: "mq explain reason NUMBER tells more.",
        is_echo: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_written_as_meant_and_a_code() {
        rows::assert_well_formed::<4>(ENDED, 3);
        for table in [CONNACK, SUBACK, MQ, MOSQUITTO] {
            rows::assert_well_formed::<5>(table, 4);
        }
        let lines = [CONNACK, SUBACK, MQ, ENDED, MOSQUITTO].map(|table| table.lines().count());
        assert_eq!(entries().count(), lines.iter().sum::<usize>());
    }
}
