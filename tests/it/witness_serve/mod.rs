//! `sealstone witness-serve`: its protocol, what it keeps, and what it survives.

mod c2sp;
mod client;
mod dishonest;
mod hostile;
mod load;
mod protocol;
mod server;
mod store;
