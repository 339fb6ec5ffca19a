//! Who each of many clients is: the rows of a CSV file; and where they come from.

use std::net::IpAddr;

use super::{Connect, Environment, Error};
use crate::net::Tls;
use crate::secret::Secret;

/// Who one client is; what is not said is as for all.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// The client identifier.
    pub client_id: Option<String>,
    /// Login name.
    pub username: Option<String>,
    /// Login secret.
    pub password: Option<Secret>,
    /// With a certificate of its own.
    pub tls: Option<Tls>,
}

/// What is wrong with such a file; lines and columns of the table count from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {why}")]
pub struct RowError {
    /// The line.
    pub line: usize,
    /// What.
    pub why: String,
}

/// The names that the columns may have.
const COLUMNS: [&str; 5] = ["id", "username", "password", "cert", "key"];

/// The most source addresses that one range names.
const MOST_SOURCES: u32 = 65_536;

/// The rows of a CSV text, whose first line names its columns: id, username, password, cert and
/// key, the last two being files. Certificates are read at once, with all else about TLS from
/// `connect`.
pub fn identities(
    text: &str,
    connect: &Connect,
    environment: Environment<'_>,
) -> Result<Vec<Identity>, RowError> {
    let mut rows = rows(text)?.into_iter();
    let wrong = |line, why: String| RowError { line, why };
    let (_, columns) = rows.next().ok_or_else(|| wrong(1, "there is nothing".to_owned()))?;
    if let Some(unknown) = columns.iter().find(|name| !COLUMNS.contains(&name.as_str())) {
        let known = COLUMNS.join(", ");
        return Err(wrong(1, format!("{unknown:?} is no column: the first line has {known}")));
    }
    let read = |(line, cells): (usize, Vec<String>)| {
        if cells.len() != columns.len() {
            let why = format!("{} cells, and there are {} columns", cells.len(), columns.len());
            return Err(wrong(line, why));
        }
        let cell = |name: &str| {
            let at = columns.iter().position(|column| column == name)?;
            cells.get(at).filter(|cell| !cell.is_empty()).cloned()
        };
        let tls = of_files(cell("cert"), cell("key"), connect, environment);
        Ok(Identity {
            client_id: cell("id"),
            username: cell("username"),
            password: cell("password").map(Secret::new),
            tls: tls.map_err(|error| wrong(line, error.to_string()))?,
        })
    };
    rows.map(read).collect()
}

/// TLS with a certificate of the client's own.
fn of_files(
    certificate: Option<String>,
    key: Option<String>,
    connect: &Connect,
    environment: Environment<'_>,
) -> Result<Option<Tls>, Error> {
    if certificate.is_none() && key.is_none() {
        return Ok(None);
    }
    let mut own = connect.clone();
    own.tls.certificate = certificate.map(Into::into).or(own.tls.certificate);
    own.tls.key = key.map(Into::into).or(own.tls.key);
    Ok(own.resolve(environment)?.settings.server.dial.tls)
}

/// The cells of each line that is not empty, with its number. A cell in quotes may have commas, line
/// ends and doubled quotes in it (RFC 4180).
fn rows(text: &str) -> Result<Vec<(usize, Vec<String>)>, RowError> {
    let (mut rows, mut cells, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut line, mut first, mut in_quotes, mut was_quoted) = (1_usize, 1, false, false);
    let mut letters = text.chars().peekable();
    loop {
        let letter = letters.next();
        match letter {
            Some('"') if in_quotes && letters.peek() == Some(&'"') => {
                letters.next();
                cell.push('"');
            }
            Some('"') if in_quotes => in_quotes = false,
            None if in_quotes => {
                return Err(RowError { line: first, why: "a quote is not closed".to_owned() });
            }
            Some(other) if in_quotes => {
                line = line.saturating_add(usize::from(other == '\n'));
                cell.push(other);
            }
            Some('"') if cell.is_empty() => (in_quotes, was_quoted) = (true, true),
            Some(',') => cells.push(std::mem::take(&mut cell)),
            Some('\r') if letters.peek() == Some(&'\n') => {}
            Some('\n') | None => {
                if !(cells.is_empty() && cell.is_empty() && !was_quoted) {
                    cells.push(std::mem::take(&mut cell));
                    rows.push((first, std::mem::take(&mut cells)));
                }
                if letter.is_none() {
                    return Ok(rows);
                }
                line = line.saturating_add(1);
                (first, was_quoted) = (line, false);
            }
            Some(other) => cell.push(other),
        }
    }
}

/// The addresses of `127.0.0.2`, or of `127.0.0.2..127.0.0.9`.
pub fn sources(text: &str) -> Result<Vec<IpAddr>, &'static str> {
    let wrong = "not an address like 127.0.0.2, or a range like 127.0.0.2..127.0.0.9";
    let one = |text: &str| text.trim().parse::<IpAddr>().map_err(|_| wrong);
    let Some((first, last)) = text.split_once("..") else { return Ok(vec![one(text)?]) };
    let (IpAddr::V4(first), IpAddr::V4(last)) = (one(first)?, one(last)?) else {
        return Err("a range is of IPv4 addresses");
    };
    let (first, last) = (u32::from(first), u32::from(last));
    if first > last || last.saturating_sub(first) >= MOST_SOURCES {
        return Err("a range goes up, and over 65,536 addresses at most");
    }
    Ok((first..=last).map(|address| IpAddr::V4(address.into())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The identifier and the name.
    type Pair = (Option<String>, Option<String>);

    fn read(text: &str) -> Result<Vec<Pair>, String> {
        let read = identities(text, &Connect::default(), &|_| None);
        let pick = |one: Identity| (one.client_id, one.username);
        read.map(|all| all.into_iter().map(pick).collect()).map_err(|error| error.to_string())
    }

    #[test]
    fn rows_are_clients() {
        let text = "id,username,password\r\na,\"x,\"\"y\",p\n\n\"b\nc\",,\n";
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(read(text).unwrap(), [(some("a"), some("x,\"y")), (some("b\nc"), None)]);
        for (text, told) in [
            ("", "line 1: there is nothing"),
            ("id,name\n", "line 1: \"name\" is no column"),
            ("id\na\nb,c\n", "line 3: 2 cells, and there are 1 columns"),
            ("id\n\"a\n", "line 2: a quote is not closed"),
            ("id,cert\na,/nowhere\n", "line 2: "),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(told), "{text}: {error}");
        }
    }

    #[test]
    fn ranges_are_addresses() {
        let count = |text| sources(text).map(|all| all.len());
        assert_eq!((count("127.0.0.2"), count("::1")), (Ok(1), Ok(1)));
        assert_eq!(count("127.0.0.254..127.0.1.1"), Ok(4));
        assert!(count("127.0.0.9..127.0.0.1").is_err());
        assert!(count("10.0.0.0..11.0.0.0").is_err());
        assert!(count("localhost").is_err());
    }
}
