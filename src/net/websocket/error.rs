//! Why there is no WebSocket, or no more of it.

use std::io;

use crate::net::http::HeadError;

/// What a server did instead of opening a WebSocket.
#[derive(Debug, thiserror::Error)]
pub enum WebSocketError {
    /// It answered with another HTTP status.
    #[error("{status} {reason}{}", towards(.location.as_deref()))]
    Status {
        /// The status.
        status: u16,
        /// The server's words.
        reason: String,
        /// Where it sends who asks; nobody goes there.
        location: Option<String>,
    },
    /// It gave no answer in HTTP.
    #[error("{0}")]
    Head(#[from] HeadError),
    /// It agreed, but not to what was asked.
    #[error("101, but the header {0} is missing or wrong")]
    Field(&'static str),
    /// It agreed, without a word of MQTT.
    #[error("101, but did not confirm the subprotocol mqtt: is this the path of MQTT?")]
    NoSubprotocol,
    /// It agreed to speak something else.
    #[error("101 with the subprotocol {0} instead of mqtt")]
    OtherSubprotocol(String),
    /// Asking failed.
    #[error("nothing: {0}")]
    Io(#[from] io::Error),
}

fn towards(location: Option<&str>) -> String {
    location.map(|place| format!(", to {place}")).unwrap_or_default()
}

/// A rule that a peer broke (RFC 6455, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// MQTT is binary.
    #[error("the other end sent a text frame, where MQTT wants binary ones")]
    Text,
    /// Bits for extensions that nobody asked for.
    #[error("the other end sent a WebSocket frame with reserved bits")]
    Reserved,
    /// No such frame.
    #[error("the other end sent a WebSocket frame of the unknown kind {0}")]
    Opcode(u8),
    /// More than 2^63 - 1.
    #[error("the other end sent a WebSocket frame of an impossible length")]
    Length,
    /// Control frames are short and whole.
    #[error("the other end sent a WebSocket control frame that is too long or cut")]
    Control,
    /// Clients mask, servers do not.
    #[error("the other end sent a WebSocket frame that is masked as only the other end's may be")]
    Mask,
    /// A message within another, or the rest of none.
    #[error("the other end sent WebSocket frames out of their order")]
    Continuation,
    /// Half a code.
    #[error("the other end sent a WebSocket close frame that is cut")]
    Close,
}

impl Violation {
    /// The code by which the peer is told.
    pub(super) const fn code(self) -> u16 {
        match self {
            Self::Text => 1003,
            _ => 1002,
        }
    }
}

/// The other end closed the WebSocket, and gave a reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the other end closed the WebSocket: {}", code_and_words(*.code, .words))]
pub struct ClosedByPeer {
    /// The code (RFC 6455, 7.4).
    pub code: u16,
    /// Its words, at most 123 bytes.
    pub words: String,
}

fn code_and_words(code: u16, words: &str) -> String {
    let meaning = match code {
        1001 => " (going away)",
        1002 => " (protocol error)",
        1003 => " (unsupported data)",
        1007 => " (invalid data)",
        1008 => " (policy violation)",
        1009 => " (message too big)",
        1010 => " (extension needed)",
        1011 => " (internal error)",
        1012 => " (service restart)",
        1013 => " (try again later)",
        _ => "",
    };
    let separator = if words.is_empty() { "" } else { ": " };
    format!("{code}{meaning}{separator}{words}")
}
