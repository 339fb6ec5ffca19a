//! Who is behind a proxy that tells it: the PROXY protocol of `HAProxy`, versions 1 and 2.
//!
//! Whoever can reach a port that takes it can claim to be anybody: it is for ports that only the
//! proxy reaches. There is no guessing whether a header came: where it is expected, it is required.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::AsyncReadExt;

use super::tls::CertificateNames;
use super::{Began, Stream};

/// The longest line of version 1, with its end (section 2.1 of its text).
const LONGEST_LINE: usize = 107;

/// How a line begins.
const WORD: &[u8] = b"PROXY ";

/// How a header of version 2 begins: no line, and nothing of any protocol.
const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// What a header of version 2 may carry at most: addresses, and a few fields of TLS. The length
/// has room for 64 KiB, which nobody who is not let in yet is given.
const LONGEST_HEADER: usize = 4096;

/// A field that tells of TLS between the client and the proxy, and fields within it.
const TLS_FIELD: u8 = 0x20;
const TLS_COMMON_NAME: u8 = 0x22;

/// Bits of the first byte of that field: there was TLS, and the client showed a certificate, on
/// this connection or before in this session.
const IS_TLS: u8 = 0x01;
const SHOWED_CERTIFICATE: u8 = 0x02 | 0x04;

/// Which header comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProxyHeader {
    /// Version 1: a line.
    Version1,
    /// Version 2: bytes.
    Version2 {
        /// Whether the client must have come to the proxy by TLS.
        requires_tls: bool,
    },
}

/// Why a header is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProxyRefusal {
    /// Something else came.
    #[error("no PROXY header of the version expected came first: only the proxy may connect here")]
    Missing(Began),
    /// It cannot be read.
    #[error("the PROXY header is malformed")]
    Malformed,
    /// It announces more than a header needs.
    #[error("the PROXY header is longer than 4 KiB")]
    TooLong,
    /// The client did not come by TLS, and must.
    #[error("the PROXY header says that the client came without TLS, which is required")]
    NoTls,
    /// It closed the connection.
    #[error("the connection closed within the PROXY header")]
    Gone,
}

/// What a proxy tells of a client.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Behind {
    /// Its address; `None` when the proxy speaks for itself, or does not know.
    pub(super) address: Option<SocketAddr>,
    /// What its certificate calls it.
    pub(super) names: Option<Box<CertificateNames>>,
}

impl ProxyHeader {
    /// Reads the header, and nothing behind it.
    pub(super) async fn read(self, stream: &mut Stream) -> Result<Behind, ProxyRefusal> {
        match self {
            Self::Version1 => {
                let mut line = Line::default();
                while !line.is_whole() {
                    let byte = stream.read_u8().await.map_err(|_| ProxyRefusal::Gone)?;
                    line.push(byte)?;
                }
                of_line(&line.0)
            }
            Self::Version2 { requires_tls } => {
                let mut head = [0; 16];
                // Byte by byte as far as it may be something else, which may be shorter.
                for at in 0..SIGNATURE.len() {
                    let byte = stream.read_u8().await.map_err(|_| ProxyRefusal::Gone)?;
                    if let (Some(slot), Some(wanted)) = (head.get_mut(at), SIGNATURE.get(at)) {
                        *slot = byte;
                        if byte != *wanted {
                            let came = head.get(..=at).unwrap_or_default();
                            return Err(ProxyRefusal::Missing(Began::of(came)));
                        }
                    }
                }
                let gone = |_| ProxyRefusal::Gone;
                let rest = head.get_mut(SIGNATURE.len()..).unwrap_or_default();
                stream.read_exact(rest).await.map_err(gone)?;
                let [.., command, family, high, low] = head;
                let length = usize::from(u16::from_be_bytes([high, low]));
                if length > LONGEST_HEADER {
                    return Err(ProxyRefusal::TooLong);
                }
                let mut body = vec![0; length];
                stream.read_exact(&mut body).await.map_err(gone)?;
                of_bytes((command, family), &body, requires_tls)
            }
        }
    }
}

/// A line as it comes. Read byte by byte: what is behind it belongs to somebody else, and it is a
/// line a connection.
#[derive(Default)]
struct Line(Vec<u8>);

impl Line {
    fn is_whole(&self) -> bool {
        self.0.ends_with(b"\r\n")
    }

    fn push(&mut self, byte: u8) -> Result<(), ProxyRefusal> {
        self.0.push(byte);
        let begins = self.0.iter().zip(WORD).all(|(came, wanted)| came == wanted);
        if !begins {
            return Err(ProxyRefusal::Missing(Began::of(&self.0)));
        }
        if self.0.len() >= LONGEST_LINE && !self.is_whole() {
            return Err(ProxyRefusal::Malformed);
        }
        Ok(())
    }
}

/// `PROXY TCP4 192.0.2.1 198.51.100.2 56324 1883`.
fn of_line(line: &[u8]) -> Result<Behind, ProxyRefusal> {
    let text = line.strip_suffix(b"\r\n").and_then(|line| std::str::from_utf8(line).ok());
    let mut words = text.ok_or(ProxyRefusal::Malformed)?.split(' ').skip(1);
    let family = words.next().ok_or(ProxyRefusal::Malformed)?;
    if family == "UNKNOWN" {
        return Ok(Behind::default());
    }
    let words: Vec<_> = words.collect();
    let &[from, to, from_port, to_port] = words.as_slice() else {
        return Err(ProxyRefusal::Malformed);
    };
    let address = |text: &str| match family {
        "TCP4" => text.parse::<Ipv4Addr>().map(IpAddr::from).ok(),
        "TCP6" => text.parse::<Ipv6Addr>().map(IpAddr::from).ok(),
        _ => None,
    };
    // A sign or a space would do for the number, and for nobody's proxy.
    let port = |text: &str| {
        let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (Some(from), Some(_), Some(port), Some(_)) =
        (address(from), address(to), port(from_port), port(to_port))
    else {
        return Err(ProxyRefusal::Malformed);
    };
    Ok(Behind { address: Some(SocketAddr::new(from, port)), names: None })
}

/// Version 2 behind its signature.
fn of_bytes(
    (command, family): (u8, u8),
    body: &[u8],
    requires_tls: bool,
) -> Result<Behind, ProxyRefusal> {
    match command {
        // The proxy itself, to see whether anybody is here.
        0x20 => return Ok(Behind::default()),
        0x21 => {}
        _ => return Err(ProxyRefusal::Malformed),
    }
    let (address, fields) = match family {
        0x11 => {
            let (block, fields) = body.split_first_chunk::<12>().ok_or(ProxyRefusal::Malformed)?;
            let [a, b, c, d, _, _, _, _, high, low, ..] = *block;
            let port = u16::from_be_bytes([high, low]);
            (Some(SocketAddr::new(Ipv4Addr::new(a, b, c, d).into(), port)), fields)
        }
        0x21 => {
            let (block, fields) = body.split_first_chunk::<36>().ok_or(ProxyRefusal::Malformed)?;
            let from = block.first_chunk::<16>().copied().unwrap_or_default();
            let [.., high, low, _, _] = *block;
            let port = u16::from_be_bytes([high, low]);
            (Some(SocketAddr::new(Ipv6Addr::from(from).into(), port)), fields)
        }
        // Unix sockets: two paths.
        0x31 => (None, body.get(216..).ok_or(ProxyRefusal::Malformed)?),
        // Not known to the proxy.
        0x00 => (None, body),
        // Datagrams carry no MQTT.
        _ => return Err(ProxyRefusal::Malformed),
    };
    let tls = fields_of(fields)?.into_iter().find(|(kind, _)| *kind == TLS_FIELD);
    let (is_tls, names) = match tls {
        Some((_, value)) => of_tls(value)?,
        None => (false, None),
    };
    if requires_tls && !is_tls {
        return Err(ProxyRefusal::NoTls);
    }
    Ok(Behind { address, names })
}

/// Kinds and values: one byte, two bytes of length, so many bytes.
fn fields_of(mut bytes: &[u8]) -> Result<Vec<(u8, &[u8])>, ProxyRefusal> {
    let mut fields = Vec::new();
    while !bytes.is_empty() {
        let (&[kind, high, low], rest) =
            bytes.split_first_chunk().ok_or(ProxyRefusal::Malformed)?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (value, rest) = rest.split_at_checked(length).ok_or(ProxyRefusal::Malformed)?;
        fields.push((kind, value));
        bytes = rest;
    }
    Ok(fields)
}

/// Whether the client came by TLS, and what a certificate that the proxy checked calls it.
fn of_tls(value: &[u8]) -> Result<(bool, Option<Box<CertificateNames>>), ProxyRefusal> {
    let (&[client, verify @ ..], rest) =
        value.split_first_chunk::<5>().ok_or(ProxyRefusal::Malformed)?;
    let is_tls = client & IS_TLS != 0;
    let is_checked = is_tls && client & SHOWED_CERTIFICATE != 0 && verify == [0; 4];
    let name = fields_of(rest)?.into_iter().find(|(kind, _)| *kind == TLS_COMMON_NAME);
    let Some((_, name)) = name.filter(|_| is_checked) else {
        return Ok((is_tls, None));
    };
    let name = std::str::from_utf8(name).map_err(|_| ProxyRefusal::Malformed)?;
    let names = CertificateNames { common_name: Some(name.to_owned()), subject: String::new() };
    Ok((is_tls, Some(Box::new(names))))
}

#[cfg(test)]
mod tests;
