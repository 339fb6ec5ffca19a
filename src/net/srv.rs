//! Which hosts serve a domain: SRV records (RFC 2782).
//!
//! The system's own lookup knows addresses only, so the name servers are asked here.

mod exchange;
mod order;
#[cfg(test)]
mod tests;

use std::io;
use std::net::SocketAddr;

use simple_dns::rdata::{RData, SRV};
use simple_dns::{Name, Packet, RCODE};

use self::exchange::exchange;
use super::dial::Stage;
use super::{DialError, random};

/// Targets that are tried: a domain has a handful, and an answer may name thousands.
const MOST_TARGETS: usize = 16;

/// Aliases that are followed within an answer.
const MOST_ALIASES: usize = 8;

/// How SRV records are looked up.
#[derive(Debug, Clone, Default)]
pub struct SrvOptions {
    /// The name server to ask, instead of those in `/etc/resolv.conf`.
    pub resolver: Option<SocketAddr>,
}

/// One host that serves the domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) host: String,
    pub(super) port: u16,
}

/// The name under which a domain says who serves MQTT for it.
pub(super) fn service(domain: &str, secure: bool) -> String {
    let service = if secure { "_secure-mqtt" } else { "_mqtt" };
    format!("{service}._tcp.{}", domain.strip_suffix('.').unwrap_or(domain))
}

/// The targets of a service, in the order in which they are to be tried; at least one.
pub(super) async fn look_up(
    service: &str,
    options: &SrvOptions,
    stage: &mut Stage,
) -> Result<Vec<Target>, DialError> {
    *stage = Stage::Lookup(service.to_owned());
    let failed = |source| DialError::Lookup { host: service.to_owned(), source };
    let name = Name::new(service).map_err(|_| failed(io::ErrorKind::InvalidInput.into()))?;
    let answer = exchange(&name, options.resolver).await.map_err(failed)?;
    let packet = Packet::parse(&answer).map_err(|_| failed(io::ErrorKind::InvalidData.into()))?;
    if packet.rcode() == RCODE::NameError {
        return Err(DialError::NoSrv { name: service.to_owned() });
    }
    let records = records(&packet, &name);
    if records.is_empty() {
        return Err(DialError::NoSrv { name: service.to_owned() });
    }
    let mut targets = order::in_order(&records, fastrand::u32);
    // a lone dot says that there is no such service (RFC 2782); an empty name is what it reads as
    targets.retain(|target| !target.host.is_empty() && target.port != 0);
    targets.truncate(MOST_TARGETS);
    if targets.is_empty() {
        return Err(DialError::NotOffered { name: service.to_owned() });
    }
    Ok(targets)
}

/// The records for a name, or for what it is an alias of.
fn records<'p>(packet: &'p Packet<'_>, name: &Name<'_>) -> Vec<&'p SRV<'p>> {
    let mut name = name.clone().into_owned();
    for _ in 0..=MOST_ALIASES {
        let of_name = || packet.answers.iter().filter(|record| record.name == name);
        let found: Vec<_> = of_name()
            .filter_map(|record| match &record.rdata {
                RData::SRV(srv) => Some(srv),
                _ => None,
            })
            .collect();
        let alias = of_name().find_map(|record| match &record.rdata {
            RData::CNAME(alias) => Some(alias.0.clone().into_owned()),
            _ => None,
        });
        match alias {
            Some(alias) if found.is_empty() => name = alias,
            _ => return found,
        }
    }
    Vec::new()
}

/// A number for a query that others cannot guess.
fn query_id() -> io::Result<u16> {
    random::random().map(u16::from_be_bytes)
}
