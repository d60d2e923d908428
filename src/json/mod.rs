//! JSON as the format reads it: every value a log, a draft or an event can hold.
//!
//! [`read()`] keeps what a verifier must be able to report (duplicate keys, numbers the format does not
//! allow, unpaired surrogates) instead of losing it the way a general parser does; [`write()`] gives the
//! compact ASCII text that is stored. The canonical form that is hashed is [`crate::canon`]'s.
//!
//! There is no streaming, no borrowing and no typed deserialisation here.

mod read;
mod value;
mod write;

pub(crate) use read::push_pointer;
pub use read::{
    Document, Duplicate, MAX_DEPTH, MAX_INTEGER_CHARS, ReadError, ReadErrorKind, is_blank, read,
};
pub use value::{MAX_INTEGER, Number, Object, Text, Value};
pub use write::{to_document, to_line, write};
