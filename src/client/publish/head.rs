//! What QoS 0 messages of one connection have in common, encoded once.

use crate::codec::{EncodeError, Packet, Publish, PublishHead, Sender, Version, decode, split};
use crate::session::AliasChosen;

/// Writes QoS 0 messages. With a topic alias the first one sets it, and the others name their topic by it.
#[derive(Debug)]
pub(super) struct Head {
    /// The head of the next message.
    head: PublishHead,
    /// The longest payload that the broker takes with it.
    longest: usize,
    /// The head of those behind it, if another.
    following: Option<PublishHead>,
    /// The broker's largest packet in bytes.
    limit: u32,
}

impl Head {
    /// For messages like this one, whatever their payload, to a broker that takes packets of `limit` bytes.
    pub(super) fn new(
        publish: &Publish<'_>,
        version: Version,
        limit: u32,
    ) -> Result<Self, EncodeError> {
        let head = PublishHead::new(publish, version)?;
        let has_alias = version.is_v5() && AliasChosen::of(publish).is_some();
        let by_alias = || PublishHead::new(&Publish { topic: "", ..*publish }, version);
        let following = has_alias.then(by_alias).transpose()?;
        let longest = head.longest_payload(limit).unwrap_or(0);
        Ok(Self { head, longest, following, limit })
    }

    /// The longest payload that the broker takes in the next message.
    pub(super) const fn longest(&self) -> usize {
        self.longest
    }

    /// Appends a message; the payload is no longer than [`Self::longest`].
    pub(super) fn write(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        self.head.write(payload, out);
        if let Some(following) = self.following.take() {
            self.longest = following.longest_payload(self.limit).unwrap_or(0);
            self.head = following;
        }
    }

    /// Appends the messages in `packets`, which never left an earlier connection.
    pub(super) fn rewrite(&mut self, packets: &[u8], version: Version, out: &mut Vec<u8>) {
        if self.following.is_none() {
            out.extend_from_slice(packets);
            return;
        }
        // An alias means nothing on another connection: the first message sets it there.
        let mut rest = packets;
        while let Ok(Some(frame)) = split(rest, u32::MAX) {
            rest = rest.get(frame.bytes().len()..).unwrap_or_default();
            if let Ok(Packet::Publish(publish)) = decode(frame, version, Sender::Client) {
                self.write(publish.payload, out);
            }
        }
    }
}
