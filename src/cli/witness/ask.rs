//! Asks a witness over the network.

use std::{fs, io::Read, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use sealstone::witness::{self, Checkpoint};
use ureq::{
    Agent, Proxy,
    tls::{Certificate, PemItem, RootCerts, TlsConfig},
};

use super::address::Address;
use crate::cli::env;

/// How long an answer may take, from the look-up of the name to its last byte.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes an answer may have.
const MOST_BYTES: u64 = 8 << 20;

/// Where systems keep the certificates of those that they trust.
const TRUSTED: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// Returns the checkpoints that stand at an address. It is asked once, and nobody else is: an answer that leads
/// elsewhere is none.
pub(super) fn checkpoints(address: &Address) -> anyhow::Result<Vec<Checkpoint>> {
    let response = agent(address)?.get(address.as_str()).call()?;
    let status = response.status().as_u16();
    ensure!(
        status != 503,
        "it says that its store is damaged (status 503)"
    );
    ensure!(status == 200, "it answered with status {status}");
    let mut bytes = Vec::new();
    let mut body = response.into_body().into_reader().take(MOST_BYTES + 1);
    body.read_to_end(&mut bytes)?;
    let is_short = bytes.len() as u64 <= MOST_BYTES;
    ensure!(
        is_short,
        "its answer is longer than {} MiB",
        MOST_BYTES >> 20
    );
    witness::of_answer(&bytes).context("its answer is none")
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
