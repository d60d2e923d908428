//! `sealstone witness-serve`: its protocol, what it keeps, and what it survives.

mod client;
mod hostile;
mod load;
mod protocol;
mod server;
mod store;
