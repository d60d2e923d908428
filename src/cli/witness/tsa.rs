//! Asks a time stamping authority over the network (RFC 3161, section 3.4).

use std::time::Duration;

use anyhow::{Context, bail, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use sealstone::{
    digest::Digest,
    json::Object,
    system,
    witness::stamp::{Request, Roots},
};
use ureq::http::Uri;

use super::{
    address::without_secrets,
    agent::{Way, agent},
    ask::answer,
};

/// How long an answer may take, from the look-up of the name to its last byte.
const PATIENCE: Duration = Duration::from_secs(20);

/// How many bytes an answer may have.
const MOST_BYTES: u64 = 2 << 20;

/// Asks the authority at `url` for a stamp of `digest`, and returns what a checkpoint keeps of it (`tsa`). It learns
/// the digest, and nothing of what was hashed. With roots, one of them must stand behind it.
///
/// It may be asked over http: what it says is signed.
pub(in crate::cli) fn ask(
    url: &str,
    digest: &Digest,
    roots: Option<&Roots>,
) -> anyhow::Result<Object> {
    let shown = without_secrets(url);
    let way = way(url).with_context(|| format!("{shown:?} is not the address of an authority"))?;
    let request = Request::new(digest, system::nonce()?);
    let asked = || {
        let answered = agent(way, PATIENCE)?
            .post(url)
            .header("Content-Type", "application/timestamp-query")
            .send(&request.to_der())?;
        let (status, bytes) = answer(answered, MOST_BYTES)?;
        ensure!(status == 200, "it answered with status {status}");
        let stamp = request
            .accept(&bytes, roots)
            .context("its answer does not count")?;
        anyhow::Ok((stamp, bytes))
    };
    let (stamp, bytes) = asked().with_context(|| format!("the authority `{shown}`"))?;
    let mut tsa = Object::new();
    tsa.insert("url", shown);
    tsa.insert("digest", digest.to_string());
    tsa.insert("gen_time", stamp.time.to_string());
    tsa.insert("token_b64", BASE64_STANDARD.encode(bytes));
    Ok(tsa)
}

/// Says how an address is reached. Names and passwords are refused: they would go to whoever listens.
fn way(url: &str) -> anyhow::Result<Way> {
    let uri: Uri = url.parse()?;
    let authority = uri.authority().context("it names no host")?;
    ensure!(!authority.host().is_empty(), "it names no host");
    let has_user = authority.as_str().contains('@');
    ensure!(!has_user, "it has the name of a user");
    ensure!(!url.contains('#'), "it has a fragment");
    match uri.scheme_str() {
        Some("https") => Ok(Way::Encrypted),
        Some("http") => Ok(Way::Open),
        _ => bail!("only https is, or http"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_asked_by_http_or_https() {
        for (url, expected) in [
            ("https://tsa.example/tsr", Way::Encrypted),
            ("http://tsa.example", Way::Open),
            ("http://127.0.0.1:8080/tsr?key=x", Way::Open),
        ] {
            assert_eq!(way(url).unwrap(), expected, "{url}");
        }
        for bad in [
            "",
            "tsa.example",
            "ftp://tsa.example",
            "file:///etc/passwd",
            "https://user@tsa.example",
            "https://user:password@tsa.example",
            "https://tsa.example/#a",
            "https://",
            "https://tsa.example/\n",
        ] {
            assert!(way(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_secret_of_an_address_is_in_a_message() {
        for url in [
            "https://user:hunter2@tsa.example/x",
            "ftp://tsa.example/?token=hunter2",
            "https://tsa.example/#hunter2",
        ] {
            let error = ask(url, &Digest::of(b""), None).unwrap_err();
            let error = format!("{error:#}");
            assert!(error.contains("tsa.example"), "{error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
