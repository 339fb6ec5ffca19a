//! Messages that came and are to be acknowledged once they are written.

use std::time::Duration;

use super::Cause;
use super::connector::Connector;
use super::link::Link;
use crate::codec::{PacketId, PacketType, Publish, Qos};
use crate::net::clock;
use crate::session::{Client, Message};

/// How long the last acknowledgements may take, PUBCOMP included.
pub(super) const FAREWELL: Duration = Duration::from_secs(1);

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

    /// Waits for the end of the QoS 2 exchanges when they are to come to it, sends DISCONNECT, and
    /// sees to it that what was acknowledged is known to be.
    pub(super) async fn farewell<M: Message>(
        self,
        connector: &Connector<'_>,
        session: &mut Client<M>,
        mut link: Link<'_>,
        complete: bool,
    ) {
        if complete && !session.incoming_is_empty() {
            let _ = tokio::time::timeout(FAREWELL, self.complete(session, &mut link)).await;
        }
        connector.disconnect(session, &mut link);
        // The messages are written; nobody is helped by an error now.
        let _ = link.leave(FAREWELL).await;
        if self.acknowledged {
            link.drain(FAREWELL).await;
        }
    }

    /// Answers PUBREL by PUBCOMP until none is missing. New messages are left alone.
    async fn complete<M: Message>(
        &self,
        session: &mut Client<M>,
        link: &mut Link<'_>,
    ) -> Result<(), Cause> {
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
}
