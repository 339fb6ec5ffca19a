//! DISCONNECT and AUTH.

use super::field::Reader;
use super::{EncodeError, Error, Place, Properties, Property, Reason, Sender, Version};

/// The last packet of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Disconnect<'a> {
    /// Always success before version 5.
    pub reason: Reason,
    /// Version 5 only.
    pub properties: Properties<'a>,
}

impl<'a> Disconnect<'a> {
    /// Without properties.
    pub const fn new(reason: Reason) -> Self {
        Self { reason, properties: Properties::EMPTY }
    }

    pub(super) fn decode(body: &'a [u8], version: Version, sender: Sender) -> Result<Self, Error> {
        let place = match sender {
            Sender::Client => Place::DisconnectFromClient,
            Sender::Server => Place::DisconnectFromServer,
        };
        let (reason, properties) = read_reason(body, version, place)?;
        Ok(Self { reason, properties })
    }

    pub(super) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_reason(self.reason, self.properties, version, out)
    }
}

/// A step of extended authentication.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Auth<'a> {
    /// Success, continue, or begin again.
    pub reason: Reason,
    /// Method and data.
    pub properties: Properties<'a>,
}

impl<'a> Auth<'a> {
    pub(super) fn decode(body: &'a [u8]) -> Result<Self, Error> {
        let (reason, properties) = read_reason(body, Version::V5, Place::Auth)?;
        // The form without a body has no room for a method; every other one needs it.
        let bare = reason == Reason::Success && properties.is_empty();
        let is_method = |property| matches!(property, Property::AuthenticationMethod(_));
        if !bare && !properties.iter().any(is_method) {
            return Err(Error::AuthenticationMethod);
        }
        Ok(Self { reason, properties })
    }

    pub(super) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        write_reason(self.reason, self.properties, version, out)
    }
}

/// The body of DISCONNECT and AUTH: both parts may be left out from the end, `E0 00` and `F0 00`
/// included.
fn read_reason(
    body: &[u8],
    version: Version,
    place: Place,
) -> Result<(Reason, Properties<'_>), Error> {
    let mut reader = Reader::new(body);
    let (mut reason, mut properties) = (Reason::Success, Properties::EMPTY);
    if version.is_v5() && !reader.is_empty() {
        reason = Reason::from_code(reader.u8()?)
            .filter(|reason| reason.belongs_in(place))
            .ok_or(Error::ReasonCode)?;
        if !reader.is_empty() {
            properties = Properties::decode(&mut reader, place)?;
        }
    }
    reader.finish()?;
    Ok((reason, properties))
}

/// A reason is followed by the length of its properties, though it could be left out when there
/// are none: some clients wait for it, and would never see the reason.
fn write_reason(
    reason: Reason,
    properties: Properties<'_>,
    version: Version,
    out: &mut Vec<u8>,
) -> Result<(), EncodeError> {
    if version.is_v5() && (reason != Reason::Success || !properties.is_empty()) {
        out.push(reason.code());
        properties.encode(out)?;
    }
    Ok(())
}
