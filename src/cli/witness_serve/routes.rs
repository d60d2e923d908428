//! What a witness answers (FORMAT.md, "Witness protocol").

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Extension, Router,
    body::Body,
    extract::{Query as Parameters, Request, State},
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use sealstone::{
    digest::Digest,
    json::{self, Object},
    store::witness::{Damaged, Found, Query},
    system,
    witness::{self, Checkpoint, Refusal},
};

use super::{
    body::Checkpoints,
    desk::Desk,
    keys::{Key, Keys},
};
use crate::cli::serve::{self, Addresses, Metrics, Peer, Secret, Window};

/// The paths that there are, for what is counted. A part in capitals stands for any one.
pub(super) const PATHS: &[&str] = &[
    "/ORIGIN/checkpoint",
    "/add-checkpoint",
    "/anchor",
    "/healthz",
    "/metrics",
    "/v1/checkpoints",
];

/// How many bytes a statement may have.
const MOST_BYTES: u64 = 8192;

/// How often a key may make a statement, and how often an address may present a key that is none, in how much time.
const TIMES: usize = 60;
const IN_TIME: Duration = Duration::from_mins(1);

/// What a witness needs to answer.
#[derive(Debug)]
pub(super) struct Witness {
    keys: Keys,
    desk: Desk,
    metrics: Arc<Metrics>,
    statements: Mutex<Window<Secret>>,
    failures: Mutex<Addresses>,
}

impl Witness {
    pub(super) fn new(keys: Keys, desk: Desk, metrics: Arc<Metrics>) -> Self {
        Self {
            keys,
            desk,
            metrics,
            statements: Mutex::new(Window::new(TIMES, IN_TIME)),
            failures: Mutex::new(Addresses::new(TIMES, IN_TIME)),
        }
    }

    /// Returns the routes. More can be merged with them.
    pub(super) fn routes(self) -> Router {
        let metrics = Arc::clone(&self.metrics);
        Router::new()
            .route("/anchor", post(anchor))
            .route("/healthz", get(healthz))
            .route("/metrics", get(counts))
            .route("/v1/checkpoints", get(checkpoints))
            .fallback(other)
            .method_not_allowed_fallback(other)
            .with_state(Arc::new(self))
            .layer(axum::middleware::from_fn_with_state(
                metrics,
                serve::counted,
            ))
    }

    /// Returns the key among `keys` that a request presents.
    fn key<'a>(
        &self,
        headers: &HeaderMap,
        peer: Peer,
        keys: &[&'a Key],
    ) -> Result<&'a Key, Unknown> {
        let now = system::start();
        let address = peer.0.ip();
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.is_held_back(address, now) {
            return Err(Unknown::HeldBack);
        }
        let found = Secret::presented(headers).and_then(|presented| {
            let secrets = keys.iter().map(|key| key.secret);
            keys.get(presented.among(secrets)?).copied()
        });
        found.ok_or_else(|| {
            failures.failed(address, now);
            Unknown::NoKey
        })
    }

    fn may_say_more(&self, key: &Key) -> bool {
        let mut statements = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        statements.take(&key.secret, system::start())
    }
}

/// Why a request is nobody's.
#[derive(Debug)]
enum Unknown {
    NoKey,
    /// Its address presented too many keys that are none.
    HeldBack,
}

impl Unknown {
    fn answer(&self, without_key: &str, is_public: bool) -> Response {
        match self {
            Self::NoKey => refused(StatusCode::UNAUTHORIZED, without_key, is_public),
            Self::HeldBack => {
                let why = "too many requests without a key; retry later";
                refused(StatusCode::TOO_MANY_REQUESTS, why, is_public)
            }
        }
    }
}

fn refused(status: StatusCode, why: &str, is_public: bool) -> Response {
    serve::refused(status, why, Object::new(), is_public)
}

async fn healthz() -> Response {
    serve::text(StatusCode::OK, "ok")
}

/// Answers those who ask from this machine for themselves. What a proxy passes on is somebody else's question.
async fn counts(
    State(witness): State<Arc<Witness>>,
    Extension(peer): Extension<Peer>,
    headers: HeaderMap,
) -> Response {
    let passed_on = ["forwarded", "via", "x-forwarded-for", "x-real-ip"];
    let is_passed_on = passed_on.iter().any(|name| headers.contains_key(*name));
    if is_passed_on || !peer.0.ip().to_canonical().is_loopback() {
        return refused(StatusCode::FORBIDDEN, "metrics are for this machine", false);
    }
    let mut response = serve::text(StatusCode::OK, witness.metrics.text());
    let kind = "text/plain; version=0.0.4; charset=utf-8".parse();
    let kind = kind.expect("it is a header's text");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// Takes a statement. Everything is asked in the reference's order, so that both refuse a request for the same reason.
async fn anchor(
    State(witness): State<Arc<Witness>>,
    Extension(peer): Extension<Peer>,
    request: Request,
) -> Response {
    let (parts, body) = request.into_parts();
    let keys: Vec<&Key> = witness.keys.write.iter().collect();
    let key = match witness.key(&parts.headers, peer, &keys) {
        Ok(key) => key,
        Err(unknown) => return unknown.answer("unauthorized", false),
    };
    let length = parts.headers.get(header::CONTENT_LENGTH);
    let length = length.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > MOST_BYTES) {
        return refused(StatusCode::PAYLOAD_TOO_LARGE, "payload too large", false);
    }
    if !witness.may_say_more(key) {
        let why = "too many anchors for this key; retry later";
        return refused(StatusCode::TOO_MANY_REQUESTS, why, false);
    }
    let said = match statement(body).await {
        Ok(said) => said,
        Err((status, why)) => return refused(status, &why, false),
    };
    if !key.is_for(said.subject.as_str()) {
        let why = "key not authorized for this subject";
        return refused(StatusCode::FORBIDDEN, why, false);
    }
    match witness.desk.keep(said).await {
        None => {
            let why = "the checkpoint was not stored";
            refused(StatusCode::INTERNAL_SERVER_ERROR, why, false)
        }
        Some(Ok(kept)) => receipt(&kept),
        Some(Err(refusal)) => conflict(&refusal),
    }
}

async fn statement(body: Body) -> Result<Checkpoint, (StatusCode, String)> {
    let most = usize::try_from(MOST_BYTES).expect("it is small");
    let bytes = serve::body(body, most)
        .await
        .map_err(|unread| (unread.status(), unread.why().to_owned()))?;
    let said = witness::of_statement(&bytes);
    said.map_err(|error| (StatusCode::BAD_REQUEST, error.to_string()))
}

fn receipt(kept: &Checkpoint) -> Response {
    let mut body = Object::new();
    body.insert("ok", true);
    body.insert("receipt", kept.to_object());
    let body = json::to_line(&body).trim_end().to_owned();
    serve::json(StatusCode::CREATED, body, false)
}

fn conflict(refusal: &Refusal) -> Response {
    let mut more = Object::new();
    more.insert("latest", refusal.kept().to_object());
    serve::refused(StatusCode::CONFLICT, &refusal.to_string(), more, false)
}

/// Answers with the checkpoints of a log. Who knows the hash of a first record may know its checkpoints; subjects can
/// be guessed, so for those a key may be needed.
async fn checkpoints(
    State(witness): State<Arc<Witness>>,
    Extension(peer): Extension<Peer>,
    Parameters(parameters): Parameters<Vec<(String, String)>>,
    headers: HeaderMap,
) -> Response {
    let Some(query) = query(&parameters) else {
        let why = "subject or chain_root required";
        return refused(StatusCode::BAD_REQUEST, why, true);
    };
    let keys = &witness.keys;
    if let Query::Subject(subject) = &query
        && !keys.read.is_empty()
    {
        let all: Vec<&Key> = keys.read.iter().chain(&keys.write).collect();
        match witness.key(&headers, peer, &all) {
            Err(unknown) => return unknown.answer("read key required", true),
            Ok(key) if !key.is_for(Some(subject)) => {
                let why = "key not authorized for this subject";
                return refused(StatusCode::FORBIDDEN, why, true);
            }
            Ok(_) => {}
        }
    }
    let Some(found) = witness.desk.find(query).await else {
        return unreadable();
    };
    answer(found)
}

fn unreadable() -> Response {
    let why = "the witness store cannot be read";
    refused(StatusCode::SERVICE_UNAVAILABLE, why, true)
}

/// Returns what is asked for. A parameter without a value is none, and of several the first counts.
fn query(parameters: &[(String, String)]) -> Option<Query> {
    let value = |name: &str| {
        let mut named = parameters
            .iter()
            .filter(|(key, value)| key == name && !value.is_empty());
        named.next().map(|(_, value)| value.clone())
    };
    let root = || value("chain_root").filter(|root| root.parse::<Digest>().is_ok());
    value("subject")
        .map(Query::Subject)
        .or_else(|| root().map(Query::Root))
}

/// Returns what was found, as JSON. A damaged line may be what shows that a log was cut, so a client that does not know
/// of `damaged` must not take the rest for all: it gets the reference's status for a damaged store.
fn answer(found: Found) -> Response {
    let is_damaged = !found.damage.is_empty();
    let mut before = "{".to_owned();
    let mut behind = format!("],\"count\":{}", found.count());
    if is_damaged {
        let why =
            "the witness store is damaged; checkpoints are withheld until the operator restores it";
        before = format!("{{\"error\":\"{why}\",");
    }
    before.push_str("\"checkpoints\":[");
    if !found.conflicts.is_empty() {
        behind.extend([",\"conflicts\":[", &found.conflicts.join(","), "]"]);
    }
    if is_damaged {
        let one = |damaged: &Damaged| {
            let Damaged { line, why } = damaged;
            format!("{{\"line\":{line},\"why\":\"{why}\"}}")
        };
        let damage: Vec<String> = found.damage.iter().map(one).collect();
        behind.extend([",\"damaged\":[", &damage.join(","), "]"]);
    }
    behind.push('}');
    let status = if is_damaged {
        StatusCode::SERVICE_UNAVAILABLE
    } else {
        StatusCode::OK
    };
    serve::json(
        status,
        Body::new(Checkpoints::new(before, found, behind)),
        true,
    )
}

/// Answers everything else, as the reference does.
pub(super) async fn other(method: Method) -> Response {
    match method {
        Method::OPTIONS => {
            let allowed = [
                (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
                (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, OPTIONS"),
                (header::ACCESS_CONTROL_ALLOW_HEADERS, "Content-Type"),
            ];
            (StatusCode::NO_CONTENT, allowed).into_response()
        }
        Method::GET | Method::HEAD | Method::POST => {
            refused(StatusCode::NOT_FOUND, "not found", false)
        }
        _ => refused(StatusCode::NOT_IMPLEMENTED, "not implemented", false),
    }
}

#[cfg(test)]
mod tests {
    use super::PATHS;

    #[test]
    fn the_proxies_of_the_readme_pass_on_every_route_but_the_metrics() {
        let readme = include_str!("../../../README.md");
        let behind = |start: &str| {
            let (_, text) = readme.split_once(start).unwrap();
            text.split_once("\n```").unwrap().0
        };
        let caddy: Vec<&str> = behind("```text\nwitness.example {")
            .split_whitespace()
            .collect();
        let nginx: Vec<&str> = behind("```nginx\n")
            .lines()
            .filter_map(|line| line.trim().strip_prefix("location "))
            .flat_map(|line| line.split(['(', '|', ')', ' ']))
            .collect();
        for path in PATHS {
            let is_public = *path != "/metrics";
            let pattern = path.replace("ORIGIN", "*");
            assert_eq!(caddy.contains(&&*pattern), is_public, "{path} {caddy:?}");
            let pattern = path[1..].replace("ORIGIN", "[0-9a-f]+");
            let is_named = nginx
                .iter()
                .any(|part| part.trim_start_matches('/') == pattern);
            assert_eq!(is_named, is_public, "{path} {nginx:?}");
        }
    }
}
