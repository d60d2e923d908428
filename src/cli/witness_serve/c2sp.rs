//! A witness of transparency logs (C2SP `tlog-witness`): cosigns checkpoints, and shows those that it cosigned.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use axum::{
    Extension, Router,
    extract::{Path as Part, Request, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use sealstone::{
    store::tlog::{Answer, C2spWitness, HeldKey, Hold, WitnessError},
    system,
    tlog::{Kind, MAX_REQUEST_BYTES, VerifierKey},
};
use tokio::{sync::mpsc::UnboundedSender, task::spawn_blocking};

use super::routes;
use crate::cli::{
    out::Out,
    serve::{self, Addresses, Metrics, Peer},
    tlog,
};

/// How many requests that come to nothing an address may make, in how much time. What a log signed can be read by
/// everybody, and sent again.
const TIMES: usize = 60;
const IN_TIME: Duration = Duration::from_mins(1);

/// After how long the operator is told again of the same failure, and of how many different ones in that time.
const NEWS_AGAIN: Duration = Duration::from_mins(10);
const MOST_NEWS: usize = 100;

/// For whom it cosigns, and with which key.
#[derive(Debug, clap::Args)]
#[group(id = "transparency_logs")]
pub(super) struct Args {
    /// Cosign checkpoints of transparency logs too (C2SP tlog-witness), at `/add-checkpoint`, and show those that were
    /// cosigned, at `/ORIGIN-HASH/checkpoint`. No key is needed to ask: the log's signature is enough
    #[arg(long, requires = "key_file")]
    c2sp: bool,

    /// The secret key of the witness, which `keygen --witness` made
    #[arg(long, value_name = "FILE", requires = "c2sp")]
    key_file: Option<PathBuf>,

    /// Cosign for the log with this key, which `keygen` printed. May be given more than once
    #[arg(long = "log", value_name = "VKEY", requires = "c2sp")]
    logs: Vec<VerifierKey>,

    /// Cosign for the logs of this policy (C2SP tlog-policy)
    #[arg(long, value_name = "FILE", requires = "c2sp")]
    policy: Option<PathBuf>,
}

/// What those arguments name.
#[derive(Debug)]
pub(super) struct Named {
    logs: Vec<VerifierKey>,
    key: HeldKey,
}

impl Args {
    /// Reads what is named, if a witness of transparency logs is wanted.
    pub(super) fn read(&self, out: &mut Out) -> anyhow::Result<Option<Named>> {
        let Some(path) = self.key_file.as_deref().filter(|_| self.c2sp) else {
            return Ok(None);
        };
        let mut logs = self.logs.clone();
        if let Some(path) = &self.policy {
            let policy = tlog::policy(path)?;
            logs.extend(policy.logs().iter().map(|log| log.key.clone()));
        }
        ensure!(
            !logs.is_empty(),
            "no log was named: give `--log` or `--policy`"
        );
        let other = logs.iter().find(|key| key.kind() != Kind::Note);
        if let Some(key) = other {
            anyhow::bail!(
                "the key of `{}` is a witness's: a log's is wanted",
                key.name()
            );
        }
        let key = tlog::take_key(out, path)?;
        let signer = &key.key.signer;
        ensure!(
            signer.kind() == Kind::Cosignature,
            "the key of `{}` is a log's: a witness's is wanted, which `keygen --witness` makes",
            signer.name()
        );
        Ok(Some(Named { logs, key }))
    }
}

impl Named {
    /// Opens what the witness keeps below a store.
    ///
    /// The key must be held for as long as the witness is there: with two stores, one key could cosign two faces of a log.
    pub(super) fn open(self, out: &mut Out, store: &Path) -> anyhow::Result<(C2spWitness, Hold)> {
        let (key, hold) = self.key.into_parts();
        let witness = C2spWitness::open(store, self.logs, key.signer);
        let witness = witness.context("cannot be a witness of transparency logs")?;
        out.status(format!("cosigns as {}", witness.key()));
        Ok((witness, hold))
    }
}

/// What is needed to answer.
#[derive(Debug)]
struct Cosigner {
    witness: C2spWitness,
    strangers: Mutex<Addresses>,
    metrics: Arc<Metrics>,
    notices: UnboundedSender<String>,
    /// What was said of the store, and when.
    said: Mutex<HashMap<String, Instant>>,
}

/// Adds the routes of a witness of transparency logs to others. What its operator should know goes to `notices`.
pub(super) fn mounted(
    routes: Router,
    witness: C2spWitness,
    metrics: &Arc<Metrics>,
    notices: UnboundedSender<String>,
) -> Router {
    let cosigner = Cosigner {
        witness,
        strangers: Mutex::new(Addresses::new(TIMES, IN_TIME)),
        metrics: Arc::clone(metrics),
        notices,
        said: Mutex::default(),
    };
    match cosigner.witness.conflicts() {
        Ok(count) => cosigner.count(count),
        Err(error) => cosigner.say(error.to_string()),
    }
    let own = Router::new()
        .route("/add-checkpoint", post(add_checkpoint))
        .route("/{origin}/checkpoint", get(checkpoint))
        .method_not_allowed_fallback(routes::other)
        .with_state(Arc::new(cosigner))
        .layer(axum::middleware::from_fn_with_state(
            Arc::clone(metrics),
            serve::counted,
        ));
    routes.merge(own)
}

async fn add_checkpoint(
    State(cosigner): State<Arc<Cosigner>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Response {
    let address = peer.0.ip();
    if cosigner.strangers().is_held_back(address, system::start()) {
        return said(
            StatusCode::TOO_MANY_REQUESTS,
            "too many requests; retry later",
        );
    }
    let body = match serve::body(request.into_body(), MAX_REQUEST_BYTES).await {
        Ok(body) => body,
        Err(unread) => return said(unread.status(), unread.why()),
    };
    let answered = blocking(&cosigner, move |witness| witness.add_checkpoint(&body)).await;
    match answered {
        Some(answer) => {
            if answer.status != 200 {
                cosigner.strangers().failed(address, system::start());
                // It may be evidence now.
                if let Some(count) = blocking(&cosigner, C2spWitness::conflicts).await {
                    cosigner.count(count);
                }
            }
            response(answer)
        }
        None => failed(),
    }
}

async fn checkpoint(State(cosigner): State<Arc<Cosigner>>, Part(origin): Part<String>) -> Response {
    let found = blocking(&cosigner, move |witness| witness.checkpoint(&origin)).await;
    match found {
        Some(Some(note)) => response(Answer {
            status: 200,
            content_type: "text/plain; charset=utf-8",
            body: note,
        }),
        Some(None) => said(StatusCode::NOT_FOUND, "nothing was cosigned for this log"),
        None => failed(),
    }
}

/// Asks the store, which may have to wait for the disk. None if it fails, which is said to the operator.
async fn blocking<T: Send + 'static>(
    cosigner: &Arc<Cosigner>,
    ask: impl FnOnce(&C2spWitness) -> Result<T, WitnessError> + Send + 'static,
) -> Option<T> {
    let cosigner = Arc::clone(cosigner);
    let asked = spawn_blocking(move || {
        let answer = ask(&cosigner.witness);
        answer.map_err(|error| cosigner.say(error.to_string())).ok()
    });
    asked.await.ok()?
}

impl Cosigner {
    fn strangers(&self) -> std::sync::MutexGuard<'_, Addresses> {
        self.strangers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn count(&self, conflicts: u64) {
        let help = "Checkpoints of transparency logs that are kept as evidence against them.";
        self.metrics.set("log_conflicts", help, conflicts);
    }

    /// Says a failure to the operator. The same one again is no news for some time; others may be about other logs.
    fn say(&self, failure: String) {
        let now = system::start();
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.retain(|_, when| now.duration_since(*when) < NEWS_AGAIN);
        if said.len() < MOST_NEWS && !said.contains_key(&failure) {
            said.insert(failure.clone(), now);
            // Nobody listens any more once the server stops.
            drop(self.notices.send(failure));
        }
    }
}

fn response(answer: Answer) -> Response {
    let status = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = [(header::CONTENT_TYPE, answer.content_type)];
    (status, kind, answer.body).into_response()
}

fn said(status: StatusCode, why: &str) -> Response {
    serve::text(status, format!("{why}\n"))
}

fn failed() -> Response {
    said(
        StatusCode::INTERNAL_SERVER_ERROR,
        "the store of the witness failed",
    )
}
