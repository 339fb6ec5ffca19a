//! CONNECT and CONNACK.

use super::field::{Reader, write_binary, write_string, write_u16};
use super::{EncodeError, Error, Place, Properties, Property, Qos, Reason, Version};
use crate::topic;

/// A client's first packet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Connect<'a> {
    /// The version asked for.
    pub version: Version,
    /// Clean session (version 3) or clean start (version 5).
    pub clean: bool,
    /// Seconds between packets at most; 0 means no limit.
    pub keep_alive: u16,
    /// Empty when the server is to assign one.
    pub client_id: &'a str,
    /// The message that the server publishes when the client is lost.
    pub will: Option<Will<'a>>,
    /// Login name.
    pub username: Option<&'a str>,
    /// Login secret.
    pub password: Option<&'a [u8]>,
    /// Version 5 only.
    pub properties: Properties<'a>,
}

impl std::fmt::Debug for Connect<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connect")
            .field("version", &self.version)
            .field("clean", &self.clean)
            .field("keep_alive", &self.keep_alive)
            .field("client_id", &self.client_id)
            .field("will", &self.will)
            .field("username", &self.username)
            .field("password", &self.password.map(|_| "..."))
            .field("properties", &self.properties)
            .finish()
    }
}

/// A will: what is published when its client is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Will<'a> {
    /// A topic name, no filter.
    pub topic: &'a str,
    /// At most 65,535 bytes.
    pub payload: &'a [u8],
    /// QoS of its publication.
    pub qos: Qos,
    /// Whether it is published as a retained message.
    pub retain: bool,
    /// Version 5 only.
    pub properties: Properties<'a>,
}

const CLEAN: u8 = 0x02;
const WILL: u8 = 0x04;
const WILL_RETAIN: u8 = 0x20;
const PASSWORD: u8 = 0x40;
const USERNAME: u8 = 0x80;

impl<'a> Connect<'a> {
    pub(super) fn decode(body: &'a [u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(body);
        let name = reader.binary()?;
        // Bit 7 of the level marks a bridge in mosquitto's dialect; it is not ours to take.
        let version = match (name, reader.u8()?) {
            (b"MQIsdp", 3) => Version::V31,
            (b"MQTT", 4) => Version::V311,
            (b"MQTT", 5) => Version::V5,
            _ => return Err(Error::ProtocolVersion),
        };
        let flags = reader.u8()?;
        let has_will = flags & WILL != 0;
        let will_qos = Qos::from_bits((flags >> 3) & 0b11).ok_or(Error::ConnectFlags)?;
        let will_retain = flags & WILL_RETAIN != 0;
        let has_username = flags & USERNAME != 0;
        let has_password = flags & PASSWORD != 0;
        if flags & 1 != 0
            || (!has_will && (will_qos != Qos::AtMostOnce || will_retain))
            || (has_password && !has_username && !version.is_v5())
        {
            return Err(Error::ConnectFlags);
        }
        let keep_alive = reader.u16()?;
        let properties = read_properties(&mut reader, version, Place::Connect)?;
        let has = |pick: fn(&Property<'_>) -> bool| properties.iter().any(|p| pick(&p));
        if has(|p| matches!(p, Property::AuthenticationData(_)))
            && !has(|p| matches!(p, Property::AuthenticationMethod(_)))
        {
            return Err(Error::AuthenticationMethod);
        }
        let client_id = reader.string()?;
        let will = if has_will {
            let properties = read_properties(&mut reader, version, Place::Will)?;
            let topic = reader.string()?;
            if !topic::is_name(topic) {
                return Err(Error::TopicName);
            }
            let payload = reader.binary()?;
            Some(Will { topic, payload, qos: will_qos, retain: will_retain, properties })
        } else {
            None
        };
        let username = if has_username { Some(reader.string()?) } else { None };
        let password = if has_password { Some(reader.binary()?) } else { None };
        reader.finish()?;
        Ok(Self {
            version,
            clean: flags & CLEAN != 0,
            keep_alive,
            client_id,
            will,
            username,
            password,
            properties,
        })
    }

    pub(super) fn encode(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let (name, level) = self.version.name_and_level();
        write_string(out, name)?;
        out.push(level);
        let mut flags = 0;
        if self.clean {
            flags |= CLEAN;
        }
        if let Some(will) = &self.will {
            flags |= WILL | ((will.qos as u8) << 3);
            if will.retain {
                flags |= WILL_RETAIN;
            }
        }
        if self.username.is_some() {
            flags |= USERNAME;
        }
        if self.password.is_some() {
            flags |= PASSWORD;
        }
        out.push(flags);
        write_u16(out, self.keep_alive);
        write_properties(out, self.version, self.properties)?;
        write_string(out, self.client_id)?;
        if let Some(will) = &self.will {
            write_properties(out, self.version, will.properties)?;
            write_string(out, will.topic)?;
            write_binary(out, will.payload)?;
        }
        if let Some(username) = self.username {
            write_string(out, username)?;
        }
        if let Some(password) = self.password {
            write_binary(out, password)?;
        }
        Ok(())
    }
}

/// The server's answer to CONNECT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Connack<'a> {
    /// Whether the server had a session for the client; never in version 3.1.
    pub session_present: bool,
    /// Return codes of version 3 appear as the reasons they stand for.
    pub reason: Reason,
    /// Version 5 only.
    pub properties: Properties<'a>,
}

impl<'a> Connack<'a> {
    pub(super) fn decode(body: &'a [u8], version: Version) -> Result<Self, Error> {
        // A server that does not speak version 5 refuses it in its own version's two bytes.
        if version.is_v5() && body == [0, 1] {
            return Ok(Self {
                session_present: false,
                reason: Reason::UnsupportedProtocolVersion,
                properties: Properties::EMPTY,
            });
        }
        let mut reader = Reader::new(body);
        let flags = reader.u8()?;
        // Version 3.1 leaves the whole byte reserved and says nothing of its value.
        if flags > 1 && version != Version::V31 {
            return Err(Error::ConnackFlags);
        }
        let code = reader.u8()?;
        let reason = if version.is_v5() {
            Reason::from_code(code).filter(|reason| reason.belongs_in(Place::Connack))
        } else {
            Reason::from_return_code(code)
        }
        .ok_or(Error::ReasonCode)?;
        let properties = read_properties(&mut reader, version, Place::Connack)?;
        reader.finish()?;
        let session_present = flags == 1 && version != Version::V31;
        // A refusal never has a session [MQTT-3.2.2-6].
        if session_present && reason.is_error() {
            return Err(Error::ConnackFlags);
        }
        Ok(Self { session_present, reason, properties })
    }

    pub(super) fn encode(&self, version: Version, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        out.push(u8::from(self.session_present && version != Version::V31));
        if version.is_v5() {
            out.push(self.reason.code());
            return self.properties.encode(out);
        }
        out.push(self.reason.return_code().ok_or(EncodeError::NotInVersion)?);
        Ok(())
    }
}

/// Reads properties where the version has them.
pub(super) fn read_properties<'a>(
    reader: &mut Reader<'a>,
    version: Version,
    place: Place,
) -> Result<Properties<'a>, Error> {
    if version.is_v5() { Properties::decode(reader, place) } else { Ok(Properties::EMPTY) }
}

/// Writes properties where the version has them.
pub(super) fn write_properties(
    out: &mut Vec<u8>,
    version: Version,
    properties: Properties<'_>,
) -> Result<(), EncodeError> {
    if version.is_v5() { properties.encode(out) } else { Ok(()) }
}
