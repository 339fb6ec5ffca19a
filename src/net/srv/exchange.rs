//! A question to name servers, and the answer: UDP, and TCP when it does not fit.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, TYPE, header_buffer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::query_id;

const DNS_PORT: u16 = 53;

/// Name servers that are asked, as resolvers commonly do.
const MOST_SERVERS: usize = 3;

/// How long each server is waited for, the first time; doubled in each round.
const FIRST_WAIT: Duration = Duration::from_secs(1);

/// How often each server is asked.
const ROUNDS: u32 = 4;

/// The largest answer by UDP that is read: what servers send without being asked for more is 512.
const LARGEST_DATAGRAM: usize = 4096;

/// The first answer that a server gives about SRV records of `name`.
pub(super) async fn exchange(name: &Name<'_>, resolver: Option<SocketAddr>) -> io::Result<Vec<u8>> {
    let servers = match resolver {
        Some(server) => vec![server],
        None => configured(&std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default()),
    };
    let mut failure = io::ErrorKind::TimedOut.into();
    for round in 0..ROUNDS {
        for server in &servers {
            match timeout(FIRST_WAIT.saturating_mul(1 << round), ask(name, *server)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => failure = error,
                Err(_) => failure = io::ErrorKind::TimedOut.into(),
            }
        }
        if failure.kind() != io::ErrorKind::TimedOut {
            // who said no at once will say so again
            break;
        }
    }
    Err(failure)
}

/// The servers in `resolv.conf`; without any, the one on this host, as the system does.
fn configured(text: &str) -> Vec<SocketAddr> {
    let servers = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        let address = (words.next() == Some("nameserver")).then(|| words.next()).flatten()?;
        let address: IpAddr = address.parse().ok()?;
        Some(SocketAddr::new(address, DNS_PORT))
    });
    let mut servers: Vec<_> = servers.take(MOST_SERVERS).collect();
    if servers.is_empty() {
        servers.push((Ipv4Addr::LOCALHOST, DNS_PORT).into());
    }
    servers
}

async fn ask(name: &Name<'_>, server: SocketAddr) -> io::Result<Vec<u8>> {
    let id = query_id()?;
    let mut query = Packet::new_query(id);
    query.set_flags(PacketFlag::RECURSION_DESIRED);
    query.questions.push(Question::new(name.clone(), TYPE::SRV.into(), CLASS::IN.into(), false));
    let query = query.build_bytes_vec().map_err(io::Error::other)?;
    let mut answer = by_udp(&query, id, name, server).await?;
    if is_truncated(&answer) {
        answer = by_tcp(&query, server).await?;
        if !is_answer(&answer, id, name) {
            return Err(io::Error::other("the name server answered something else"));
        }
    }
    match header_buffer::rcode(&answer) {
        Ok(RCODE::NoError | RCODE::NameError) => Ok(answer),
        Ok(code) => Err(io::Error::other(format!("the name server answered {code:?}"))),
        Err(_) => Err(io::ErrorKind::InvalidData.into()),
    }
}

/// What is no answer to this query, by whomever it was sent, is passed over.
async fn by_udp(query: &[u8], id: u16, name: &Name<'_>, server: SocketAddr) -> io::Result<Vec<u8>> {
    let any: IpAddr = match server {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).await?;
    // connected, it gets what comes from that server only
    socket.connect(server).await?;
    socket.send(query).await?;
    let mut buffer = vec![0; LARGEST_DATAGRAM];
    loop {
        let size = socket.recv(&mut buffer).await?;
        let answer = buffer.get(..size).unwrap_or_default();
        if is_answer(answer, id, name) {
            return Ok(answer.to_vec());
        }
    }
}

/// The message with its length before it (RFC 1035, 4.2.2).
async fn by_tcp(query: &[u8], server: SocketAddr) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(server).await?;
    let size = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&size.to_be_bytes(), query].concat()).await?;
    let mut answer = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

/// Whether it answers this very question. An answer that is cut may end amid a record.
fn is_answer(bytes: &[u8], id: u16, name: &Name<'_>) -> bool {
    let is_response = header_buffer::has_flags(bytes, PacketFlag::RESPONSE) == Ok(true);
    if header_buffer::id(bytes) != Ok(id) || !is_response {
        return false;
    }
    let asks_it = |packet: &Packet<'_>| {
        packet
            .questions
            .first()
            .is_some_and(|question| question.qname == *name && question.qtype == TYPE::SRV.into())
    };
    is_truncated(bytes) || Packet::parse(bytes).is_ok_and(|packet| asks_it(&packet))
}

fn is_truncated(bytes: &[u8]) -> bool {
    header_buffer::has_flags(bytes, PacketFlag::TRUNCATION) == Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_found_among_other_lines() {
        let text = "# nameserver 1.1.1.1\nsearch example\nnameserver 192.0.2.1\n\
                    nameserver 2001:db8::1 # second\nnameserver what\noptions rotate\n";
        let found: Vec<_> = configured(text).iter().map(ToString::to_string).collect();
        assert_eq!(found, ["192.0.2.1:53", "[2001:db8::1]:53"]);
        assert_eq!(configured("").first().unwrap().to_string(), "127.0.0.1:53");
        assert_eq!(configured(&"nameserver ::1\n".repeat(9)).len(), MOST_SERVERS);
    }
}
