//! What somebody may have meant.

/// How many letters are to be added, dropped, changed or swapped with the next one to make one word of
/// another; no letter is touched twice.
pub fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    // The row above that one, and the letter that it ended with.
    let (mut before, mut last): (Vec<usize>, Option<char>) = (Vec::new(), None);
    for (done, letter) in one.chars().enumerate() {
        let mut left = done.saturating_add(1);
        let mut diagonal = done;
        let mut next = Vec::with_capacity(row.len());
        next.push(left);
        let mut passed = None;
        for (at, (wanted, above)) in other.iter().zip(row.iter().skip(1)).enumerate() {
            let changed = diagonal.saturating_add(usize::from(letter != *wanted));
            diagonal = *above;
            left = changed.min(left.saturating_add(1)).min(above.saturating_add(1));
            if passed == Some(letter)
                && last == Some(*wanted)
                && let Some(corner) = at.checked_sub(1).and_then(|at| before.get(at))
            {
                left = left.min(corner.saturating_add(1));
            }
            passed = Some(*wanted);
            next.push(left);
        }
        (before, row, last) = (row, next, Some(letter));
    }
    row.last().copied().unwrap_or_default()
}

/// The word that was probably meant: with no more than a third of its letters otherwise, and no
/// more than two. What was given is not what was meant.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known = known.into_iter().filter(|known| !known.is_empty() && *known != word);
    let word = word.to_lowercase();
    let away = |known: &'a str| (distance(&word, known), known);
    let is_near = |(away, known): &(usize, &str)| {
        *away <= 2 && away.saturating_mul(3) <= known.chars().count()
    };
    known.map(away).filter(is_near).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_near() {
        assert_eq!(distance("pub", "pub"), 0);
        assert_eq!(distance("pbu", "pub"), 1);
        assert_eq!(distance("bpu", "pub"), 2);
        assert_eq!(distance("sbucsribe", "subscribe"), 2);
        assert_eq!(distance("abc", "ca"), 3);
        assert_eq!(distance("brokr", "broker"), 1);
        assert_eq!(distance("", "sub"), 3);
    }

    #[test]
    fn a_word_is_meant_where_most_of_it_is_there() {
        let known = ["always", "new", "never", "0", "1"];
        for (word, meant) in [
            ("nver", Some("never")),
            ("NEW", Some("new")),
            ("alwyas", Some("always")),
            ("5", None),
            ("x", None),
            ("", None),
            ("sometimes", None),
            ("0", None),
            ("new", None),
        ] {
            assert_eq!(nearest(word, known), meant, "{word}");
        }
        assert_eq!(nearest("", [""]), None);
    }
}
