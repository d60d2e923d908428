//! Answers that are made by hand, so that one thing in them can be wrong while every signature holds.

use der::{Encode, asn1::ObjectIdentifier};
use sealstone::digest::Digest;

use super::authority::Authority;

pub(super) const STATEMENT: &str = "1.2.840.113549.1.9.16.1.4";
pub(super) const SHA_1: &str = "1.3.14.3.2.26";
pub(super) const SHA_256: &str = "2.16.840.1.101.3.4.2.1";
pub(super) const SHA_512: &str = "2.16.840.1.101.3.4.2.3";
pub(super) const ECDSA_SHA_256: &str = "1.2.840.10045.4.3.2";

/// An answer to be.
#[derive(Clone)]
pub(super) struct Forgery<'a> {
    pub(super) authority: &'a Authority,
    /// Whose certificate it names.
    pub(super) signer: &'a str,
    /// Whose key signs.
    pub(super) key: &'a str,
    pub(super) certificates: Vec<&'a str>,
    pub(super) version: u8,
    pub(super) imprint_algorithm: &'a str,
    pub(super) imprint: Vec<u8>,
    pub(super) time: &'a str,
    /// What stands behind the time.
    pub(super) more: Vec<u8>,
    pub(super) content_type: &'a str,
    pub(super) content_type_attribute: &'a str,
    /// What hashes the statement.
    pub(super) hash: &'a str,
    pub(super) message_digest: Option<Vec<u8>>,
    pub(super) binding: Binding<'a>,
    /// Attributes that are signed as well.
    pub(super) attributes: Vec<Vec<u8>>,
    /// The identifier of the signature's algorithm, with its parameters.
    pub(super) algorithm: Vec<u8>,
    /// How `openssl` makes the signature; without a hash, over the message itself.
    pub(super) sign: &'a [&'a str],
    pub(super) signatures: usize,
    /// Whether the signature names the key instead of the certificate.
    pub(super) by_key: bool,
}

/// How the certificate is bound to the signature.
#[derive(Clone, Copy)]
pub(super) enum Binding<'a> {
    /// By SHA-1, of this certificate.
    Old(&'a str),
    /// By SHA-256, of this certificate.
    New(&'a str),
    /// By SHA-256 of the signer's, and the issuer and number of this one.
    NewWithSerial(&'a str),
    /// By an algorithm that does not count.
    Weak,
    /// Not at all.
    Nothing,
}

impl<'a> Forgery<'a> {
    /// Nothing is wrong with this one.
    pub(super) fn of(authority: &'a Authority, signer: &'a str, digest: &Digest) -> Self {
        Self {
            authority,
            signer,
            key: signer,
            certificates: vec![signer],
            version: 1,
            imprint_algorithm: SHA_256,
            imprint: digest.as_bytes().to_vec(),
            time: "20260102030405.123Z",
            more: Vec::new(),
            content_type: STATEMENT,
            content_type_attribute: STATEMENT,
            hash: SHA_256,
            message_digest: None,
            binding: Binding::New(signer),
            attributes: Vec::new(),
            algorithm: sequence(&[&oid(ECDSA_SHA_256)]),
            sign: &["dgst", "-sha256", "-sign"],
            signatures: 1,
            by_key: false,
        }
    }

    pub(super) fn make(&self) -> Vec<u8> {
        let status = sequence(&[&[2, 1, 0]]);
        sequence(&[&status, &self.token()])
    }

    pub(super) fn token(&self) -> Vec<u8> {
        let statement = self.statement();
        let certificates: Vec<u8> = self
            .certificates
            .iter()
            .flat_map(|name| self.authority.der(name))
            .collect();
        let hash = sequence(&[&oid(self.hash), &[5, 0]]);
        let content = element(0xA0, &[&element(0x04, &[&statement])]);
        let signed = sequence(&[
            &[2, 1, 3],
            &element(0x31, &[&hash]),
            &sequence(&[&oid(self.content_type), &content]),
            &element(0xA0, &[&certificates]),
            &element(0x31, &[&self.signature(&statement).repeat(self.signatures)]),
        ]);
        sequence(&[&oid("1.2.840.113549.1.7.2"), &element(0xA0, &[&signed])])
    }

    fn statement(&self) -> Vec<u8> {
        let imprint = sequence(&[
            &sequence(&[&oid(self.imprint_algorithm), &[5, 0]]),
            &element(0x04, &[&self.imprint]),
        ]);
        let time = element(0x18, &[self.time.as_bytes()]);
        sequence(&[
            &[2, 1, self.version],
            &oid("1.3.6.1.4.1.5.6.7"),
            &imprint,
            &[2, 2, 0x12, 0x34],
            &time,
            &self.more,
        ])
    }

    fn signature(&self, statement: &[u8]) -> Vec<u8> {
        let attributes = self.signed_attributes(statement);
        let value = self.sign(&element(0x31, &[&attributes]));
        let certificate = self.authority.certificate(self.signer);
        let certificate = certificate.tbs_certificate();
        let (issuer, serial) = (
            certificate.issuer().to_der().unwrap(),
            certificate.serial_number().to_der().unwrap(),
        );
        let signer = if self.by_key {
            let mut extensions = certificate.extensions().unwrap().iter();
            let key = extensions.find(|one| one.extn_id.to_string() == "2.5.29.14");
            let key = key.unwrap().extn_value.as_bytes();
            element(0x80, &[&key[2..]])
        } else {
            sequence(&[&issuer, &serial])
        };
        sequence(&[
            &[2, 1, 1],
            &signer,
            &sequence(&[&oid(self.hash), &[5, 0]]),
            &element(0xA0, &[&attributes]),
            &self.algorithm,
            &element(0x04, &[&value]),
        ])
    }

    fn signed_attributes(&self, statement: &[u8]) -> Vec<u8> {
        let digest = self
            .message_digest
            .clone()
            .unwrap_or_else(|| match self.hash {
                SHA_256 => Digest::of(statement).as_bytes().to_vec(),
                SHA_512 => self.hashed("-sha512", statement),
                _ => self.hashed("-sha1", statement),
            });
        let mut attributes = vec![
            attribute("1.2.840.113549.1.9.3", &oid(self.content_type_attribute)),
            attribute("1.2.840.113549.1.9.4", &element(0x04, &[&digest])),
        ];
        attributes.extend(self.binding());
        attributes.extend(self.attributes.iter().cloned());
        attributes.sort();
        attributes.concat()
    }

    fn binding(&self) -> Option<Vec<u8>> {
        let new = |parts: &[&[u8]]| {
            let name = sequence(&[&sequence(&[&sequence(parts)])]);
            Some(attribute("1.2.840.113549.1.9.16.2.47", &name))
        };
        let digest = |name| Digest::of(&self.authority.der(name));
        match self.binding {
            Binding::Old(name) => {
                let hash = element(0x04, &[&self.hashed("-sha1", &self.authority.der(name))]);
                let name = sequence(&[&sequence(&[&sequence(&[&hash])])]);
                Some(attribute("1.2.840.113549.1.9.16.2.12", &name))
            }
            Binding::New(name) => new(&[&element(0x04, &[digest(name).as_bytes()])]),
            Binding::NewWithSerial(other) => {
                let certificate = self.authority.certificate(other);
                let certificate = certificate.tbs_certificate();
                let issuer = certificate.issuer().to_der().unwrap();
                let serial = certificate.serial_number().to_der().unwrap();
                let issuer = sequence(&[&element(0xA4, &[&issuer])]);
                new(&[
                    &element(0x04, &[digest(self.signer).as_bytes()]),
                    &sequence(&[&issuer, &serial]),
                ])
            }
            Binding::Weak => {
                let hash = self.hashed("-sha1", &self.authority.der(self.signer));
                new(&[&sequence(&[&oid(SHA_1)]), &element(0x04, &[&hash])])
            }
            Binding::Nothing => None,
        }
    }

    fn hashed(&self, algorithm: &str, bytes: &[u8]) -> Vec<u8> {
        self.authority.sandbox.write("hashed", bytes);
        self.authority
            .openssl(&["dgst", algorithm, "-binary", "hashed"])
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.authority.sandbox.write("message", message);
        let key = format!("{}.key", self.key);
        let file = if self.sign[0] == "pkeyutl" {
            &["-in", "message"][..]
        } else {
            &["message"]
        };
        self.authority.openssl(&[self.sign, &[&key], file].concat())
    }
}

/// An element of DER.
pub(super) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let length = content.len();
    let length = match u8::try_from(length) {
        Ok(short @ 0..=0x7F) => vec![short],
        Ok(length) => vec![0x81, length],
        Err(_) => [&[0x82], &u16::try_from(length).unwrap().to_be_bytes()[..]].concat(),
    };
    [&[tag], &length[..], &content].concat()
}

pub(super) fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    element(0x30, parts)
}

pub(super) fn oid(text: &str) -> Vec<u8> {
    element(0x06, &[ObjectIdentifier::new_unwrap(text).as_bytes()])
}

/// A signed attribute with one value.
pub(super) fn attribute(name: &str, value: &[u8]) -> Vec<u8> {
    sequence(&[&oid(name), &element(0x31, &[value])])
}
