//! The other end of a WebSocket: a server that a test leads, frame by frame.

use std::io::{self, ErrorKind, Read, Write};

use data_encoding::BASE64;
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// First bytes of frames (RFC 6455, 5.2).
pub(crate) const BINARY: u8 = 0x82;
pub(crate) const CLOSE: u8 = 0x88;
pub(crate) const PONG: u8 = 0x8A;

/// A connection on which a request for a WebSocket was read. As a stream it gives what is in
/// binary frames, and sends what it is given as one.
pub(crate) struct Server<S> {
    stream: S,
    /// The request, to its empty line.
    pub(crate) request: String,
    /// What is not read of the last frame.
    rest: Vec<u8>,
    /// Binary frames that came.
    pub(crate) frames: usize,
}

impl<S: Read + Write> Server<S> {
    /// Reads the request, and answers nothing.
    #[track_caller]
    pub(crate) fn asked(mut stream: S) -> Self {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).expect("a request");
            request.push(byte[0]);
        }
        let request = String::from_utf8(request).unwrap();
        Self { stream, request, rest: Vec::new(), frames: 0 }
    }

    /// Reads the request and agrees.
    #[track_caller]
    pub(crate) fn open(stream: S) -> Self {
        let mut server = Self::asked(stream);
        let agreement = server.agreement();
        server.raw(agreement.as_bytes());
        server
    }

    /// What agrees to the request.
    pub(crate) fn agreement(&self) -> String {
        let key = self.request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
        let text = format!("{}258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key.unwrap());
        let accept = BASE64.encode(digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes()).as_ref());
        format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n"
        )
    }

    /// These bytes, as they are; the client may have gone.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        let _ = self.stream.write_all(bytes).and_then(|()| self.stream.flush());
    }

    /// The next frame of the client: its first byte and what was masked.
    pub(crate) fn frame(&mut self) -> io::Result<(u8, Vec<u8>)> {
        let [first, second] = self.take()?;
        assert!(second & 0x80 != 0, "a client masks what it sends");
        let length = match second & 0x7F {
            126 => u16::from_be_bytes(self.take()?).into(),
            127 => u64::from_be_bytes(self.take()?).try_into().unwrap(),
            length => usize::from(length),
        };
        let key: [u8; 4] = self.take()?;
        let mut bytes = vec![0; length];
        self.stream.read_exact(&mut bytes)?;
        bytes.iter_mut().zip(key.iter().cycle()).for_each(|(byte, key)| *byte ^= key);
        Ok((first, bytes))
    }

    fn take<const SIZE: usize>(&mut self) -> io::Result<[u8; SIZE]> {
        let mut bytes = [0; SIZE];
        self.stream.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// A frame as a server sends it.
pub(crate) fn frame(first: u8, bytes: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match (u8::try_from(bytes.len()), u16::try_from(bytes.len())) {
        (Ok(length @ ..126), _) => frame.push(length),
        (_, Ok(length)) => {
            frame.push(126);
            frame.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(bytes);
    frame
}

impl<S: Read + Write> Read for Server<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.rest.is_empty() {
            match self.frame() {
                Ok((BINARY, bytes)) => {
                    self.frames += 1;
                    self.rest = bytes;
                }
                Ok((CLOSE, code)) => {
                    self.raw(&frame(CLOSE, &code));
                    return Ok(0);
                }
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                Err(error) => return Err(error),
            }
        }
        let size = self.rest.len().min(buffer.len());
        buffer[..size].copy_from_slice(&self.rest[..size]);
        self.rest.drain(..size);
        Ok(size)
    }
}

impl<S: Read + Write> Write for Server<S> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.stream.write_all(&frame(BINARY, bytes))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.stream.flush()
    }
}
