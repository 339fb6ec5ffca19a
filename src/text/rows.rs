//! Tables as one text: a row a line, ` | ` between its cells.
//!
//! A program that may be loaded anywhere has every pointer of its constants written at every
//! start, and a copy made of each page that one lies on. A table of texts costs that whoever reads
//! it; one text costs nothing until somebody does. In the source a `\` lets a row go on below:
//!
//! ```text
//! "\
//! name | what it means
//! other \
//!     | what it means, which takes \
//!     more than a line
//! "
//! ```

/// The rows, each with so many cells. Those that a row leaves out at its end are empty; what is
/// more than there are cells belongs to the last one.
pub fn of<const CELLS: usize>(table: &str) -> impl Iterator<Item = [&str; CELLS]> {
    table.lines().map(|line| {
        let mut cells = line.splitn(CELLS, " | ");
        std::array::from_fn(|_| cells.next().unwrap_or_default())
    })
}

/// What a cell has with `, ` between; an empty one has nothing.
pub fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(", ").filter(|item| !item.is_empty())
}

/// Fails where a row has fewer cells than `least` or more than `CELLS`, has an empty one or blanks
/// that nobody meant, or begins as another does.
#[cfg(test)]
#[track_caller]
pub(crate) fn assert_well_formed<const CELLS: usize>(table: &str, least: usize) {
    assert!(!table.is_empty());
    let mut seen = std::collections::BTreeSet::new();
    for line in table.lines() {
        let cells: Vec<&str> = line.split(" | ").collect();
        assert!((least..=CELLS).contains(&cells.len()), "{} cells: {line:?}", cells.len());
        for cell in &cells {
            let is_written = cell.split(' ').all(|word| !word.is_empty() && word != "|");
            assert!(is_written && !cell.contains('\t'), "{cell:?} in {line:?}");
        }
        assert!(seen.insert(cells.first().copied()), "twice: {line:?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "\
a | first, and \
    more | 1, 2
b \
    | second
";

    #[test]
    fn a_line_is_a_row_and_a_cell_left_out_is_empty() {
        let read: Vec<[&str; 3]> = of(TABLE).collect();
        assert_eq!(read, [["a", "first, and more", "1, 2"], ["b", "second", ""]]);
        let wide: Vec<[&str; 2]> = of(TABLE).collect();
        assert_eq!(wide[0], ["a", "first, and more | 1, 2"]);
        assert_eq!(of::<2>("").count(), 0);
    }

    #[test]
    fn a_cell_is_a_list() {
        assert_eq!(list("1, 2").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(list("a b").collect::<Vec<_>>(), ["a b"]);
        assert_eq!(list("").count(), 0);
    }

    #[test]
    fn a_table_that_is_not_written_as_meant_is_found() {
        assert_well_formed::<3>(TABLE, 2);
        for bad in ["", "a", "a | b\n\nc | d", "a | b\na | c", "a |  b", "a | ", "a | b | c | d"] {
            let found = std::panic::catch_unwind(|| assert_well_formed::<3>(bad, 2));
            assert!(found.is_err(), "{bad:?}");
        }
    }
}
