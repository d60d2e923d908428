//! Asks a witness over the network.

use std::{fs, io::Read, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use sealstone::{
    json,
    witness::{self, Checkpoint, Kept},
};
use ureq::{
    Agent, Body, Proxy,
    http::Response,
    tls::{Certificate, PemItem, RootCerts, TlsConfig},
};

use super::{address::Address, key::Key};
use crate::cli::env;

/// How long an answer may take, from the look-up of the name to its last byte.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes an answer may have.
const MOST_BYTES: u64 = 8 << 20;

/// How many characters of a witness's reason are shown.
const MOST_REASON_CHARS: usize = 200;

/// Where systems keep the certificates of those that they trust.
const TRUSTED: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Returns what stands at an address. It is asked once, and nobody else is: an answer that leads
/// elsewhere is none.
pub(super) fn kept(address: &Address, key: Option<&Key>) -> anyhow::Result<Kept> {
    let mut request = agent(address)?.get(address.as_str());
    if let Some(key) = key {
        request = request.header("Authorization", key.bearer());
    }
    let (status, bytes) = answer(request.call()?)?;
    ensure!(
        matches!(status, 200 | 503),
        "it answered with status {status}{}",
        reason(&bytes)
    );
    if status == 200 {
        return witness::of_answer(&bytes).context("its answer is none");
    }
    // One that is damaged may say what is left, and must say what is not.
    let kept = witness::of_answer(&bytes).ok();
    kept.filter(|kept| !kept.damage.is_empty())
        .context("it says that its store is damaged (status 503)")
}

/// Tells a witness of a checkpoint, and returns the one that it says it keeps. What it does not keep is refused: a
/// receipt for something else is none.
pub(super) fn keep(
    address: &Address,
    key: &Key,
    checkpoint: &Checkpoint,
) -> anyhow::Result<Checkpoint> {
    let mut body = String::new();
    json::write(&checkpoint.to_tell().into(), &mut body);
    let request = agent(address)?
        .post(address.as_str())
        .header("Authorization", key.bearer())
        .header("Content-Type", "application/json");
    let (status, bytes) = answer(request.send(body.as_str())?)?;
    ensure!(
        status == 201,
        "refused it with status {status}{}",
        reason(&bytes)
    );
    let receipt = json::read(&bytes).ok().and_then(|document| {
        let receipt = document.value.as_object()?.get("receipt")?;
        Checkpoint::of(receipt).ok()
    });
    let receipt = receipt.context("gave no receipt")?;
    let is_same = receipt.to_tell() == checkpoint.to_tell();
    ensure!(is_same, "gave a receipt for something else");
    Ok(receipt)
}

/// Returns why a witness refused, if it says so.
fn reason(body: &[u8]) -> String {
    let document = json::read(body).ok();
    let said = document.and_then(|document| {
        let object = document.value.as_object()?;
        object.str("error").map(str::to_owned)
    });
    said.map_or_else(String::new, |said| {
        let said: String = said.chars().take(MOST_REASON_CHARS).collect();
        format!(": {said}")
    })
}

/// Returns the status and the body of an answer.
fn answer(response: Response<Body>) -> anyhow::Result<(u16, Vec<u8>)> {
    let status = response.status().as_u16();
    let mut bytes = Vec::new();
    let mut body = response.into_body().into_reader().take(MOST_BYTES + 1);
    body.read_to_end(&mut bytes)?;
    let is_short = bytes.len() as u64 <= MOST_BYTES;
    ensure!(
        is_short,
        "its answer is longer than {} MiB",
        MOST_BYTES >> 20
    );
    Ok((status, bytes))
}

pub(super) fn agent(address: &Address) -> anyhow::Result<Agent> {
    let config = Agent::config_builder()
        .timeout_global(Some(PATIENCE))
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("sealstone/", env!("CARGO_PKG_VERSION")));
    let config = if address.is_encrypted {
        let roots = RootCerts::Specific(Arc::new(trusted()?));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(provider);
        config
            .https_only(true)
            .proxy(Proxy::try_from_env())
            .tls_config(tls.build())
    } else {
        config.proxy(None)
    };
    Ok(config.build().into())
}

/// Returns the certificates of those that this machine trusts, or those in the file that the environment names.
fn trusted() -> anyhow::Result<Vec<Certificate<'static>>> {
    let named = env::SSL_CERT_FILE.get();
    let text = if let Some(path) = &named {
        let name = path.display();
        fs::read(path)
            .with_context(|| format!("cannot read `{name}`, which SSL_CERT_FILE names"))?
    } else {
        let mut files = TRUSTED.iter().filter_map(|path| fs::read(path).ok());
        files
            .next()
            .context("this machine has no list of certificates that it trusts")?
    };
    let items = ureq::tls::parse_pem(&text).filter_map(Result::ok);
    let certificates = items.filter_map(|item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    });
    let certificates: Vec<_> = certificates.collect();
    ensure!(
        !certificates.is_empty(),
        "there is no certificate that this machine trusts"
    );
    Ok(certificates)
}
