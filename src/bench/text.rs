//! Topics and payloads that differ from message to message: a text with placeholders.

use std::io::Write as _;
use std::time::UNIX_EPOCH;

use crate::net::clock;

/// A text with placeholders.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Text {
    parts: Vec<Part>,
    /// How many of them walk.
    walks: usize,
}

/// A part of it.
#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// As it is.
    Plain(Vec<u8>),
    /// The client's number.
    Client,
    /// The message's number among those of its client.
    Sequence,
    /// Milliseconds since 1970.
    Time,
    /// One that nobody else has (version 4).
    Uuid,
    /// So many letters and digits.
    Random(usize),
    /// A whole number from one to another.
    Int(i64, i64),
    /// A number that goes up or down by a step at most each time, within bounds.
    Walk { number: usize, start: f64, step: f64, least: f64, most: f64, digits: usize },
    /// A number around another, with a standard deviation.
    Noise { mean: f64, deviation: f64, digits: usize },
    /// What the ledger goes by.
    Stamp,
}

/// Why a text is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum TextError {
    /// Not a placeholder.
    #[error(
        "{{{0}}} is no placeholder: use client, seq, time, uuid, random:N, int:A:B, \
         walk:START:STEP[:MIN:MAX], noise:MEAN:DEVIATION, or stamp in a payload; {{{{ is a brace"
    )]
    Unknown(String),
    /// Not what it takes.
    #[error("{{{0}}} does not have the form {{{1}}}")]
    Form(String, &'static str),
}

/// The most letters that one placeholder makes.
const LONGEST: usize = 1024 * 1024;

/// The most digits behind the point; more are not told apart by a float.
const MOST_DIGITS: usize = 15;

/// What the placeholders of one message stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts {
    /// The number of the client among those of its kind.
    pub(super) client: u32,
    /// The number of its message.
    pub(super) sequence: u64,
}

/// What is remembered from message to message, and by chance.
#[derive(Debug)]
pub(super) struct Memory {
    random: fastrand::Rng,
    /// Where the walks of each client are.
    walks: Vec<f64>,
}

impl Memory {
    /// Nothing yet.
    pub(super) fn new(seed: u64) -> Self {
        Self { random: fastrand::Rng::with_seed(seed), walks: Vec::new() }
    }
}

impl Text {
    /// Reads a text. A brace that no name follows is a brace, as JSON has them; so are two.
    pub(super) fn parse(text: &str) -> Result<Self, TextError> {
        let (mut parts, mut plain, mut walks) = (Vec::new(), String::new(), 0);
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once('{') {
            plain.push_str(before);
            if let Some(behind) = behind.strip_prefix('{') {
                plain.push('{');
                rest = behind;
                continue;
            }
            let is_named = behind.starts_with(|letter: char| letter.is_ascii_lowercase());
            let Some((inside, behind)) = behind.split_once('}').filter(|_| is_named) else {
                plain.push('{');
                rest = behind;
                continue;
            };
            let part = part(inside, walks)?;
            walks = walks.saturating_add(usize::from(matches!(part, Part::Walk { .. })));
            if !plain.is_empty() {
                parts.push(Part::Plain(std::mem::take(&mut plain).into_bytes()));
            }
            parts.push(part);
            rest = behind;
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Plain(plain.into_bytes()));
        }
        Ok(Self { parts, walks })
    }

    /// Whether it is the same for all messages of one client.
    pub(super) fn is_fixed(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Plain(_) | Part::Client))
    }

    /// Whether it has no placeholder at all.
    pub(super) fn is_plain(&self) -> bool {
        self.parts.iter().all(|part| matches!(part, Part::Plain(_)))
    }

    /// Whether it can be made again, by the numbers of client and message.
    pub(super) fn is_repeatable(&self) -> bool {
        let repeatable =
            |part: &Part| matches!(part, Part::Plain(_) | Part::Client | Part::Sequence);
        self.parts.iter().all(repeatable)
    }

    /// Whether each message of one client has another.
    pub(super) fn has_sequence(&self) -> bool {
        self.parts.contains(&Part::Sequence)
    }

    /// How often the ledger's stamp stands in it.
    pub(super) fn stamps(&self) -> usize {
        self.parts.iter().filter(|part| matches!(part, Part::Stamp)).count()
    }

    /// The filter for all topics that it makes, of one client or, without a number, of all.
    pub(super) fn filter(&self, client: Option<u32>) -> String {
        // A level with something in it that differs is any level.
        const ANY: char = '\u{0}';
        let text: String = self
            .parts
            .iter()
            .map(|part| match (part, client) {
                (Part::Plain(bytes), _) => String::from_utf8_lossy(bytes).into_owned(),
                (Part::Client, Some(client)) => client.to_string(),
                _ => ANY.to_string(),
            })
            .collect();
        let levels = text.split('/').map(|level| if level.contains(ANY) { "+" } else { level });
        levels.collect::<Vec<_>>().join("/")
    }

    /// Makes it for one message. Gives where the stamp is to stand: nothing is written there.
    pub(super) fn write(
        &self,
        facts: Facts,
        memory: &mut Memory,
        out: &mut Vec<u8>,
    ) -> Option<usize> {
        let mut place = None;
        for part in &self.parts {
            // Writing to memory cannot fail.
            let _ = match part {
                Part::Plain(bytes) => out.write_all(bytes),
                Part::Client => write!(out, "{}", facts.client),
                Part::Sequence => write!(out, "{}", facts.sequence),
                Part::Time => {
                    let time = clock::wall().duration_since(UNIX_EPOCH).unwrap_or_default();
                    write!(out, "{}", time.as_millis())
                }
                Part::Uuid => uuid(&mut memory.random, out),
                Part::Random(letters) => {
                    let random = &mut memory.random;
                    out.extend(
                        (0..*letters).filter_map(|_| u8::try_from(random.alphanumeric()).ok()),
                    );
                    Ok(())
                }
                Part::Int(from, to) => write!(out, "{}", memory.random.i64(*from..=*to)),
                Part::Walk { digits, .. } => {
                    write!(out, "{:.digits$}", self.walk(part, facts.client, memory))
                }
                Part::Noise { mean, deviation, digits } => {
                    let number = normal(&mut memory.random).mul_add(*deviation, *mean);
                    write!(out, "{number:.digits$}")
                }
                Part::Stamp => {
                    place = Some(out.len());
                    Ok(())
                }
            };
        }
        place
    }

    fn walk(&self, part: &Part, client: u32, memory: &mut Memory) -> f64 {
        let &Part::Walk { number, start, step, least, most, .. } = part else { return 0.0 };
        let client = usize::try_from(client).unwrap_or(0);
        let at = client.saturating_mul(self.walks).saturating_add(number);
        if memory.walks.len() <= at {
            memory.walks.resize(at.saturating_add(self.walks), f64::NAN);
        }
        let Some(place) = memory.walks.get_mut(at) else { return start };
        *place = if place.is_nan() {
            start
        } else {
            let next = memory.random.f64().mul_add(2.0 * step, *place - step);
            next.clamp(least, most)
        };
        *place
    }
}

/// A version 4 UUID.
fn uuid(random: &mut fastrand::Rng, out: &mut Vec<u8>) -> std::io::Result<()> {
    let bits = random.u128(..);
    let bits = bits & !(0xF << 76) | 4 << 76;
    let bits = bits & !(0b11 << 62) | 0b10 << 62;
    let (head, tail) = (bits >> 64, bits & u128::from(u64::MAX));
    write!(
        out,
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        head >> 32,
        head >> 16 & 0xFFFF,
        head & 0xFFFF,
        tail >> 48,
        tail & 0xFFFF_FFFF_FFFF
    )
}

/// A number around 0 with the standard deviation 1 (Box and Muller 1958).
pub(super) fn normal(random: &mut fastrand::Rng) -> f64 {
    let radius = (-2.0 * libm::log(1.0 - random.f64())).sqrt();
    radius * libm::cos(std::f64::consts::TAU * random.f64())
}

/// What stands between braces.
fn part(inside: &str, number: usize) -> Result<Part, TextError> {
    let (name, values) = inside.split_once(':').map_or((inside, None), |(a, b)| (a, Some(b)));
    let values: Vec<_> = values.map(|values| values.split(':').collect()).unwrap_or_default();
    let form = |form| TextError::Form(inside.to_owned(), form);
    let float = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let floats: Option<Vec<_>> = values.iter().map(|text| float(text)).collect();
    let floats = floats.unwrap_or_default();
    let digits = values.iter().filter_map(|text| Some(text.split_once('.')?.1.len())).max();
    let digits = digits.unwrap_or(0).min(MOST_DIGITS);
    match (name, values.as_slice()) {
        ("client", []) => Ok(Part::Client),
        ("seq", []) => Ok(Part::Sequence),
        ("time", []) => Ok(Part::Time),
        ("uuid", []) => Ok(Part::Uuid),
        ("stamp", []) => Ok(Part::Stamp),
        ("random", [letters]) => {
            let letters = letters.parse().ok().filter(|letters| (1..=LONGEST).contains(letters));
            letters.map(Part::Random).ok_or_else(|| form("random:N"))
        }
        ("int", [from, to]) => match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) if from <= to => Ok(Part::Int(from, to)),
            _ => Err(form("int:A:B")),
        },
        ("noise", _) => match floats.as_slice() {
            &[mean, deviation] if deviation >= 0.0 => Ok(Part::Noise { mean, deviation, digits }),
            _ => Err(form("noise:MEAN:DEVIATION")),
        },
        ("walk", _) => {
            let (start, step, least, most) = match *floats.as_slice() {
                [start, step] => (start, step, f64::MIN, f64::MAX),
                [start, step, least, most] if least <= start && start <= most => {
                    (start, step, least, most)
                }
                _ => return Err(form("walk:START:STEP[:MIN:MAX]")),
            };
            Ok(Part::Walk { number, start, step, least, most, digits })
        }
        ("random" | "int", _) => Err(form(if name == "int" { "int:A:B" } else { "random:N" })),
        _ => Err(TextError::Unknown(inside.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &str, client: u32, messages: u64) -> Vec<String> {
        let (text, mut memory) = (Text::parse(text).unwrap(), Memory::new(1));
        let one = |sequence| {
            let mut out = Vec::new();
            text.write(Facts { client, sequence }, &mut memory, &mut out);
            String::from_utf8(out).unwrap()
        };
        (0..messages).map(one).collect()
    }

    #[test]
    fn placeholders_stand_for_what_they_say() {
        assert_eq!(made("a/{client}/{seq}", 7, 2), ["a/7/0", "a/7/1"]);
        assert_eq!(made(r#"{"a":{"b":{seq}},"c":[{ }]}"#, 0, 1), [r#"{"a":{"b":0},"c":[{ }]}"#]);
        assert_eq!(made("{{seq}", 0, 1), ["{seq}"]);
        assert_eq!(made("{{", 0, 1), ["{"]);
        let uuids = made("{uuid}", 0, 2);
        assert_ne!(uuids[0], uuids[1]);
        let uuid: Vec<_> = uuids[0].split('-').collect();
        assert_eq!(uuid.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(uuid[2].starts_with('4') && "89ab".contains(&uuid[3][..1]), "{uuid:?}");
        assert!(made("{random:16}", 0, 9).iter().all(|text| text.len() == 16));
        let dice: Vec<i64> =
            made("{int:1:6}", 0, 200).iter().map(|text| text.parse().unwrap()).collect();
        assert_eq!((dice.iter().min(), dice.iter().max()), (Some(&1), Some(&6)));
        assert!(made("{time}", 0, 1)[0].parse::<u64>().unwrap() > 1_600_000_000_000);
    }

    #[test]
    fn walks_go_on_where_they_were_and_noise_stays_around() {
        let numbers = |text: &str| -> Vec<f64> {
            made(text, 3, 2_000).iter().map(|text| text.parse().unwrap()).collect()
        };
        let walk = numbers("{walk:20:0.25:19.5:20.5}");
        assert!((walk[0] - 20.0).abs() < 1e-9, "it begins where it is told");
        assert!(walk.windows(2).all(|pair| (pair[0] - pair[1]).abs() <= 0.2601));
        assert!(walk.iter().all(|number| (19.5..=20.5).contains(number)));
        assert!(walk.windows(2).any(|pair| (pair[0] - pair[1]).abs() > 0.01));
        let noise = numbers("{noise:5:2.0}");
        let count = 2_000.0;
        let mean = noise.iter().sum::<f64>() / count;
        let spread = (noise.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / count).sqrt();
        assert!((mean - 5.0).abs() < 0.3 && (spread - 2.0).abs() < 0.2, "{mean} {spread}");
        assert_eq!(made("{walk:1:0.50}", 0, 1), ["1.00"], "as many digits as are given");
    }

    #[test]
    fn filters_are_those_of_the_topics() {
        let filter = |text: &str, client| Text::parse(text).unwrap().filter(client);
        assert_eq!(filter("a/{client}/b", Some(3)), "a/3/b");
        assert_eq!(filter("a/{client}/b", None), "a/+/b");
        assert_eq!(filter("a/x{seq}y/{client}", Some(3)), "a/+/3");
        assert!(Text::parse("a/{client}").unwrap().is_fixed());
        assert!(!Text::parse("a/{seq}").unwrap().is_fixed());
    }

    #[test]
    fn what_is_no_placeholder_is_told_by_its_name() {
        for (text, told) in [
            ("{foo}", "{foo} is no placeholder"),
            ("{random}", "{random} does not have the form {random:N}"),
            ("{random:0}", "{random:N}"),
            ("{int:6:1}", "{int:A:B}"),
            ("{noise:a:b}", "{noise:MEAN:DEVIATION}"),
            ("{noise:1:-1}", "{noise:MEAN:DEVIATION}"),
            ("{walk:1}", "{walk:START:STEP[:MIN:MAX]}"),
            ("{walk:5:1:0:2}", "{walk:START:STEP[:MIN:MAX]}"),
            ("{seq:1}", "{seq:1} is no placeholder"),
        ] {
            let error = Text::parse(text).unwrap_err().to_string();
            assert!(error.contains(told), "{text}: {error}");
        }
    }
}
