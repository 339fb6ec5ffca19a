//! What the reason codes of version 5 say, in our words: chapter 2.4 of its specification, and
//! those of the packets.

use crate::codec::Reason;

/// Names beside [`Reason::text`].
pub(super) const fn aliases(reason: Reason) -> &'static [&'static str] {
    use Reason as R;
    match reason {
        R::Success => &["normal disconnection", "granted QoS 0"],
        R::NotAuthorized => &["not authorised"],
        R::ReAuthenticate => &["reauthenticate"],
        R::SessionTakenOver => &["taken over"],
        R::BadUserNameOrPassword => &["bad username or password", "bad password"],
        R::ImplementationError => &["implementation error"],
        R::DisconnectWithWill => &["disconnect with will"],
        _ => &[],
    }
}

/// What it means, and what to do.
pub(super) const fn texts(reason: Reason) -> (&'static str, &'static str) {
    if reason.is_error() { refusal(reason) } else { progress(reason) }
}

/// Below 0x80.
const fn progress(reason: Reason) -> (&'static str, &'static str) {
    use Reason as R;
    match reason {
        R::GrantedQos1 => (
            "The subscription stands; messages come at QoS 1 at most.",
            "Nothing. If QoS 2 was asked for, this broker grants only 1.",
        ),
        R::GrantedQos2 => ("The subscription stands; messages come at QoS 2 at most.", "Nothing."),
        R::DisconnectWithWill => (
            "The client leaves, and wants its will message to be published all the same.",
            "Nothing: a client that sends this means it.",
        ),
        R::NoMatchingSubscribers => (
            "The broker took the message, but nobody subscribes to its topic. A broker may know \
             this and still answer with success.",
            "Nothing, or check the topic's spelling, and that the subscriber is there first.",
        ),
        R::NoSubscriptionExisted => (
            "There was no such subscription to end.",
            "Nothing, or check the filter: it must be the same text as when it was subscribed to.",
        ),
        R::ContinueAuthentication => (
            "One more step of a login that takes several (enhanced authentication).",
            "Nothing: the client answers with the next step by itself, if it knows the method.",
        ),
        R::ReAuthenticate => (
            "The client starts to log in anew on a connection that stands.",
            "Nothing: the broker answers.",
        ),
        _ => (
            "It was done. In DISCONNECT: the connection ends as usual, and no will message is \
             published. In SUBACK: the subscription stands, and messages come at QoS 0.",
            "Nothing. If a higher QoS was asked for in SUBSCRIBE, this broker grants only 0.",
        ),
    }
}

/// 0x80 and above, that tell of a fault in what was sent or of a broker that cannot go on.
const fn refusal(reason: Reason) -> (&'static str, &'static str) {
    use Reason as R;
    match reason {
        R::UnspecifiedError => (
            "The sender does not want to tell why, or no other code fits.",
            "Look into the broker's log; -d shows what was sent before.",
        ),
        R::MalformedPacket => (
            "A packet could not be read: its bytes break the rules of the protocol's format.",
            "One end has a defect, or something between them changes bytes. -d shows the last \
             packets; look for an update of client and broker.",
        ),
        R::ProtocolError => (
            "A packet came that may not come then, or has fields that contradict each other.",
            "One end has a defect. -d shows the last packets; look for an update of client and \
             broker.",
        ),
        R::ImplementationError => (
            "The packet is valid, but the receiver cannot serve it.",
            "Ask the receiver's log or manual for its own limits.",
        ),
        R::UnsupportedProtocolVersion => (
            "The broker does not know the version of MQTT that the client asked for.",
            "Choose another one: -V 3.1.1. Without -V mq tries 3.1.1 by itself.",
        ),
        R::BadAuthenticationMethod => (
            "The way to log in (enhanced authentication) is unknown to the broker, or is not the \
             one that the connection began with.",
            "Use a method that the broker has, or user name and password.",
        ),
        R::KeepAliveTimeout => (
            "The broker heard nothing for one and a half times the keep alive, and gave the \
             client up.",
            "Look for a client that was stopped or busy, or a network that lost packets; a longer \
             -k has more patience.",
        ),
        R::PacketIdentifierInUse => (
            "The number that the sender chose for its packet belongs to an exchange that is not \
             over. Sessions of client and broker do not agree.",
            "Start with a clean session once; if it comes again, one end has a defect.",
        ),
        R::PacketIdentifierNotFound => (
            "There is no exchange with this number: the other end has forgotten it, or ended it \
             before. After a reconnect this is no fault.",
            "Nothing, if it comes once after a reconnect; else the sessions do not agree: start \
             with a clean one.",
        ),
        R::ReceiveMaximumExceeded => (
            "More messages of QoS 1 and 2 were sent without an acknowledgement than the receiver \
             had announced to take.",
            "The sender has a defect: it must keep to the receive maximum of CONNECT or CONNACK.",
        ),
        R::TopicAliasInvalid => (
            "A topic alias was 0, or above the maximum that the receiver had announced.",
            "Use a lower alias, or none; the maximum is in CONNECT and CONNACK.",
        ),
        R::PayloadFormatInvalid => (
            "The message says that its payload is UTF-8 text, and it is not.",
            "Send text, or leave the payload format indicator out.",
        ),
        R::PacketTooLarge => (
            "The packet is larger than the receiver takes.",
            "Send less at once, or raise the maximum packet size of the receiver; a broker \
             announces its own in CONNACK.",
        ),
        _ => denied(reason),
    }
}

/// 0x80 and above, that tell what somebody may not do, or where else to do it.
const fn denied(reason: Reason) -> (&'static str, &'static str) {
    use Reason as R;
    match reason {
        R::ClientIdentifierNotValid => (
            "The client id is well-formed, but the broker does not take it: too long, with \
             characters it does not allow, or not one it knows.",
            "Choose another one with -i, or let the broker make one up by giving none.",
        ),
        R::BadUserNameOrPassword => (
            "The broker does not know this user name with this password.",
            "Check both, and blanks or line ends that were copied with them: -u NAME and \
             MQTT_PASSWORD.",
        ),
        R::NotAuthorized => (
            "Whoever is connected here may not do this. In CONNACK: not connect; often because \
             the broker wants a login and none was given. In PUBACK and PUBREC: not publish to \
             this topic; in SUBACK: not subscribe to this filter.",
            "Log in (-u NAME and MQTT_PASSWORD), or ask for the right in the broker's access \
             list; its log names the topic.",
        ),
        R::ServerUnavailable => ("The broker cannot serve anybody for now.", "Try again later."),
        R::ServerBusy => ("The broker has too much to do.", "Try again later."),
        R::Banned => (
            "This client was barred by somebody who runs the broker.",
            "Ask them; another try does not help.",
        ),
        R::ServerShuttingDown => (
            "The broker ends, or starts anew.",
            "Connect again after a while; mq sub and mq pub -l do.",
        ),
        R::SessionTakenOver => (
            "Another client connected with the same client id, so this connection was closed.",
            "Give each client an id of its own with -i. Two clients with one id throw each other \
             off again and again.",
        ),
        R::TopicFilterInvalid => (
            "The filter is well-formed, but the broker does not take it: perhaps too long or with \
             too many levels.",
            "Look for the broker's limits; shorten the filter.",
        ),
        R::TopicNameInvalid => (
            "The topic is well-formed, but the broker (or the client it was sent to) does not take \
             it. In CONNACK: the topic of the will.",
            "Look for the broker's limits: $SYS and other topics with $ are often not for clients, \
             and levels may be limited.",
        ),
        R::MessageRateTooHigh => (
            "Messages come faster than the receiver allows.",
            "Send slower, or raise the receiver's limit.",
        ),
        R::QuotaExceeded => (
            "A limit of the broker is reached: a full queue of some subscriber, or what was agreed \
             on for this client.",
            "Try again later; mq pub -l does so by itself. If it stays: find the subscriber that \
             does not read, or raise the limit.",
        ),
        R::AdministrativeAction => (
            "Somebody who runs the broker closed the connection.",
            "Ask them before you connect again.",
        ),
        R::RetainNotSupported => (
            "The broker keeps no retained messages, and one was sent; in CONNACK, as the will.",
            "Publish without -r, or choose another broker; CONNACK announces it.",
        ),
        R::QosNotSupported => (
            "The QoS of a message is above what the broker takes; in CONNACK, that of the will.",
            "Publish with a lower -q; CONNACK announces the highest.",
        ),
        R::UseAnotherServer => (
            "For now another broker serves this client; the packet may name it (server reference).",
            "Connect there; come back later.",
        ),
        R::ServerMoved => (
            "From now on another broker serves this client; the packet may name it (server \
             reference).",
            "Connect there, and change what you have written down.",
        ),
        R::SharedSubscriptionsNotSupported => (
            "The broker knows no shared subscriptions ($share/GROUP/FILTER).",
            "Subscribe to the filter alone; every subscriber then gets every message.",
        ),
        R::ConnectionRateExceeded => (
            "Connections are made too often.",
            "Wait longer between them; look for a client that connects in a loop.",
        ),
        R::MaximumConnectTime => (
            "The connection lasted as long as the broker allows for it.",
            "Connect again, with a new login if the old one has ended.",
        ),
        R::SubscriptionIdentifiersNotSupported => (
            "The broker knows no subscription identifiers, and SUBSCRIBE had one.",
            "Subscribe without one; CONNACK announces it.",
        ),
        _ => (
            "The broker allows no wildcards, and the filter has + or #.",
            "Subscribe to each topic by its name; CONNACK announces it.",
        ),
    }
}
