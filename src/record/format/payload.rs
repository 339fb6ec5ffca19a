//! Payloads: raw, hexadecimal, or one number of the machine's own format.

use std::io::Write as _;

use super::Unprintable;
use super::field::Field;
use crate::record::Escape;
use crate::text::escape_bytes;

/// Decimals of a double at most; those behind are zeros.
const DECIMALS: usize = 1074;

/// `%p`: a width is also the most that is written.
pub(super) fn write(payload: &[u8], field: &Field, escape: Escape, out: &mut Vec<u8>) {
    let payload = first(payload, field);
    let missing = field.width.saturating_sub(payload.len());
    if !field.left {
        let fill = if field.zero { b'0' } else { b' ' };
        out.resize(out.len().saturating_add(missing), fill);
    }
    match escape {
        Escape::Exact => out.extend_from_slice(payload),
        Escape::Terminal => escape_bytes(payload, out),
    }
    behind(payload.len(), field, out);
}

/// `%x` and `%X`: the width cuts bytes and is filled by digits, and what fills the front counts
/// as digits of the groups.
pub(super) fn write_hex(payload: &[u8], upper: bool, field: &Field, out: &mut Vec<u8>) {
    let payload = first(payload, field);
    let digits = payload.len().saturating_mul(2);
    out.reserve(digits);
    let mut groups = Groups { size: field.precision.unwrap_or(0), filled: 0, field, out };
    if !field.left {
        let fill = if field.zero { b'0' } else { b' ' };
        for _ in 0..field.width.saturating_sub(digits) {
            groups.push(fill);
            groups.separate();
        }
    }
    let last = payload.len().saturating_sub(1);
    for (at, byte) in payload.iter().enumerate() {
        groups.push(digit(byte >> 4, upper));
        groups.separate();
        groups.push(digit(byte & 0x0F, upper));
        if at < last {
            groups.separate();
        }
    }
    let written = if field.width == 0 { payload.len() } else { digits };
    behind(written, field, out);
}

/// As much as the width lets through.
fn first<'a>(payload: &'a [u8], field: &Field) -> &'a [u8] {
    if field.width == 0 { payload } else { payload.get(..field.width).unwrap_or(payload) }
}

/// Spaces behind what is aligned to the left: as many as the width has more than was written,
/// or, as C's `printf` takes a negative width, as many as it has less.
fn behind(written: usize, field: &Field, out: &mut Vec<u8>) {
    if field.left {
        out.resize(out.len().saturating_add(field.width.abs_diff(written)), b' ');
    }
}

const fn digit(nibble: u8, upper: bool) -> u8 {
    match nibble {
        0..=9 => b'0' + nibble,
        _ if upper => b'A' + (nibble & 0x0F) - 10,
        _ => b'a' + (nibble & 0x0F) - 10,
    }
}

/// Hexadecimal digits in groups.
struct Groups<'a> {
    /// Digits of a group; 0 for no groups.
    size: usize,
    /// Digits of the group that is being written.
    filled: usize,
    field: &'a Field,
    out: &'a mut Vec<u8>,
}

impl Groups<'_> {
    fn push(&mut self, digit: u8) {
        self.out.push(digit);
        self.filled = self.filled.saturating_add(1);
    }

    /// Something may follow: ends a full group.
    fn separate(&mut self) {
        if self.filled == self.size {
            self.out.push(self.field.separator);
            self.filled = 0;
        }
    }
}

/// `%f`: four bytes.
pub(super) fn write_float(
    payload: &[u8],
    field: &Field,
    out: &mut Vec<u8>,
) -> Result<(), Unprintable> {
    let bytes = payload.try_into().map_err(|_| Unprintable::NotFloat)?;
    write_decimal(f64::from(f32::from_ne_bytes(bytes)), field, out);
    Ok(())
}

/// `%d`: eight bytes.
pub(super) fn write_double(
    payload: &[u8],
    field: &Field,
    out: &mut Vec<u8>,
) -> Result<(), Unprintable> {
    let bytes = payload.try_into().map_err(|_| Unprintable::NotDouble)?;
    write_decimal(f64::from_ne_bytes(bytes), field, out);
    Ok(())
}

/// As C's `printf` has it.
fn write_decimal(value: f64, field: &Field, out: &mut Vec<u8>) {
    let start = out.len();
    if value.is_sign_negative() {
        out.push(b'-');
    }
    let after_sign = out.len();
    if value.is_nan() {
        out.extend_from_slice(b"nan");
    } else if value.is_infinite() {
        out.extend_from_slice(b"inf");
    } else {
        let decimals = field.precision.unwrap_or(6);
        // Writing to memory cannot fail.
        let _ = write!(out, "{:.*}", decimals.min(DECIMALS), value.abs());
        let zeros = decimals.saturating_sub(DECIMALS);
        out.resize(out.len().saturating_add(zeros), b'0');
    }
    if value.is_finite() && field.fill() == b'0' {
        let width = field.width.saturating_sub(after_sign.saturating_sub(start));
        Field { width, ..*field }.align(after_sign, b'0', out);
    } else {
        field.align(start, b' ', out);
    }
}
