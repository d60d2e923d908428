//! The table as RFC 4180 text: commas, quotes where they are needed, lines that end with CR and LF.
//!
//! A cell that a spreadsheet would take for a formula gets an apostrophe in front, ids and hashes too.

use std::borrow::Cow;

use super::{
    columns::{COLUMNS, Cell},
    literal,
};
use crate::json::Object;

/// Returns the line of the columns' names.
pub fn header() -> String {
    let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
    names.join(",") + "\r\n"
}

/// Returns the line of a record.
pub fn row(record: &Object) -> String {
    let mut row = String::with_capacity(1024);
    for (index, column) in COLUMNS.iter().enumerate() {
        if index > 0 {
            row.push(',');
        }
        push(&shown(&column.cell(record)), &mut row);
    }
    row.push_str("\r\n");
    row
}

fn shown<'a>(cell: &'a Cell<'a>) -> Cow<'a, str> {
    match cell {
        Cell::Absent => "".into(),
        Cell::Flag(true) => "true".into(),
        Cell::Flag(false) => "false".into(),
        Cell::List(texts) => texts.join("; ").into(),
        Cell::Summary(text) => literal::readable(text).map_or(Cow::Borrowed(*text), Cow::Owned),
        Cell::Text(text) => Cow::Borrowed(text),
    }
}

fn push(cell: &str, row: &mut String) {
    let guard = if could_be_formula(cell) { "'" } else { "" };
    if cell.contains([',', '"', '\r', '\n']) {
        row.push('"');
        row.push_str(guard);
        row.push_str(&cell.replace('"', "\"\""));
        row.push('"');
    } else {
        row.push_str(guard);
        row.push_str(cell);
    }
}

/// Whether a spreadsheet could calculate what is meant to be read.
fn could_be_formula(cell: &str) -> bool {
    let begins = |text: &str| text.starts_with(['=', '+', '-', '@']);
    let is_control = |c: char| c < ' ' || c == '\u{7F}';
    cell.starts_with(is_control) || begins(cell) || begins(trimmed_start(cell))
}

fn trimmed_start(text: &str) -> &str {
    text.trim_start_matches(literal::is_space)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_formula_is_guarded() {
        let guarded = [
            "=a",
            " =a",
            "\t=",
            "\ta",
            "\u{7F}a",
            "\u{A0}=a",
            "\u{3000}@x",
            "-1",
            "+",
            "\u{1F}",
            "\u{1C}=a",
            "\r\n=x",
            "\u{2028}=x",
            "\u{85}=a",
            "  -x",
        ];
        let plain = [
            "",
            "a=",
            "\u{80}=",
            "'",
            "\u{FEFF}=a",
            "\u{200B}=a",
            "  ",
            " \t",
            "＝a",
            "|x",
            "\u{85}",
            " \u{1}a",
            "a\n=b",
        ];
        for cell in guarded {
            assert!(could_be_formula(cell), "{cell:?}");
        }
        for cell in plain {
            assert!(!could_be_formula(cell), "{cell:?}");
        }
    }

    #[test]
    fn cells_are_quoted_where_they_must_be() {
        for (cell, expected) in [
            ("a b;'", "a b;'"),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("a\rb", "\"a\rb\""),
            ("=\"1,2\"", "\"'=\"\"1,2\"\"\""),
            ("a\u{2028}\0b", "a\u{2028}\0b"),
        ] {
            let mut row = String::new();
            push(cell, &mut row);
            assert_eq!(row, expected);
        }
    }

    #[test]
    fn a_row_has_a_cell_for_each_column() {
        let record = Object::new();
        assert_eq!(
            row(&record),
            format!("{}\r\n", ",".repeat(COLUMNS.len() - 1))
        );
        assert_eq!(header().matches(',').count(), COLUMNS.len() - 1);
    }
}
