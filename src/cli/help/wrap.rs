//! Text in lines of a width.

/// Where what is said of an option begins, beside its names.
const COLUMN: usize = 27;

/// Below so many columns there is no room beside the names.
const NARROW: usize = 60;

/// Where it begins below them.
const BELOW: usize = 6;

/// A text from a column on.
pub(super) fn paragraph(text: &str, indent: usize, width: usize, page: &mut String) {
    let mut column = 0_usize;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column.saturating_add(1).saturating_add(length) > width {
            page.push('\n');
            column = 0;
        }
        let space = if column == 0 { indent } else { 1 };
        page.extend(std::iter::repeat_n(' ', space));
        page.push_str(word);
        column = column.saturating_add(space).saturating_add(length);
    }
    page.push('\n');
}

/// Names, and beside or below them what they mean.
pub(super) fn entry(names: &str, text: &str, width: usize, page: &mut String) {
    if width < NARROW {
        paragraph(names.trim_start(), 2, width, page);
        paragraph(text, BELOW, width, page);
        return;
    }
    let length = names.chars().count();
    page.push_str("  ");
    page.push_str(names);
    let mut body = String::new();
    paragraph(text, COLUMN, width, &mut body);
    if length.saturating_add(4) > COLUMN {
        page.push('\n');
        page.push_str(&body);
    } else {
        page.extend(std::iter::repeat_n(' ', COLUMN.saturating_sub(length).saturating_sub(2)));
        page.push_str(body.trim_start());
    }
}

/// A command line, which is never cut; what it is for, behind two spaces, goes below it where
/// there is no room.
pub(super) fn example(line: &str, width: usize, page: &mut String) {
    let length = line.chars().count().saturating_add(2);
    page.push_str("  ");
    match line.split_once("  ") {
        Some((command, what)) if length > width => {
            page.push_str(command);
            page.push('\n');
            paragraph(what, BELOW, width, page);
        }
        _ => {
            page.push_str(line);
            page.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_go_to_the_next_line_where_there_is_no_room() {
        let mut page = String::new();
        paragraph("one two three  four", 2, 9, &mut page);
        assert_eq!(page, "  one two\n  three\n  four\n");
    }

    #[test]
    fn an_entry_has_its_text_beside_or_below() {
        let written = |names, width| {
            let mut page = String::new();
            entry(names, "what it is", width, &mut page);
            page
        };
        assert_eq!(written("-t, --topic TOPIC", 80), "  -t, --topic TOPIC        what it is\n");
        let wide = "-x, --a-very-long-name VALUE";
        assert_eq!(written(wide, 80), format!("  {wide}\n{:27}what it is\n", ""));
        assert_eq!(written("-t", 40), "  -t\n      what it is\n");
    }
}
