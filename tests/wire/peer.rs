//! A client made of bytes: it sends what a row says and reads what comes, byte for byte.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use mq::broker::{Broker, Limits, Options};
use mq::codec::{Sender, Version, decode};

use crate::cases;
use crate::describe::describe;
use crate::notation;

/// Nothing takes this long on a broker that lives.
const LIVENESS: Duration = Duration::from_secs(10);

/// A broker on a free port with the default limits.
pub(crate) fn broker() -> Broker {
    broker_with(Limits::default())
}

/// A broker with other limits.
pub(crate) fn broker_with(limits: Limits) -> Broker {
    Broker::start(Options { limits, ..Options::default() }).unwrap()
}

/// One connection to a broker.
#[derive(Debug)]
pub(crate) struct RawPeer {
    stream: TcpStream,
    pub(crate) version: Version,
    /// What came and was not looked at.
    unread: Vec<u8>,
    /// CONNACK said that a session was there.
    pub(crate) present: bool,
    /// CONNACK as it came.
    pub(crate) connack: Vec<u8>,
}

impl RawPeer {
    /// A connection on which nothing was sent.
    pub(crate) fn dial(broker: &Broker, version: Version) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", broker.port().unwrap())).unwrap();
        stream.set_read_timeout(Some(LIVENESS)).unwrap();
        stream.set_write_timeout(Some(LIVENESS)).unwrap();
        stream.set_nodelay(true).unwrap();
        Self { stream, version, unread: Vec::new(), present: false, connack: Vec::new() }
    }

    /// A connection that a row of CONNECT opened.
    pub(crate) fn connect(broker: &Broker, version: Version, row: &str) -> Self {
        let mut peer = Self::dial(broker, version);
        peer.send(row);
        peer.accepted();
        peer
    }

    /// Reads CONNACK, which must say yes.
    pub(crate) fn accepted(&mut self) {
        self.connack = self.packet();
        let connack = &self.connack;
        assert!(connack[0] == 0x20 && connack[3] == 0, "no welcome: {connack:02X?}");
        assert!(connack[2] < 2, "reserved flags: {connack:02X?}");
        self.present = connack[2] == 1;
    }

    /// A client that leaves nothing behind.
    pub(crate) fn clean(broker: &Broker, version: Version, id: &str) -> Self {
        let peer = Self::connect(broker, version, &format!("10 ~ @ 02 0000 [] <{id}>"));
        assert!(!peer.present, "a clean start finds no session");
        peer
    }

    /// A client whose session stays.
    pub(crate) fn kept(broker: &Broker, version: Version, id: &str) -> Self {
        Self::connect(broker, version, &format!("10 ~ @ 00 0000 [11 00000E10] <{id}>"))
    }

    /// Sends the bytes of a row.
    pub(crate) fn send(&mut self, row: &str) {
        self.send_bytes(&notation::bytes(row, self.version));
    }

    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).unwrap();
    }

    /// The same, to a broker that may have closed already.
    pub(crate) fn try_send(&mut self, bytes: &[u8]) -> bool {
        self.stream.write_all(bytes).is_ok()
    }

    /// The next packet; `None` at the end of the stream.
    pub(crate) fn next(&mut self) -> Option<Vec<u8>> {
        loop {
            if let Some(frame) = cases::split(&self.unread).unwrap() {
                let packet = frame.bytes().to_vec();
                self.unread.drain(..packet.len());
                return Some(packet);
            }
            let mut buffer = [0; 16 * 1024];
            match self.stream.read(&mut buffer) {
                Ok(0) => {
                    assert!(self.unread.is_empty(), "cut off: {:02X?}", self.unread);
                    return None;
                }
                Ok(count) => self.unread.extend_from_slice(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return None,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => panic!("nothing came: {error}"),
            }
        }
    }

    /// The next packet, which must come.
    #[track_caller]
    pub(crate) fn packet(&mut self) -> Vec<u8> {
        self.next().expect("the broker closed")
    }

    /// The next packet is the row's bytes.
    #[track_caller]
    pub(crate) fn expect(&mut self, row: &str) {
        let want = notation::bytes(row, self.version);
        let have = self.next();
        if have.as_deref() != Some(&want[..]) {
            let have = have.map_or_else(|| "the end".into(), |bytes| self.words(&bytes));
            panic!("want {}\nhave {have}", self.words(&want));
        }
    }

    /// The next packets are the rows', in any order.
    #[track_caller]
    pub(crate) fn expect_all(&mut self, rows: &[&str]) {
        let mut want: Vec<_> = rows.iter().map(|row| notation::bytes(row, self.version)).collect();
        let mut have: Vec<_> = rows.iter().map(|_| self.packet()).collect();
        want.sort();
        have.sort();
        let words = |packets: &[Vec<u8>]| -> Vec<_> {
            packets.iter().map(|bytes| self.words(bytes)).collect()
        };
        assert_eq!(words(&have), words(&want));
    }

    fn words(&self, bytes: &[u8]) -> String {
        let frame = cases::split(bytes).ok().flatten();
        let packet = frame.and_then(|frame| decode(frame, self.version, Sender::Server).ok());
        let words =
            packet.map_or_else(|| "no packet of a server".into(), |packet| describe(&packet));
        format!("{words} ({})", notation::hex(bytes))
    }

    /// Sends a row; its answer is another.
    #[track_caller]
    pub(crate) fn ask(&mut self, row: &str, answer: &str) {
        self.send(row);
        self.expect(answer);
    }

    /// Everything that the broker had for this peer has been read.
    #[track_caller]
    pub(crate) fn expect_nothing(&mut self) {
        self.ask("C0 00", "D0 00");
    }

    /// The stream ends without another packet.
    #[track_caller]
    pub(crate) fn expect_closed(&mut self) {
        if let Some(bytes) = self.next() {
            panic!("want the end\nhave {}", self.words(&bytes));
        }
    }

    /// The stream ends; version 5 hears why.
    #[track_caller]
    pub(crate) fn expect_end(&mut self, code: u8) {
        if self.version.is_v5() {
            self.expect(&format!("E0 02 {code:02X} 00"));
        }
        self.expect_closed();
    }

    /// Subscribes at a QoS that is granted.
    #[track_caller]
    pub(crate) fn subscribe(&mut self, filter: &str, qos: u8) {
        self.ask(&format!("82 ~ 0063 [] <{filter}> {qos:02X}"), &format!("90 ~ 0063 [] {qos:02X}"));
    }

    /// Publishes text and waits for the last acknowledgement, whatever it says of subscribers.
    #[track_caller]
    pub(crate) fn publish(&mut self, topic: &str, qos: u8, retain: bool, text: &str) {
        let header = 0x30 | (qos << 1) | u8::from(retain);
        let id = if qos == 0 { "" } else { "0064" };
        self.send(&format!("{header:02X} ~ <{topic}> {id} [] '{text}'"));
        self.settle(qos);
    }

    /// Takes the acknowledgements of message 0x64, or for QoS 0 waits until it was routed.
    #[track_caller]
    pub(crate) fn settle(&mut self, qos: u8) {
        match qos {
            0 => self.expect_nothing(),
            1 => assert_eq!(self.packet()[..1], [0x40]),
            _ => {
                let pubrec = self.packet();
                assert!(pubrec[0] == 0x50 && pubrec.get(4).is_none_or(|code| *code < 0x80));
                self.ask("62 02 0064", "70 02 0064");
            }
        }
    }

    /// Ends the connection in order.
    pub(crate) fn leave(mut self) {
        self.send("E0 00");
        self.expect_closed();
    }

    /// Ends the connection in order when the PUBRELs of its last messages have come.
    #[track_caller]
    pub(crate) fn leave_when_done(mut self, qos: u8) {
        self.send("C0 00");
        loop {
            match self.packet()[0] {
                0x62 if qos == 2 => {}
                other => break assert_eq!(other, 0xD0),
            }
        }
        self.leave();
    }

    /// Ends the connection without a word, and waits until the broker has seen it.
    pub(crate) fn drop_link(mut self) {
        self.stream.shutdown(Shutdown::Write).unwrap();
        while self.next().is_some() {}
    }
}
