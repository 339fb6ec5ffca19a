//! What the reason codes of version 5 say, in our words: chapter 2.4 of its specification, and
//! those of the packets.

use super::table::{Entry, Kind};
use crate::codec::Reason;
use crate::text::rows;

/// The code, explained.
pub(super) fn entry(reason: Reason) -> Entry {
    let row = rows::of::<4>(REASONS).find(|[name, ..]| *name == reason.text());
    let [_, meaning, advice, aliases] = row.unwrap_or_default();
    let (kind, code, name) = (Kind::Reason, reason.code(), reason.text());
    Entry { kind, code, name, aliases, meaning, advice, is_echo: false }
}

/// As [`rows`] reads them: [`Reason::text`], what it means, what to do, and other names.
const REASONS: &str = "\
success \
    | It was done. In DISCONNECT: the connection ends as usual, and no will message is published. \
    In SUBACK: the subscription stands, and messages come at QoS 0. \
    | Nothing. If a higher QoS was asked for in SUBSCRIBE, this broker grants only 0. \
    | normal disconnection, granted QoS 0
granted QoS 1 \
    | The subscription stands; messages come at QoS 1 at most. \
    | Nothing. If QoS 2 was asked for, this broker grants only 1.
granted QoS 2 | The subscription stands; messages come at QoS 2 at most. | Nothing.
disconnect with will message \
    | The client leaves, and wants its will message to be published all the same. \
    | Nothing: a client that sends this means it. \
    | disconnect with will
no matching subscribers \
    | The broker took the message, but nobody subscribes to its topic. A broker may know this and \
    still answer with success. \
    | Nothing, or check the topic's spelling, and that the subscriber is there first.
no subscription existed \
    | There was no such subscription to end. \
    | Nothing, or check the filter: it must be the same text as when it was subscribed to.
continue authentication \
    | One more step of a login that takes several (enhanced authentication). \
    | Nothing: the client answers with the next step by itself, if it knows the method.
re-authenticate \
    | The client starts to log in anew on a connection that stands. \
    | Nothing: the broker answers. \
    | reauthenticate
unspecified error \
    | The sender does not want to tell why, or no other code fits. \
    | Look into the broker's log; -d shows what was sent before.
malformed packet \
    | A packet could not be read: its bytes break the rules of the protocol's format. \
    | One end has a defect, or something between them changes bytes. -d shows the last packets; \
    look for an update of client and broker.
protocol error \
    | A packet came that may not come then, or has fields that contradict each other. \
    | One end has a defect. -d shows the last packets; look for an update of client and broker.
implementation specific error \
    | The packet is valid, but the receiver cannot serve it. \
    | Ask the receiver's log or manual for its own limits. \
    | implementation error
unsupported protocol version \
    | The broker does not know the version of MQTT that the client asked for. \
    | Choose another one: -V 3.1.1. Without -V mq tries 3.1.1 by itself.
client identifier not valid \
    | The client id is well-formed, but the broker does not take it: too long, with characters it \
    does not allow, or not one it knows. \
    | Choose another one with -i, or let the broker make one up by giving none.
bad user name or password \
    | The broker does not know this user name with this password. \
    | Check both, and blanks or line ends that were copied with them: -u NAME and MQTT_PASSWORD. \
    | bad username or password, bad password
not authorized \
    | Whoever is connected here may not do this. In CONNACK: not connect; often because the broker \
    wants a login and none was given. In PUBACK and PUBREC: not publish to this topic; in SUBACK: \
    not subscribe to this filter. \
    | Log in (-u NAME and MQTT_PASSWORD), or ask for the right in the broker's access list; its \
    log names the topic. \
    | not authorised
server unavailable | The broker cannot serve anybody for now. | Try again later.
server busy | The broker has too much to do. | Try again later.
banned \
    | This client was barred by somebody who runs the broker. \
    | Ask them; another try does not help.
server shutting down \
    | The broker ends, or starts anew. \
    | Connect again after a while; mq sub and mq pub -l do.
bad authentication method \
    | The way to log in (enhanced authentication) is unknown to the broker, or is not the one that \
    the connection began with. \
    | Use a method that the broker has, or user name and password.
keep alive timeout \
    | The broker heard nothing for one and a half times the keep alive, and gave the client up. \
    | Look for a client that was stopped or busy, or a network that lost packets; a longer -k has \
    more patience.
session taken over \
    | Another client connected with the same client id, so this connection was closed. \
    | Give each client an id of its own with -i. Two clients with one id throw each other off \
    again and again. \
    | taken over
topic filter invalid \
    | The filter is well-formed, but the broker does not take it: perhaps too long or with too \
    many levels. \
    | Look for the broker's limits; shorten the filter.
topic name invalid \
    | The topic is well-formed, but the broker (or the client it was sent to) does not take it. In \
    CONNACK: the topic of the will. \
    | Look for the broker's limits: $SYS and other topics with $ are often not for clients, and \
    levels may be limited.
packet identifier in use \
    | The number that the sender chose for its packet belongs to an exchange that is not over. \
    Sessions of client and broker do not agree. \
    | Start with a clean session once; if it comes again, one end has a defect.
packet identifier not found \
    | There is no exchange with this number: the other end has forgotten it, or ended it before. \
    After a reconnect this is no fault. \
    | Nothing, if it comes once after a reconnect; else the sessions do not agree: start with a \
    clean one.
receive maximum exceeded \
    | More messages of QoS 1 and 2 were sent without an acknowledgement than the receiver had \
    announced to take. \
    | The sender has a defect: it must keep to the receive maximum of CONNECT or CONNACK.
topic alias invalid \
    | A topic alias was 0, or above the maximum that the receiver had announced. \
    | Use a lower alias, or none; the maximum is in CONNECT and CONNACK.
packet too large \
    | The packet is larger than the receiver takes. \
    | Send less at once, or raise the maximum packet size of the receiver; a broker announces its \
    own in CONNACK.
message rate too high \
    | Messages come faster than the receiver allows. \
    | Send slower, or raise the receiver's limit.
quota exceeded \
    | A limit of the broker is reached: a full queue of some subscriber, or what was agreed on for \
    this client. \
    | Try again later; mq pub -l does so by itself. If it stays: find the subscriber that does not \
    read, or raise the limit.
administrative action \
    | Somebody who runs the broker closed the connection. \
    | Ask them before you connect again.
payload format invalid \
    | The message says that its payload is UTF-8 text, and it is not. \
    | Send text, or leave the payload format indicator out.
retain not supported \
    | The broker keeps no retained messages, and one was sent; in CONNACK, as the will. \
    | Publish without -r, or choose another broker; CONNACK announces it.
QoS not supported \
    | The QoS of a message is above what the broker takes; in CONNACK, that of the will. \
    | Publish with a lower -q; CONNACK announces the highest.
use another server \
    | For now another broker serves this client; the packet may name it (server reference). \
    | Connect there; come back later.
server moved \
    | From now on another broker serves this client; the packet may name it (server reference). \
    | Connect there, and change what you have written down.
shared subscriptions not supported \
    | The broker knows no shared subscriptions ($share/GROUP/FILTER). \
    | Subscribe to the filter alone; every subscriber then gets every message.
connection rate exceeded \
    | Connections are made too often. \
    | Wait longer between them; look for a client that connects in a loop.
maximum connect time \
    | The connection lasted as long as the broker allows for it. \
    | Connect again, with a new login if the old one has ended.
subscription identifiers not supported \
    | The broker knows no subscription identifiers, and SUBSCRIBE had one. \
    | Subscribe without one; CONNACK announces it.
wildcard subscriptions not supported \
    | The broker allows no wildcards, and the filter has + or #. \
    | Subscribe to each topic by its name; CONNACK announces it.
";

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_row_is_written_as_meant_and_a_reasons() {
        rows::assert_well_formed::<4>(REASONS, 3);
        let reasons = (0..=u8::MAX).filter_map(Reason::from_code);
        let known: BTreeSet<_> = reasons.map(Reason::text).collect();
        let explained: BTreeSet<_> = rows::of::<4>(REASONS).map(|[name, ..]| name).collect();
        assert_eq!(explained, known);
    }
}
