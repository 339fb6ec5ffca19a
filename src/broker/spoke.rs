//! What a peer speaks that has come to the wrong port.

use std::time::Instant;

use super::connection::ConnectionKey;
use super::event::End;
use super::router::{Router, Step, mark_dirty};
use crate::net::{Began, Refused, WebSocketRefusal};
use crate::session::Error;

/// What somebody at the other end of HTTP reads: `curl`, a browser.
const TO_HTTP: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\
Content-Length: 33\r\nConnection: close\r\n\r\nThis port speaks MQTT, not HTTP.\n";

/// How requests begin; the last one is HTTP/2's.
const METHODS: [&[u8]; 9] = [
    b"GET ",
    b"POST ",
    b"HEAD ",
    b"PUT ",
    b"OPTIONS ",
    b"CONNECT ",
    b"DELETE ",
    b"PATCH ",
    b"PRI ",
];

/// What first bytes show of the protocol that they belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoke {
    /// A hello of TLS.
    Tls,
    /// A request of HTTP.
    Http,
    /// A CONNECT of MQTT.
    Mqtt,
}

impl Spoke {
    /// `None` when it is none of these.
    pub fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0x16, 0x03, ..] => Some(Self::Tls),
            [0x10, ..] => Some(Self::Mqtt),
            _ if METHODS.iter().any(|method| bytes.starts_with(method)) => Some(Self::Http),
            _ => None,
        }
    }

    /// What a peer spoke that was refused at the entrance, where that shows why.
    pub fn instead(refused: Refused) -> Option<Self> {
        match refused {
            Refused::NotTls(Began(bytes))
            | Refused::WebSocket(WebSocketRefusal::NotHttp(Began(bytes))) => Self::of(&bytes),
            _ => None,
        }
    }
}

/// `TLS`, `HTTP`, `plain MQTT`.
impl std::fmt::Display for Spoke {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Tls => "TLS",
            Self::Http => "HTTP",
            Self::Mqtt => "plain MQTT",
        })
    }
}

impl Router {
    /// What came first is no MQTT: what it is instead explains more than where it stops to be MQTT.
    pub(super) fn fail_first(
        &mut self,
        key: ConnectionKey,
        bytes: &[u8],
        error: Error,
        now: Instant,
    ) -> Step {
        let Some(spoke @ (Spoke::Tls | Spoke::Http)) = Spoke::of(bytes) else {
            return self.fail(key, error, now);
        };
        if spoke == Spoke::Http
            && let Some(connection) = self.connections.get_mut(key.at)
        {
            connection.output.buffer().extend_from_slice(TO_HTTP);
            mark_dirty(&mut self.dirty, key, connection);
        }
        self.close(key, End::NotMqtt(spoke), now);
        Step::Closed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_bytes_show_the_protocol() {
        for (bytes, spoke) in [
            (&b"\x16\x03\x01\x02\x00\x01"[..], Some(Spoke::Tls)),
            (b"GET / HTTP/1.1\r\n", Some(Spoke::Http)),
            (b"PRI * HTTP/2.0\r\n", Some(Spoke::Http)),
            (b"\x10\x0c\x00\x04MQTT", Some(Spoke::Mqtt)),
            (b"\x16\x04", None),
            (b"GETTY", None),
            (b"", None),
        ] {
            assert_eq!(Spoke::of(bytes), spoke);
        }
        let length = TO_HTTP.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        assert_eq!(TO_HTTP.len() - length, 33);
    }
}
