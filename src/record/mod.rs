//! The record: what one line of a log says, and how it comes about.

pub mod authority;
pub mod build;
pub mod check;
pub mod draft;
pub mod fields;
pub mod id;
pub mod outcome;
pub mod own;
pub mod source;
pub mod tool;
