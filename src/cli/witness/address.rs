//! Where a witness is asked, and for what.

use std::{fmt::Write as _, net::IpAddr};

use anyhow::{Context, bail, ensure};
use sealstone::{json::Value, witness::Chain};
use ureq::http::{Uri, uri::Authority};

/// The beginning of a witness's addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Address {
    text: String,
    pub(super) is_encrypted: bool,
}

impl Address {
    /// Reads an address: https, or http to this machine, where nobody can listen on the way. Who asks gives no name and
    /// no password, because an address is written down where others read it.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let what = || {
            format!(
                "{:?} is not the address of a witness",
                without_secrets(text)
            )
        };
        ensure!(!text.contains(['?', '#']), "{}: it has a query", what());
        let uri: Uri = text.parse().with_context(what)?;
        let authority = uri.authority().with_context(what)?;
        let has_user = authority.as_str().contains('@');
        ensure!(!has_user, "{}: it has the name of a user", what());
        ensure!(!authority.host().is_empty(), "{}: it names no host", what());
        let is_encrypted = match uri.scheme_str() {
            Some("https") => true,
            Some("http") if is_this_machine(authority) => false,
            Some("http") => bail!("{}: http is for this machine only, use https", what()),
            _ => bail!("{}: only https is, or http for this machine", what()),
        };
        Ok(Self {
            text: text.trim_end_matches('/').to_owned(),
            is_encrypted,
        })
    }

    /// Returns where the checkpoints of a log are.
    pub(super) fn of_log(&self, chain: &Chain) -> anyhow::Result<Self> {
        let (key, value) = match (chain.subject(), chain.root()) {
            (subject, Value::String(root)) if subject.is_empty_like() => ("chain_root", &**root),
            (Value::String(subject), _) => ("subject", &**subject),
            _ => bail!("the log names nothing that a witness could be asked for"),
        };
        Ok(Self {
            text: format!("{}/v1/checkpoints?{key}={}", self.text, encoded(value)),
            ..*self
        })
    }

    /// Returns where a witness is told something.
    pub(super) fn to_tell(&self) -> Self {
        Self {
            text: format!("{}/anchor", self.text),
            ..*self
        }
    }

    pub(super) fn as_str(&self) -> &str {
        &self.text
    }
}

/// Returns an address for a message: names, passwords and queries are left out.
pub(super) fn without_secrets(text: &str) -> String {
    let end = text.find(['?', '#']).unwrap_or(text.len());
    match text[..end].rsplit_once('@') {
        Some((_, place)) => format!("…@{place}"),
        None => text[..end].to_owned(),
    }
}

fn is_this_machine(authority: &Authority) -> bool {
    let host = authority.host();
    let number = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || number.parse().is_ok_and(|ip: IpAddr| ip.is_loopback())
}

/// Returns a text as a value of a query (RFC 3986, section 2).
fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            write!(encoded, "%{byte:02X}").expect("a String takes everything");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use sealstone::witness::Looked;

    use super::*;

    #[test]
    fn no_secret_of_an_address_is_in_a_message() {
        for text in [
            "https://user:hunter2@witness.example/x",
            "https://witness.example/?token=hunter2",
            "https://witness.example/#hunter2",
            "https://a@b:hunter2@witness.example?@hunter2",
        ] {
            let error = format!("{:#}", Address::parse(text).unwrap_err());
            assert!(error.contains("witness.example"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn only_where_nobody_listens_is_asked() {
        for good in [
            "https://witness.example",
            "https://witness.example:8443/base/",
            "HTTPS://witness.example",
            "http://127.0.0.1:8730",
            "http://localhost:8730/",
            "http://[::1]:8730",
        ] {
            assert!(Address::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "witness.example",
            "/path",
            "ftp://127.0.0.1",
            "file:///etc/passwd",
            "http://witness.example",
            "http://localhost.example",
            "http://127.0.0.1.example",
            "http://10.0.0.1",
            "http://[::2]",
            "http://0.0.0.0",
            "https://user@witness.example",
            "https://user:password@witness.example",
            "http://127.0.0.1@witness.example",
            "https://witness.example/?a=b",
            "https://witness.example/#a",
            "https://",
            "https://witness.example/\n",
        ] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_witness_is_asked_for_the_subject_or_else_the_first_record() {
        let of = |line: &str| {
            let mut chain = Chain::default();
            chain.take(Looked::at(line.as_bytes()));
            let address = Address::parse("https://witness.example/base/").unwrap();
            let address = address.of_log(&chain);
            address
                .map(|address| address.text)
                .map_err(|error| error.to_string())
        };
        let base = "https://witness.example/base/v1/checkpoints?";
        let asked = of(r#"{"subject":{"id":"a b/ü&=?#"},"integrity":{"hash":"x"}}"#);
        assert_eq!(
            asked,
            Ok(format!("{base}subject=a%20b%2F%C3%BC%26%3D%3F%23"))
        );
        let asked = of(r#"{"subject":{"id":""},"integrity":{"hash":"00ff"}}"#);
        assert_eq!(asked, Ok(format!("{base}chain_root=00ff")));
        assert!(of(r#"{"subject":{"id":5},"integrity":{"hash":"x"}}"#).is_err());
        assert!(of("{}").is_err());
    }
}
