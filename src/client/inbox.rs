//! Messages that came and are to be acknowledged once they are written.

use super::Cause;
use super::connector::FAREWELL;
use super::link::Link;
use crate::codec::{PacketId, PacketType, Publish, Qos};
use crate::net::clock;
use crate::session::{Client, Message};

/// What the sink has and the broker does not know of.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// Messages that are not acknowledged.
    owed: Vec<(Qos, PacketId)>,
    /// Acknowledgements were sent on this connection.
    acknowledged: bool,
}

impl Inbox {
    /// A message is with the sink.
    pub(super) fn take(&mut self, message: &Publish<'_>) {
        self.owed.extend(message.id.map(|id| (message.qos, id)));
    }

    /// What was taken will not be written: it is not acknowledged.
    pub(super) fn forget(&mut self) {
        self.owed.clear();
    }

    /// All that was taken is written: its sender may forget it.
    pub(super) fn acknowledge<M: Message>(&mut self, session: &mut Client<M>, link: &mut Link<'_>) {
        for (qos, id) in self.owed.drain(..) {
            session.acknowledge(qos, id, &mut link.output);
            self.acknowledged = true;
        }
    }

    /// Waits a moment for the end of the QoS 2 exchanges: answers PUBREL by PUBCOMP until none is
    /// missing. New messages are left alone.
    pub(super) async fn complete<M: Message>(&self, session: &mut Client<M>, link: &mut Link<'_>) {
        if !session.incoming_is_empty() {
            let _ = tokio::time::timeout(FAREWELL, completed(session, link)).await;
        }
    }

    /// Sends what is left, DISCONNECT last, and sees to it that what was acknowledged is known
    /// to be.
    pub(super) async fn leave(&self, mut link: Link<'_>) {
        // The messages are written; nobody is helped by an error now.
        let _ = link.leave(FAREWELL).await;
        if self.acknowledged {
            link.drain(FAREWELL).await;
        }
    }
}

async fn completed<M: Message>(session: &mut Client<M>, link: &mut Link<'_>) -> Result<(), Cause> {
    link.reading = true;
    loop {
        let (mut packets, output) = link.packets();
        while let Some(frame) = packets.next()? {
            if frame.packet_type() != Ok(PacketType::Publish) {
                session.receive(frame, clock::now(), output)?;
            }
        }
        let taken = packets.taken;
        link.consume(taken);
        if session.incoming_is_empty() {
            return Ok(());
        }
        link.progress().await?;
    }
}
