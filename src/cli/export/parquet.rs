//! A table as a Parquet file (FORMAT.md, "Export"): the columns of the CSV with their types, and each record as JSON.
//!
//! Rows are held until they make a row group, whose size is bounded.

use std::{io, sync::Arc};

use parquet::{
    basic::Compression,
    data_type::{BoolType, ByteArray, ByteArrayType, Int64Type},
    errors::ParquetError,
    file::{
        metadata::KeyValue,
        properties::{EnabledStatistics, WriterProperties},
        writer::{SerializedColumnWriter, SerializedFileWriter},
    },
    schema::{parser::parse_message_type, types::ColumnPath},
};
use sealstone::{
    export::{COLUMNS, Cell, Contents},
    json::Object,
    time::Timestamp,
};

use super::{
    sink::Sink,
    target::{Hashed, Target},
};

/// The most rows of a row group.
const MAX_ROWS: usize = 1 << 16;

/// How many bytes of text make a row group, however few rows they are.
const MAX_BYTES: usize = 32 << 20;

/// Columns in which hardly any text stands twice, so that a dictionary of them is no use.
const UNIQUE: &[&str] = &["hash", "prev_hash", "record", "record_id", "ts"];

/// A Parquet file that is being written.
pub(super) struct Parquet {
    writer: SerializedFileWriter<Hashed>,
    group: Vec<Buffer>,
    rows: usize,
    bytes: usize,
}

/// A cell on its way.
pub(super) enum Value {
    Absent,
    Flag(bool),
    List(Vec<ByteArray>),
    Number(i64),
    Text(ByteArray),
}

/// A column's cells of one row group, as the format takes them: values that are there, and how deep each cell is.
enum Buffer {
    Flags(Vec<bool>, Vec<i16>),
    /// With the levels at which lists begin.
    Lists(Vec<ByteArray>, Vec<i16>, Vec<i16>),
    Numbers(Vec<i64>, Vec<i16>),
    Texts(Vec<ByteArray>, Vec<i16>),
}

/// The columns as the format declares them. Where a column is not there in a record, its cell is null.
fn schema() -> String {
    let mut schema = "message evidence {\n".to_owned();
    for column in COLUMNS {
        let name = column.name;
        let declared = if column.is_list() {
            format!(
                "optional group {name} (LIST) {{ repeated group list {{ required binary element (STRING); }} }}"
            )
        } else if column.is_flag() {
            format!("optional boolean {name};")
        } else {
            format!("optional binary {name} (STRING);")
        };
        schema.extend([&declared, "\n"]);
    }
    schema
        + "optional int64 ts_utc (TIMESTAMP(MICROS,true));\noptional int64 record_number;\noptional binary record (STRING);\n}"
}

impl Parquet {
    pub(super) fn of(target: &Target) -> io::Result<Self> {
        let schema = parse_message_type(&schema()).map_err(failed)?;
        let mut properties = WriterProperties::builder()
            .set_created_by(concat!("sealstone ", env!("CARGO_PKG_VERSION")).to_owned())
            .set_compression(Compression::SNAPPY)
            .set_column_statistics_enabled(ColumnPath::from("record"), EnabledStatistics::None);
        for name in UNIQUE {
            properties = properties.set_column_dictionary_enabled(ColumnPath::from(*name), false);
        }
        let file = Hashed::new(target.file()?);
        let properties = Arc::new(properties.build());
        Ok(Self {
            writer: SerializedFileWriter::new(file, Arc::new(schema), properties)
                .map_err(failed)?,
            group: Buffer::all(),
            rows: 0,
            bytes: 0,
        })
    }

    fn push(&mut self, row: Vec<Value>) {
        for (buffer, value) in self.group.iter_mut().zip(row) {
            self.bytes += buffer.push(value);
        }
        self.rows += 1;
    }

    fn flush(&mut self) -> Result<(), ParquetError> {
        let mut group = self.writer.next_row_group()?;
        for buffer in std::mem::replace(&mut self.group, Buffer::all()) {
            let mut column = group.next_column()?.expect("there is one for each buffer");
            buffer.write(&mut column)?;
            column.close()?;
        }
        group.close()?;
        (self.rows, self.bytes) = (0, 0);
        Ok(())
    }
}

impl Sink for Parquet {
    type Row = Vec<Value>;

    fn row(record: &Object) -> Vec<Value> {
        let ts = record.str("ts").and_then(Timestamp::parse);
        let micros = ts.and_then(|ts| i64::try_from(ts.unix_nanos().div_euclid(1000)).ok());
        let cells = COLUMNS.iter().map(|column| column.cell(record).into());
        let micros = micros.map_or(Value::Absent, Value::Number);
        cells.chain([micros]).collect()
    }

    fn put(&mut self, number: u64, mut row: Vec<Value>, line: &[u8]) -> io::Result<()> {
        row.push(Value::Number(i64::try_from(number).unwrap_or(i64::MAX)));
        row.push(Value::Text(line.to_owned().into()));
        self.push(row);
        if self.rows >= MAX_ROWS || self.bytes >= MAX_BYTES {
            self.flush().map_err(failed)?;
        }
        Ok(())
    }

    fn finish(mut self) -> io::Result<Contents> {
        if self.rows > 0 {
            self.flush().map_err(failed)?;
        }
        let documented = KeyValue::new("sealstone.export".to_owned(), "1".to_owned());
        self.writer.append_key_value_metadata(documented);
        let file = self.writer.into_inner().map_err(failed)?;
        Ok(Contents::Parquet(file.finish()?.1))
    }
}

impl From<Cell<'_>> for Value {
    fn from(cell: Cell<'_>) -> Self {
        let bytes = |text: &str| ByteArray::from(text.as_bytes().to_vec());
        match cell {
            Cell::Absent => Self::Absent,
            Cell::Flag(flag) => Self::Flag(flag),
            Cell::List(texts) => Self::List(texts.into_iter().map(bytes).collect()),
            Cell::Summary(text) => Self::Text(bytes(text)),
            Cell::Text(text) => Self::Text(bytes(&text)),
        }
    }
}

impl Buffer {
    /// Returns one for each column.
    fn all() -> Vec<Self> {
        let texts = || Self::Texts(Vec::new(), Vec::new());
        let numbers = || Self::Numbers(Vec::new(), Vec::new());
        let columns = COLUMNS.iter().map(|column| {
            if column.is_list() {
                Self::Lists(Vec::new(), Vec::new(), Vec::new())
            } else if column.is_flag() {
                Self::Flags(Vec::new(), Vec::new())
            } else {
                texts()
            }
        });
        columns.chain([numbers(), numbers(), texts()]).collect()
    }

    /// Takes the next cell, null if it is not of the column's type, and returns how many bytes of text it holds.
    fn push(&mut self, value: Value) -> usize {
        match (self, value) {
            (Self::Flags(flags, levels), Value::Flag(flag)) => {
                flags.push(flag);
                levels.push(1);
                1
            }
            (Self::Numbers(numbers, levels), Value::Number(number)) => {
                numbers.push(number);
                levels.push(1);
                8
            }
            (Self::Texts(texts, levels), Value::Text(text)) => {
                let bytes = text.len();
                texts.push(text);
                levels.push(1);
                bytes
            }
            (Self::Lists(texts, levels, begins), Value::List(items)) => {
                let bytes = items.iter().map(ByteArray::len).sum();
                begins.extend((0..items.len()).map(|at| i16::from(at > 0)));
                levels.extend(items.iter().map(|_| 2));
                texts.extend(items);
                bytes
            }
            (Self::Lists(_, levels, begins), _) => {
                levels.push(0);
                begins.push(0);
                0
            }
            (Self::Flags(_, levels) | Self::Numbers(_, levels) | Self::Texts(_, levels), _) => {
                levels.push(0);
                0
            }
        }
    }

    fn write(&self, column: &mut SerializedColumnWriter<'_>) -> Result<(), ParquetError> {
        match self {
            Self::Flags(flags, levels) => {
                column
                    .typed::<BoolType>()
                    .write_batch(flags, Some(levels), None)
            }
            Self::Lists(texts, levels, begins) => {
                let column = column.typed::<ByteArrayType>();
                column.write_batch(texts, Some(levels), Some(begins))
            }
            Self::Numbers(numbers, levels) => {
                column
                    .typed::<Int64Type>()
                    .write_batch(numbers, Some(levels), None)
            }
            Self::Texts(texts, levels) => {
                column
                    .typed::<ByteArrayType>()
                    .write_batch(texts, Some(levels), None)
            }
        }?;
        Ok(())
    }
}

fn failed(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => io::Error::other(error),
        error => io::Error::other(error),
    }
}
