//! What QoS 0 messages of one connection have in common, encoded once.

use crate::codec::{
    EncodeError, Packet, Publish, PublishHead, Qos, Sender, Version, decode, split,
};
use crate::session::{AliasChosen, Client, Message, PublishError};

/// A message that never left an earlier connection, and that the present one does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NotTaken {
    /// How many messages were sent behind it.
    pub(super) behind: u64,
    /// Why.
    pub(super) why: PublishError,
}

/// Appends the messages of QoS 0 among `packets`, which never left an earlier connection, as far
/// as the present one takes them.
pub(super) fn unacknowledged<M: Message>(
    packets: &[u8],
    session: &Client<M>,
    out: &mut Vec<u8>,
) -> Vec<NotTaken> {
    each(packets, session.version(), |publish, packet| {
        session.check(publish)?;
        out.extend_from_slice(packet);
        Ok(())
    })
}

/// Goes through the messages of QoS 0 among `packets`; those that `take` does not take.
fn each(
    packets: &[u8],
    version: Version,
    mut take: impl FnMut(&Publish<'_>, &[u8]) -> Result<(), PublishError>,
) -> Vec<NotTaken> {
    let (mut rest, mut count, mut not_taken) = (packets, 0_u64, Vec::new());
    while let Ok(Some(frame)) = split(rest, u32::MAX) {
        rest = rest.get(frame.bytes().len()..).unwrap_or_default();
        if let Ok(Packet::Publish(publish @ Publish { qos: Qos::AtMostOnce, .. })) =
            decode(frame, version, Sender::Client)
        {
            count = count.saturating_add(1);
            if let Err(why) = take(&publish, frame.bytes()) {
                not_taken.push(NotTaken { behind: count, why });
            }
        }
    }
    for one in &mut not_taken {
        one.behind = count.saturating_sub(one.behind);
    }
    not_taken
}

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

    /// Why a payload of so many bytes, which is longer than [`Self::longest`], cannot be sent.
    pub(super) fn refusal(&self, payload: usize) -> PublishError {
        match self.head.packet_size(payload) {
            Ok(size) => PublishError::TooLarge { size, limit: self.limit },
            Err(error) => error.into(),
        }
    }

    /// Appends a message; the payload is no longer than [`Self::longest`].
    pub(super) fn write(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        self.head.write(payload, out);
        if let Some(following) = self.following.take() {
            self.longest = following.longest_payload(self.limit).unwrap_or(0);
            self.head = following;
        }
    }

    /// Appends the messages in `packets`, which never left an earlier connection, as far as this one takes them.
    pub(super) fn rewrite(
        &mut self,
        packets: &[u8],
        version: Version,
        out: &mut Vec<u8>,
    ) -> Vec<NotTaken> {
        // An alias means nothing on another connection: the first message sets it there.
        each(packets, version, |publish, _| {
            if publish.payload.len() > self.longest {
                return Err(self.refusal(publish.payload.len()));
            }
            self.write(publish.payload, out);
            Ok(())
        })
    }
}
