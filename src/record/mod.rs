//! The record: what one line of a log says.

pub mod check;
pub mod fields;
