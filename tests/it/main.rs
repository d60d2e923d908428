//! Tests of the built binary, as users and other programs meet it.

mod harness;
mod vectors;
