//! Evidence of a log for people and programs that read tables: which records are meant, a row for each, and the
//! manifest that says what the rows are (FORMAT.md, "Export").
//!
//! [`Selection::look`] looks at a line by itself, on any thread; a [`Census`] takes what was seen in the order of the
//! lines. Nothing here judges a seal: rows are evidence only if [`crate::verify`] calls the log intact.

mod columns;
mod csv;
mod invisible;
mod literal;
mod manifest;
mod select;

pub use self::{
    columns::{COLUMNS, Cell, Column, Source},
    csv::{header, row},
    invisible::Invisible,
    manifest::{Completeness, Contents, Facts, WitnessName, manifest},
    select::{Census, Chosen, Looked, Selection, SubjectIds, Tools},
};
