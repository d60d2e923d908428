//! What asks over the network.

use std::{fs, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use ureq::{
    Agent, Proxy,
    tls::{Certificate, PemItem, RootCerts, TlsConfig},
};

use crate::cli::env;

/// Where systems keep the certificates of those that they trust.
const TRUSTED: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

/// How somebody is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By https, as the environment's proxy has it.
    Encrypted,
    /// By http, where anybody on the way can listen, as the environment's proxy has it.
    Open,
    /// By http on this machine, without a proxy.
    ThisMachine,
}

/// Returns what asks once, within `patience` from the look-up of the name to the last byte, and follows nobody elsewhere.
pub(super) fn agent(way: Way, patience: Duration) -> anyhow::Result<Agent> {
    let config = Agent::config_builder()
        .timeout_global(Some(patience))
        .max_redirects(0)
        .http_status_as_error(false)
        .user_agent(concat!("sealstone/", env!("CARGO_PKG_VERSION")));
    let config = match way {
        Way::ThisMachine => config.proxy(None),
        Way::Open => config.proxy(Proxy::try_from_env()),
        Way::Encrypted => {
            let roots = RootCerts::Specific(Arc::new(trusted()?));
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let tls = TlsConfig::builder()
                .root_certs(roots)
                .unversioned_rustls_crypto_provider(provider);
            config
                .https_only(true)
                .proxy(Proxy::try_from_env())
                .tls_config(tls.build())
        }
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
