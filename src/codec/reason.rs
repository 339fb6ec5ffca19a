//! Reason codes of version 5, and the return codes of version 3 in their terms.

use super::Place;

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $text:literal, [$($place:ident),*];)*) => {
        /// Why something was done or refused; the numbers are version 5's.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(u8)]
        #[expect(missing_docs, reason = "the names are the specification's")]
        pub enum Reason { $($(#[$doc])* $name = $code,)* }

        impl Reason {
            /// The reason of a code, whichever packet it came in.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code { $($code => Some(Self::$name),)* _ => None }
            }

            /// The code's name, in lower case, as a sentence uses it.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// Whether the packet's definition lists this code.
            pub const fn belongs_in(self, place: Place) -> bool {
                let places: u32 = match self { $(Self::$name => $(Place::$place.bit() |)* 0,)* };
                places & place.bit() != 0
            }
        }
    };
}

reasons! {
    /// Also "normal disconnection" and "granted QoS 0".
    Success = 0x00, "success", [Connack, Puback, Pubrec, Pubrel, Pubcomp, Suback, Unsuback, DisconnectFromClient, DisconnectFromServer, Auth];
    GrantedQos1 = 0x01, "granted QoS 1", [Suback];
    GrantedQos2 = 0x02, "granted QoS 2", [Suback];
    DisconnectWithWill = 0x04, "disconnect with will message", [DisconnectFromClient];
    NoMatchingSubscribers = 0x10, "no matching subscribers", [Puback, Pubrec];
    NoSubscriptionExisted = 0x11, "no subscription existed", [Unsuback];
    ContinueAuthentication = 0x18, "continue authentication", [Auth];
    ReAuthenticate = 0x19, "re-authenticate", [Auth];
    UnspecifiedError = 0x80, "unspecified error", [Connack, Puback, Pubrec, Suback, Unsuback, DisconnectFromClient, DisconnectFromServer];
    MalformedPacket = 0x81, "malformed packet", [Connack, DisconnectFromClient, DisconnectFromServer];
    ProtocolError = 0x82, "protocol error", [Connack, DisconnectFromClient, DisconnectFromServer];
    ImplementationError = 0x83, "implementation specific error", [Connack, Puback, Pubrec, Suback, Unsuback, DisconnectFromClient, DisconnectFromServer];
    UnsupportedProtocolVersion = 0x84, "unsupported protocol version", [Connack];
    ClientIdentifierNotValid = 0x85, "client identifier not valid", [Connack];
    BadUserNameOrPassword = 0x86, "bad user name or password", [Connack];
    NotAuthorized = 0x87, "not authorized", [Connack, Puback, Pubrec, Suback, Unsuback, DisconnectFromServer];
    ServerUnavailable = 0x88, "server unavailable", [Connack];
    ServerBusy = 0x89, "server busy", [Connack, DisconnectFromServer];
    Banned = 0x8A, "banned", [Connack];
    ServerShuttingDown = 0x8B, "server shutting down", [DisconnectFromServer];
    BadAuthenticationMethod = 0x8C, "bad authentication method", [Connack, DisconnectFromServer];
    KeepAliveTimeout = 0x8D, "keep alive timeout", [DisconnectFromServer];
    SessionTakenOver = 0x8E, "session taken over", [DisconnectFromServer];
    TopicFilterInvalid = 0x8F, "topic filter invalid", [Suback, Unsuback, DisconnectFromServer];
    TopicNameInvalid = 0x90, "topic name invalid", [Connack, Puback, Pubrec, DisconnectFromClient, DisconnectFromServer];
    PacketIdentifierInUse = 0x91, "packet identifier in use", [Puback, Pubrec, Suback, Unsuback];
    PacketIdentifierNotFound = 0x92, "packet identifier not found", [Pubrel, Pubcomp];
    ReceiveMaximumExceeded = 0x93, "receive maximum exceeded", [DisconnectFromClient, DisconnectFromServer];
    TopicAliasInvalid = 0x94, "topic alias invalid", [DisconnectFromClient, DisconnectFromServer];
    PacketTooLarge = 0x95, "packet too large", [Connack, DisconnectFromClient, DisconnectFromServer];
    MessageRateTooHigh = 0x96, "message rate too high", [DisconnectFromClient, DisconnectFromServer];
    QuotaExceeded = 0x97, "quota exceeded", [Connack, Puback, Pubrec, Suback, DisconnectFromClient, DisconnectFromServer];
    AdministrativeAction = 0x98, "administrative action", [DisconnectFromClient, DisconnectFromServer];
    PayloadFormatInvalid = 0x99, "payload format invalid", [Connack, Puback, Pubrec, DisconnectFromClient, DisconnectFromServer];
    RetainNotSupported = 0x9A, "retain not supported", [Connack, DisconnectFromServer];
    QosNotSupported = 0x9B, "QoS not supported", [Connack, DisconnectFromServer];
    UseAnotherServer = 0x9C, "use another server", [Connack, DisconnectFromServer];
    ServerMoved = 0x9D, "server moved", [Connack, DisconnectFromServer];
    SharedSubscriptionsNotSupported = 0x9E, "shared subscriptions not supported", [Suback, DisconnectFromServer];
    ConnectionRateExceeded = 0x9F, "connection rate exceeded", [Connack, DisconnectFromServer];
    MaximumConnectTime = 0xA0, "maximum connect time", [DisconnectFromServer];
    SubscriptionIdentifiersNotSupported = 0xA1, "subscription identifiers not supported", [Suback, DisconnectFromServer];
    WildcardSubscriptionsNotSupported = 0xA2, "wildcard subscriptions not supported", [Suback, DisconnectFromServer];
}

impl Reason {
    /// The number on the wire.
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// 0x80 and above: refused or failed.
    pub const fn is_error(self) -> bool {
        self.code() >= 0x80
    }

    /// The reason that a CONNACK return code of version 3 stands for.
    pub const fn from_return_code(code: u8) -> Option<Self> {
        Some(match code {
            0 => Self::Success,
            1 => Self::UnsupportedProtocolVersion,
            2 => Self::ClientIdentifierNotValid,
            3 => Self::ServerUnavailable,
            4 => Self::BadUserNameOrPassword,
            5 => Self::NotAuthorized,
            _ => return None,
        })
    }

    /// The CONNACK return code of version 3, where one fits.
    pub const fn return_code(self) -> Option<u8> {
        Some(match self {
            Self::Success => 0,
            Self::UnsupportedProtocolVersion => 1,
            Self::ClientIdentifierNotValid => 2,
            Self::ServerUnavailable | Self::ServerBusy | Self::QuotaExceeded => 3,
            Self::BadUserNameOrPassword => 4,
            Self::NotAuthorized | Self::Banned => 5,
            _ => return None,
        })
    }
}

impl std::fmt::Display for Reason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (0x{:02X})", self.text(), self.code())
    }
}
