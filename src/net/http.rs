//! The head of a request and of an answer in HTTP, as far as a proxy and a WebSocket need it.

use std::io;

/// The longest head that is read: real ones have a few hundred bytes, and servers themselves take
/// no more than 8 KiB.
pub(super) const MAX_HEAD: usize = 8 * 1024;

/// Fields of a head; more is no answer to what is asked here.
const MAX_FIELDS: usize = 64;

/// Letters kept of what a server says in words.
const MAX_WORDS: usize = 200;

/// The status line and the fields.
#[derive(Debug)]
pub(super) struct Head {
    pub(super) status: u16,
    /// What stands behind the status; the server's words, cut at 200 letters.
    pub(super) reason: String,
    pub(super) fields: Fields,
}

/// The line of a request and the fields.
#[derive(Debug)]
pub(super) struct Request {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    pub(super) fields: Fields,
}

/// The fields of a head.
#[derive(Debug)]
pub(super) struct Fields(Vec<(String, String)>);

/// Why there is no head.
#[derive(Debug, thiserror::Error)]
pub enum HeadError {
    /// Something else came.
    #[error("something that is not HTTP")]
    NotHttp,
    /// It goes on and on.
    #[error("an HTTP header of more than 8 KiB")]
    TooLong,
    /// The connection ended before it was whole.
    #[error("nothing: it closed the connection")]
    Closed,
    /// The system reported a failure.
    #[error("nothing: {0}")]
    Io(#[from] io::Error),
}

impl Head {
    /// Reads a head at the beginning of `bytes`, and how long it is; `None` while it is not whole.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, HeadError> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut response = httparse::Response::new(&mut fields);
        let size = match response.parse(bytes) {
            Ok(httparse::Status::Complete(size)) if size <= MAX_HEAD => size,
            Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD => return Ok(None),
            Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(HeadError::TooLong),
            Err(_) => return Err(HeadError::NotHttp),
        };
        let reason = words(response.reason.unwrap_or_default());
        let status = response.code.ok_or(HeadError::NotHttp)?;
        Ok(Some((Self { status, reason, fields: Fields::of(response.headers) }, size)))
    }

    /// Whether another answer follows (RFC 9110, 15.2): 100, 103. After 101 something else does.
    pub(super) const fn is_interim(&self) -> bool {
        matches!(self.status, 100 | 102..=199)
    }
}

impl Request {
    /// Reads a head at the beginning of `bytes`, and how long it is; `None` while it is not whole.
    pub(super) fn parse(bytes: &[u8]) -> Result<Option<(Self, usize)>, HeadError> {
        let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
        let mut request = httparse::Request::new(&mut fields);
        let size = match request.parse(bytes) {
            Ok(httparse::Status::Complete(size)) if size <= MAX_HEAD => size,
            Ok(httparse::Status::Partial) if bytes.len() < MAX_HEAD => return Ok(None),
            Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(HeadError::TooLong),
            Err(_) => return Err(HeadError::NotHttp),
        };
        let method = request.method.unwrap_or_default().to_owned();
        let target = request.path.unwrap_or_default().to_owned();
        Ok(Some((Self { method, target, fields: Fields::of(request.headers) }, size)))
    }
}

impl Fields {
    fn of(headers: &[httparse::Header<'_>]) -> Self {
        let text = |value: &[u8]| String::from_utf8_lossy(value).trim().to_owned();
        Self(headers.iter().map(|field| (field.name.into(), text(field.value))).collect())
    }

    /// The values of a field, each of its lines.
    pub(super) fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let wanted = move |field: &&(String, String)| field.0.eq_ignore_ascii_case(name);
        self.0.iter().filter(wanted).map(|(_, value)| value.as_str())
    }

    /// Whether a field is a list with this word in it.
    pub(super) fn lists(&self, name: &str, word: &str) -> bool {
        let mut words = self.values(name).flat_map(|value| value.split(','));
        words.any(|found| found.trim().eq_ignore_ascii_case(word))
    }
}

/// What a server says, cut to a length for people.
pub(super) fn words(text: &str) -> String {
    text.chars().take(MAX_WORDS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_found_with_its_length() {
        let text = b"HTTP/1.1 407 Who are you\r\nUpgrade: a, WebSocket\r\nUPGRADE: b\r\n\r\nrest";
        for short in 0..text.len() - 4 {
            assert!(Head::parse(&text[..short]).unwrap().is_none(), "{short}");
        }
        let (head, size) = Head::parse(text).unwrap().unwrap();
        assert_eq!((head.status, head.reason.as_str()), (407, "Who are you"));
        assert_eq!(&text[size..], b"rest");
        assert_eq!(head.fields.values("upgrade").collect::<Vec<_>>(), ["a, WebSocket", "b"]);
        assert!(head.fields.lists("Upgrade", "websocket") && head.fields.lists("upgrade", "b"));
        assert!(!head.fields.lists("upgrade", "web") && !head.fields.lists("x", "b"));
    }

    #[test]
    fn what_is_no_head_is_told_at_once_and_what_is_endless_at_8_kib() {
        for garbage in [&b"\x20\x02\x00\x00"[..], b"SSH-2.0-x\r\n", b"HTTP/1.1 abc\r\n\r\n"] {
            assert!(matches!(Head::parse(garbage), Err(HeadError::NotHttp)), "{garbage:?}");
        }
        let long = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; MAX_HEAD]].concat();
        assert!(matches!(Head::parse(&long[..MAX_HEAD - 1]), Ok(None)));
        assert!(matches!(Head::parse(&long[..MAX_HEAD]), Err(HeadError::TooLong)));
        let many = [b"HTTP/1.1 200 OK\r\n".to_vec(), b"X: y\r\n".repeat(65)].concat();
        assert!(matches!(Head::parse(&many), Err(HeadError::TooLong)));
        let wordy = format!("HTTP/1.1 200 {}\r\n\r\n", "w".repeat(1000));
        let (head, _) = Head::parse(wordy.as_bytes()).unwrap().unwrap();
        assert_eq!(head.reason.len(), 200);
    }
}
