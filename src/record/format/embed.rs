//! JSON in JSON: what a payload says, laid out anew.

use serde_json::value::RawValue;

use crate::record::json::Writer;

/// Objects and arrays in one another at most. JSON that people write has a few; `serde_json`, which
/// looks at it first, goes no deeper either.
const DEEPEST: usize = 128;

/// The payload's own JSON, laid out anew; `None` when it is none, or too deep.
pub(super) fn write(payload: &[u8], json: &mut Writer<'_>) -> Option<()> {
    let payload = payload.strip_prefix("\u{FEFF}".as_bytes()).unwrap_or(payload);
    let valid: &RawValue = serde_json::from_slice(payload).ok()?;
    let mut layout = Layout { open: Vec::new(), expects_key: false, json };
    let mut rest = valid.get();
    while let Some(first) = rest.bytes().next() {
        let len = token_len(rest, first);
        let (token, behind) = rest.split_at_checked(len)?;
        layout.token(first, token)?;
        rest = behind;
    }
    Some(())
}

/// The bytes that belong to the first thing of valid JSON.
fn token_len(text: &str, first: u8) -> usize {
    let bytes = text.as_bytes();
    match first {
        b'"' => {
            let (mut len, mut is_escaped) = (1_usize, false);
            for byte in bytes.iter().skip(1) {
                len = len.saturating_add(1);
                match byte {
                    b'"' if !is_escaped => break,
                    b'\\' => is_escaped = !is_escaped,
                    _ => is_escaped = false,
                }
            }
            len
        }
        b'-' | b'0'..=b'9' | b'a'..=b'z' => {
            let is_part = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
            bytes.iter().take_while(is_part).count()
        }
        _ => 1,
    }
}

/// Valid JSON on its way into a new layout.
struct Layout<'a, 'o> {
    /// What is open, the innermost last; whether it is an object.
    open: Vec<bool>,
    /// The next string is the name of a member.
    expects_key: bool,
    json: &'a mut Writer<'o>,
}

impl Layout<'_, '_> {
    fn token(&mut self, first: u8, token: &str) -> Option<()> {
        match first {
            b'{' => {
                self.open(true)?;
                self.json.open_object();
                self.expects_key = true;
            }
            b'[' => {
                self.open(false)?;
                self.json.open_array();
            }
            b'}' | b']' => {
                self.expects_key = false;
                if self.open.pop()? { self.json.close_object() } else { self.json.close_array() }
            }
            b',' => self.expects_key = self.open.last().copied().unwrap_or_default(),
            b'"' if self.expects_key => {
                self.expects_key = false;
                self.json.begin_key();
                self.string(token);
                self.json.end_key();
            }
            b'"' => {
                self.element();
                self.string(token);
            }
            b'-' | b'0'..=b'9' => {
                self.element();
                write_number(token, self.json);
            }
            b'a'..=b'z' => {
                self.element();
                self.json.raw(token);
            }
            // A colon, or space.
            _ => {}
        }
        Some(())
    }

    fn open(&mut self, is_object: bool) -> Option<()> {
        self.element();
        self.expects_key = false;
        self.open.push(is_object);
        (self.open.len() <= DEEPEST).then_some(())
    }

    /// A value begins.
    fn element(&mut self) {
        if self.open.last() == Some(&false) {
            self.json.element();
        }
    }

    /// A string, its quotes included. Escapes that are needless are resolved; half a character
    /// stays one.
    fn string(&mut self, token: &str) {
        let mut rest = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        self.json.raw("\"");
        while let Some(text) = rest {
            let Some((plain, escape)) = text.split_once('\\') else {
                self.json.part(text);
                break;
            };
            self.json.part(plain);
            rest = self.escape(escape);
        }
        self.json.raw("\"");
    }

    /// What stands behind a backslash; the text behind it.
    fn escape<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let mut characters = text.chars();
        let meant = match characters.next()? {
            'b' => '\u{8}',
            'f' => '\u{C}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode(characters.as_str()),
            same => same,
        };
        self.json.character(meant);
        Some(characters.as_str())
    }

    /// What stands behind `\u`; the text behind it.
    fn unicode<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        let (digits, rest) = text.split_at_checked(4)?;
        let first = u16::from_str_radix(digits, 16).ok()?;
        let second = rest.strip_prefix("\\u").and_then(|rest| rest.split_at_checked(4));
        let second =
            second.and_then(|(digits, rest)| Some((u16::from_str_radix(digits, 16).ok()?, rest)));
        if let Some(character) = char::from_u32(u32::from(first)) {
            self.json.character(character);
            return Some(rest);
        }
        if let Some((second, rest)) = second
            && let Some(Ok(character)) = char::decode_utf16([first, second]).next()
        {
            self.json.character(character);
            return Some(rest);
        }
        self.json.raw("\\u");
        self.json.raw(digits);
        Some(rest)
    }
}

/// Digits that a double always gives back: numbers with no more are written as C's `printf`
/// has them (`%.15g`).
const EXACT_DIGITS: usize = 15;

/// Powers of ten that are far from where doubles end.
const EXACT_POWERS: std::ops::RangeInclusive<i32> = -300..=300;

/// A number. mosquitto writes what a double makes of it; here a number with more digits, or out
/// of a double's range, stays as it came, so that none is another one.
fn write_number(token: &str, json: &mut Writer<'_>) {
    match Decimal::read(token) {
        Some(decimal) => decimal.write(json),
        None => json.raw(token),
    }
}

/// A number in a form that does not depend on how it was written.
struct Decimal {
    negative: bool,
    /// Neither the first nor the last is 0; none for 0.
    digits: String,
    /// The power of ten of the first digit.
    power: i32,
}

impl Decimal {
    /// `None` when it has too many digits or is too large or small.
    fn read(token: &str) -> Option<Self> {
        let magnitude = token.strip_prefix('-').unwrap_or(token);
        let (mantissa, power) = magnitude.split_once(['e', 'E']).unwrap_or((magnitude, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let all = [whole, fraction].concat();
        let digits = all.trim_start_matches('0');
        let leading = i32::try_from(all.len().checked_sub(digits.len())?).ok()?;
        let whole = i32::try_from(whole.len()).ok()?;
        let power: i32 = power.parse().ok()?;
        let power = power.checked_add(whole)?.checked_sub(leading)?.checked_sub(1)?;
        let digits = digits.trim_end_matches('0').to_owned();
        let power = if digits.is_empty() { 0 } else { power };
        let is_exact = digits.len() <= EXACT_DIGITS && EXACT_POWERS.contains(&power);
        is_exact.then_some(Self { negative: magnitude.len() < token.len(), digits, power })
    }

    fn write(&self, json: &mut Writer<'_>) {
        if self.negative {
            json.raw("-");
        }
        let (digits, power) = (self.digits.as_str(), self.power);
        let point = usize::try_from(power).ok().map(|power| power.saturating_add(1));
        match point {
            _ if digits.is_empty() => json.raw("0"),
            Some(point) if point <= EXACT_DIGITS => match digits.split_at_checked(point) {
                Some((whole, "")) => json.raw(whole),
                Some((whole, fraction)) => json.formatted(format_args!("{whole}.{fraction}")),
                None => json.formatted(format_args!("{digits:0<point$}")),
            },
            None if power >= -4 => {
                let zeros = power.unsigned_abs().saturating_sub(1) as usize;
                json.formatted(format_args!("0.{:0<zeros$}{digits}", ""));
            }
            _ => {
                let (first, rest) = digits.split_at_checked(1).unwrap_or((digits, ""));
                let point = if rest.is_empty() { "" } else { "." };
                let sign = if power < 0 { '-' } else { '+' };
                json.formatted(format_args!("{first}{point}{rest}e{sign}{:02}", power.abs()));
            }
        }
    }
}
