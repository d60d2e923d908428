//! Why a time stamp does not count.

/// Why a time stamp does not count: the first reason that was found. Texts of the authority have no control
/// characters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StampError {
    /// It uses an algorithm that is not known, or is too weak to count.
    #[error("its {part} is made with the algorithm {oid}, which does not count here")]
    Algorithm {
        /// What is made with it.
        part: &'static str,
        /// The object identifier of the algorithm.
        oid: String,
    },
    /// The signature is not about what is stamped: an attribute that says so is missing, is there twice, or says
    /// something else (RFC 5652, section 5.3).
    #[error("its signed attribute `{0}` is missing, is there twice, or does not fit")]
    Attribute(&'static str),
    /// The certificate that signed is another one than the signature says (RFC 5035).
    #[error("its signature is bound to another certificate")]
    Binding,
    /// The certificates between the authority's and a root do not hold at the time that the token names.
    #[error("the chain of certificates does not hold: {0}")]
    Chain(String),
    /// The authority's certificate had expired at the time that the token names.
    #[error("the authority's certificate had expired at {0}")]
    Expired(String),
    /// It, or its certificate, has an extension that must be understood, and is not.
    #[error("it, or its certificate, has a critical extension that is not known")]
    Extension,
    /// It is about something else.
    #[error("it is about something else: its digest is another one")]
    Imprint,
    /// The authority's certificate is for other signatures than those of time stamps (RFC 5280, section 4.2.1.3).
    #[error("the authority's certificate may not sign: its key usage does not have it")]
    KeyUsage,
    /// A part cannot be read.
    #[error("its {0} cannot be read")]
    Malformed(&'static str),
    /// The certificate that signed is not in it.
    #[error("the certificate that signed it is not in it")]
    NoCertificate,
    /// The nonce of the request is not in it, so it may be the answer to another one.
    #[error("it answers another request: the nonce is not that of this one")]
    Nonce,
    /// The authority's certificate was not valid yet at the time that the token names.
    #[error("the authority's certificate was not valid before {0}")]
    NotYetValid(String),
    /// The authority's certificate is not for time stamps, or not for them alone (RFC 3161, section 2.3).
    #[error("the authority's certificate is not one for time stamps: {0}")]
    Purpose(&'static str),
    /// The authority refused to stamp.
    #[error("the authority refused: {0}")]
    Refused(String),
    /// The signature does not hold.
    #[error("its signature does not hold")]
    Signature,
    /// Nobody signed it, or several did. RFC 3161 wants one (section 2.4.2).
    #[error("it has {0} signatures, where one belongs")]
    Signers(usize),
    /// No root that is trusted has issued the authority's certificate.
    #[error("no root that is trusted stands behind the authority's certificate")]
    Untrusted,
    /// It is a time stamp of another version than 1.
    #[error("it is of a version that is not known")]
    Version,
}
