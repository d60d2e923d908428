//! Time stamps (RFC 3161): what to ask an authority, and whether what it answers is a time stamp of a digest.
//!
//! An authority signs that a digest was there at a time, by its clock. [`verify`] looks for all that makes this more
//! than a claim: that the authority granted it, that the token is about the digest, that its signature holds, that it
//! is bound to the certificate in the token, that this certificate was for time stamps and valid at that time, and that
//! a root which the user trusts stands behind it. Without roots, anybody can be the authority.
//!
//! What it does not ask: whether a certificate was revoked, whether the authority's clock was right, and whether its
//! policy suits anybody. Nothing here reads a clock or asks a network.

mod algorithm;
mod answer;
mod attributes;
mod claim;
mod der;
mod error;
mod request;
mod roots;
mod signer;
mod statement;
#[cfg(test)]
mod tests;
mod time;
mod token;

pub(in crate::witness) use self::claim::claimed;
use self::{algorithm::Hash, statement::Statement, token::Token};
pub use self::{
    error::StampError,
    request::Request,
    roots::{Roots, RootsError},
    time::Time,
};
use crate::digest::Digest;

/// What an authority says of a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// When the digest was there, by the authority's clock.
    pub time: Time,
    /// How far off the clock can be, in microseconds, as the authority says; none if it does not.
    pub accuracy_micros: Option<u64>,
    /// The name in the certificate that signed (RFC 4514), without control characters.
    pub authority: String,
    /// The object identifier of the rules under which it stamps.
    pub policy: String,
    /// The number that it gave the stamp, in lowercase hexadecimal digits.
    pub serial: String,
    /// Whether one of the roots stands behind the certificate. If none were given, anybody can have made it.
    pub is_trusted: bool,
}

/// Returns what an authority says of `digest`, if it says so. `der` is its whole answer, or the token in it.
///
/// With roots, one of them must stand behind the certificate that signed. Without, all but that is asked.
///
/// ```
/// use sealstone::{digest::Digest, witness::stamp::{self, Roots, StampError}};
///
/// let answer = include_bytes!("../../../testdata/stamp/answer.tsr");
/// let roots = Roots::of_pem(include_bytes!("../../../testdata/stamp/root.pem"))?;
/// let stamp = stamp::verify(answer, &Digest::of(b"stamped"), Some(&roots))?;
/// assert!(stamp.is_trusted);
/// assert_eq!(stamp.authority, "CN=tsa,O=Tests");
///
/// let other = stamp::verify(answer, &Digest::of(b"something else"), Some(&roots));
/// assert_eq!(other, Err(StampError::Imprint));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// When it is no time stamp of the digest: with the first reason that is found.
pub fn verify(der: &[u8], digest: &Digest, roots: Option<&Roots>) -> Result<Stamp, StampError> {
    read(der, digest, roots).map(|(stamp, _)| stamp)
}

/// The same, with the nonce of the request that was answered.
fn read<'a>(
    der: &'a [u8],
    digest: &Digest,
    roots: Option<&Roots>,
) -> Result<(Stamp, Option<&'a [u8]>), StampError> {
    let token = Token::of(answer::token(der)?)?;
    let statement = Statement::of(token.statement)?;
    statement.is_about(digest)?;
    let hash = Hash::of(token.signature.hash, "hash of the statement")?;
    let bindings = attributes::check(&token, hash)?;
    let certificate = signer::find(&token)?;
    let authority = signer::check(&token, certificate, hash, &bindings, &statement.time)?;
    if let Some(roots) = roots {
        roots.vouch(certificate, &token.certificates, &statement.time)?;
    }
    let digits = statement.serial.iter().map(|byte| format!("{byte:02x}"));
    let stamp = Stamp {
        time: statement.time,
        accuracy_micros: statement.accuracy_micros,
        authority,
        policy: statement.policy.to_string(),
        serial: digits.collect(),
        is_trusted: roots.is_some(),
    };
    Ok((stamp, statement.nonce))
}
