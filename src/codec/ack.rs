//! PUBACK, PUBREC, PUBREL and PUBCOMP: four packets of one shape.

use super::field::{Reader, write_u16};
use super::{EncodeError, Error, PacketId, Place, Properties, Reason, Version};

/// An acknowledgement of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ack<'a> {
    /// The identifier of the PUBLISH.
    pub id: PacketId,
    /// Always success before version 5.
    pub reason: Reason,
    /// Version 5 only.
    pub properties: Properties<'a>,
}

impl<'a> Ack<'a> {
    /// An acknowledgement without properties.
    pub const fn new(id: PacketId, reason: Reason) -> Self {
        Self { id, reason, properties: Properties::EMPTY }
    }

    pub(super) fn decode(body: &'a [u8], version: Version, place: Place) -> Result<Self, Error> {
        let mut reader = Reader::new(body);
        let id = reader.packet_id()?;
        let mut ack = Self::new(id, Reason::Success);
        if version.is_v5() && !reader.is_empty() {
            ack.reason = Reason::from_code(reader.u8()?)
                .filter(|reason| reason.belongs_in(place))
                .ok_or(Error::ReasonCode)?;
            if !reader.is_empty() {
                ack.properties = Properties::decode(&mut reader, place)?;
            }
        }
        reader.finish()?;
        Ok(ack)
    }

    /// Leaves out what the specification lets out: no properties, then no reason.
    pub(super) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_u16(out, self.id.get());
        if version.is_v5() && (self.reason != Reason::Success || !self.properties.is_empty()) {
            out.push(self.reason.code());
            if !self.properties.is_empty() {
                self.properties.encode(out)?;
            }
        }
        Ok(())
    }
}
