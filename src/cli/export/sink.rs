//! What records are written to: a row is made on any thread, and put in its place on one.

use std::io::{self, Write};

use sealstone::{
    export::{self, Contents},
    json::Object,
};

use super::target::{Hashed, Target};

/// A form of the evidence.
pub(super) trait Sink: Sized {
    /// What is made of a record.
    type Row: Send;

    /// Makes a row of a record, on any thread.
    fn row(record: &Object) -> Self::Row;

    /// Writes the next row: of the record with this number in the log, and the line that it was made of.
    fn put(&mut self, number: u64, row: Self::Row, line: &[u8]) -> io::Result<()>;

    /// Writes what is left and says what all of it is.
    fn finish(self) -> io::Result<Contents>;
}

/// A table as text.
pub(super) struct Csv(Hashed);

impl Csv {
    pub(super) fn new(file: std::fs::File) -> io::Result<Self> {
        let mut to = Hashed::new(file);
        to.write_all(export::header().as_bytes())?;
        Ok(Self(to))
    }

    pub(super) fn of(target: &Target) -> io::Result<Self> {
        Self::new(target.file()?)
    }
}

impl Sink for Csv {
    type Row = String;

    fn row(record: &Object) -> String {
        export::row(record)
    }

    fn put(&mut self, _number: u64, row: String, _line: &[u8]) -> io::Result<()> {
        self.0.write_all(row.as_bytes())
    }

    fn finish(self) -> io::Result<Contents> {
        Ok(Contents::Csv(self.0.finish()?.1))
    }
}

/// The records as they stand in the log.
pub(super) struct Lines(Hashed);

impl Lines {
    pub(super) fn new(file: std::fs::File) -> Self {
        Self(Hashed::new(file))
    }

    pub(super) fn of(target: &Target) -> io::Result<Self> {
        Ok(Self::new(target.file()?))
    }
}

impl Sink for Lines {
    type Row = ();

    fn row(_record: &Object) {}

    fn put(&mut self, _number: u64, (): (), line: &[u8]) -> io::Result<()> {
        self.0.write_all(line)?;
        self.0.write_all(b"\n")
    }

    fn finish(self) -> io::Result<Contents> {
        Ok(Contents::Lines(self.0.finish()?.1))
    }
}
