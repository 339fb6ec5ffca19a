//! What stands between `%` and its letter: alignment, width, precision, separator.

/// Wider fields and longer precisions are as wide and long as this, the size of the largest
/// message.
const WIDEST: usize = crate::codec::MAX_REMAINING_LENGTH as usize;

/// `[-][0][width][.precision][separator]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Field {
    /// `-`: what fills the field comes behind, and is spaces.
    pub(super) left: bool,
    /// `0`: zeros fill the field.
    pub(super) zero: bool,
    /// Bytes that are written at least; for `%p` also at most.
    pub(super) width: usize,
    /// Bytes of text at most, decimals, or hexadecimal digits of a group.
    pub(super) precision: Option<usize>,
    /// Between groups of hexadecimal digits.
    pub(super) separator: u8,
}

impl Field {
    /// A letter right behind its `%`.
    pub(super) const PLAIN: Self =
        Self { left: false, zero: false, width: 0, precision: None, separator: b' ' };

    /// The number that one more digit makes of one.
    pub(super) fn with_digit(number: usize, digit: u8) -> usize {
        let digit = usize::from(digit.saturating_sub(b'0'));
        number.saturating_mul(10).saturating_add(digit).min(WIDEST)
    }

    /// What fills a field of digits.
    pub(super) const fn fill(&self) -> u8 {
        if self.zero && !self.left { b'0' } else { b' ' }
    }

    /// As much text as the precision lets through.
    pub(super) fn cut<'a>(&self, text: &'a [u8]) -> &'a [u8] {
        self.precision.and_then(|most| text.get(..most)).unwrap_or(text)
    }

    /// Fills the field up that begins at `start` of `out`.
    pub(super) fn align(&self, start: usize, fill: u8, out: &mut Vec<u8>) {
        let end = out.len();
        let missing = self.width.saturating_sub(end.saturating_sub(start));
        if missing == 0 {
            return;
        }
        out.resize(end.saturating_add(missing), fill);
        if !self.left
            && let Some(field) = out.get_mut(start..)
        {
            field.rotate_right(missing);
        }
    }

    /// Cuts text that was written from `start` on, and fills the field up.
    pub(super) fn cut_and_align(&self, start: usize, out: &mut Vec<u8>) {
        if let Some(most) = self.precision {
            out.truncate(start.saturating_add(most));
        }
        self.align(start, b' ', out);
    }

    /// A field with nothing in it; here zeros fill it even from the left.
    pub(super) fn blank(&self, out: &mut Vec<u8>) {
        let fill = if self.zero { b'0' } else { b' ' };
        out.resize(out.len().saturating_add(self.width), fill);
    }
}
