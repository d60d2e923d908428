//! A time stamping authority of `openssl`: certificates as they are asked for, and answers to requests.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use der::Decode;
use x509_cert::Certificate;

use crate::harness::{Sandbox, skip};

/// What a certificate for time stamps has.
pub(super) const STAMPS: &str = "basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=critical,timeStamping\n";
const ISSUES: &str = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n";

const CONFIG: &str = "
[ca]
default_ca = all
[all]
database = index.txt
serial = serial
new_certs_dir = .
default_md = sha384
policy = any
unique_subject = no
[any]
commonName = supplied
organizationName = optional
[req]
distinguished_name = name
[name]
";

/// A folder with keys and certificates. It has the authorities `root`, and `between`, which `root` issued.
pub(super) struct Authority {
    pub(super) sandbox: Sandbox,
}

/// A certificate to be.
pub(super) struct Wanted<'a> {
    pub(super) name: &'a str,
    pub(super) key: Key,
    pub(super) issuer: &'a str,
    pub(super) extensions: &'a str,
    pub(super) from: &'a str,
    pub(super) to: &'a str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Ed25519,
    P256,
    P384,
    Rsa,
    /// With 1024 bits, which is too few.
    RsaShort,
}

impl<'a> Wanted<'a> {
    /// One that may stamp from 2020 to 2040.
    pub(super) fn stamps(name: &'a str, key: Key, issuer: &'a str) -> Self {
        Self {
            name,
            key,
            issuer,
            extensions: STAMPS,
            from: "20200101000000Z",
            to: "20400101000000Z",
        }
    }

    /// One that may issue others.
    pub(super) fn issues(name: &'a str, issuer: &'a str) -> Self {
        Self {
            extensions: ISSUES,
            ..Self::stamps(name, Key::P256, issuer)
        }
    }
}

impl Authority {
    /// Returns one, if there is an `openssl` that can be one.
    pub(super) fn new() -> Option<Self> {
        let version = Command::new("openssl").arg("version").output();
        let is_there = version.is_ok_and(|version| version.stdout.starts_with(b"OpenSSL 3"));
        if !is_there {
            skip("time stamps", "there is no OpenSSL 3");
            return None;
        }
        let authority = Self {
            sandbox: Sandbox::new(),
        };
        authority.sandbox.write("openssl.cnf", CONFIG);
        authority.sandbox.write("index.txt", "");
        authority.sandbox.write("serial", "80\n");
        authority.issue(&Wanted::issues("root", "root"));
        authority.issue(&Wanted::issues("between", "root"));
        Some(authority)
    }

    pub(super) fn issue(&self, wanted: &Wanted<'_>) {
        let name = wanted.name;
        let key = format!("{name}.key");
        let mut generate = vec!["genpkey", "-out", &key];
        generate.extend(match wanted.key {
            Key::Ed25519 => &["-algorithm", "ED25519"][..],
            Key::P256 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Key::P384 => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
            Key::Rsa => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            Key::RsaShort => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
        });
        self.openssl(&generate);
        self.certify(wanted);
    }

    /// Issues a certificate for a key that is there.
    pub(super) fn certify(&self, wanted: &Wanted<'_>) {
        let name = wanted.name;
        let [key, request, file] = ["key", "csr", "pem"].map(|ending| format!("{name}.{ending}"));
        let subject = format!("/O=Tests/CN={name}");
        let config = ["-config", "openssl.cnf"];
        self.openssl(
            &[
                &[
                    "req", "-new", "-key", &key, "-subj", &subject, "-out", &request,
                ],
                &config[..],
            ]
            .concat(),
        );
        let extensions = format!("{}subjectKeyIdentifier=hash\n", wanted.extensions);
        self.sandbox.write("extensions.cnf", extensions);
        let issuer_key = format!("{}.key", wanted.issuer);
        let issuer_file = format!("{}.pem", wanted.issuer);
        let mut args = vec![
            "ca",
            "-batch",
            "-notext",
            "-preserveDN",
            "-in",
            &request,
            "-out",
            &file,
        ];
        args.extend(["-startdate", wanted.from, "-enddate", wanted.to]);
        args.extend(["-extfile", "extensions.cnf", "-keyfile", &issuer_key]);
        args.extend(config);
        if wanted.issuer == name {
            args.push("-selfsign");
        } else {
            args.extend(["-cert", &issuer_file]);
        }
        self.openssl(&args);
    }

    /// Runs `openssl`, which must succeed.
    #[track_caller]
    pub(super) fn openssl(&self, args: &[&str]) -> Vec<u8> {
        let (is_done, stdout, stderr) = self.try_openssl(args);
        assert!(is_done, "openssl {args:?}: {stderr}");
        stdout
    }

    pub(super) fn try_openssl(&self, args: &[&str]) -> (bool, Vec<u8>, String) {
        let output = Command::new("openssl")
            .args(args)
            .current_dir(self.sandbox.path(""))
            .env_remove("OPENSSL_CONF")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), output.stdout, stderr)
    }

    pub(super) fn pem(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// The file with a certificate.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.sandbox.path(format!("{name}.pem"))
    }

    pub(super) fn der(&self, name: &str) -> Vec<u8> {
        self.openssl(&["x509", "-in", &format!("{name}.pem"), "-outform", "DER"])
    }

    pub(super) fn certificate(&self, name: &str) -> Certificate {
        Certificate::from_der(&self.der(name)).unwrap()
    }

    /// Says how `openssl ts -reply` is to stamp with a certificate. `more` are lines of its configuration.
    pub(super) fn configure(&self, signer: &str, chain: &[&str], more: &str) {
        let chain: Vec<u8> = chain.iter().flat_map(|name| self.pem(name)).collect();
        let certs = if chain.is_empty() {
            ""
        } else {
            "certs = chain.pem\n"
        };
        self.sandbox.write("chain.pem", chain);
        let config = format!(
            "{more}\n[tsa]\ndefault_tsa = us\n[us]\nserial = stamped\ncrypto_device = builtin\n\
             signer_cert = {signer}.pem\nsigner_key = {signer}.key\n{certs}\
             default_policy = 1.3.6.1.4.1.5.6.7\n{DEFAULTS}{more}\n"
        );
        self.sandbox.write("ts.cnf", config);
    }

    /// Answers a request with what was configured.
    pub(super) fn answer(&self, request: &[u8]) -> Vec<u8> {
        self.sandbox.write("request.tsq", request);
        self.openssl(&[
            "ts",
            "-reply",
            "-config",
            "ts.cnf",
            "-queryfile",
            "request.tsq",
            "-out",
            "answer.tsr",
        ]);
        std::fs::read(self.sandbox.path("answer.tsr")).unwrap()
    }

    /// Asks `openssl ts -verify` what it thinks of an answer.
    pub(super) fn agrees(&self, answer: &[u8], digest: &str, root: &str, at: Option<u64>) -> bool {
        self.sandbox.write("asked.tsr", answer);
        let root = format!("{root}.pem");
        let at = at.map(|at| at.to_string());
        let mut args = vec![
            "ts",
            "-verify",
            "-in",
            "asked.tsr",
            "-digest",
            digest,
            "-CAfile",
            &root,
        ];
        if let Some(at) = &at {
            args.extend(["-attime", at]);
        }
        self.try_openssl(&args).0
    }
}

/// What [`Authority::configure`] says unless told otherwise. Of a name that stands twice the last counts.
const DEFAULTS: &str = "signer_digest = sha256\ndigests = sha256\nordering = yes\ntsa_name = yes\n\
    ess_cert_id_alg = sha256\n";
