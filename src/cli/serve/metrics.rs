//! What a server counts, in the text that Prometheus reads.

use std::{
    collections::BTreeMap,
    fmt::Write,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};

/// The upper ends of the stretches that times are counted in, in seconds.
const SECONDS: [f64; 10] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0];

/// What is counted. Nothing in it says who asked, or for whom.
#[derive(Debug)]
pub(in crate::cli) struct Metrics {
    /// What the names begin with.
    prefix: &'static str,
    /// The paths that are counted by their name. A part in capitals stands for any one.
    routes: &'static [&'static str],
    connections: AtomicI64,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    /// By path and status.
    requests: BTreeMap<(&'static str, u16), u64>,
    /// What is there at present: by name, with what it means.
    gauges: BTreeMap<&'static str, (&'static str, u64)>,
    times: [u64; SECONDS.len()],
    times_sum: Duration,
    times_count: u64,
}

impl Metrics {
    pub(in crate::cli) fn new(prefix: &'static str, routes: &'static [&'static str]) -> Self {
        Self {
            prefix,
            routes,
            connections: AtomicI64::new(0),
            counts: Mutex::default(),
        }
    }

    /// Says that there are so many connections more.
    pub(super) fn connected(&self, more: i64) {
        self.connections.fetch_add(more, Ordering::Relaxed);
    }

    /// Says how many there are of something.
    pub(in crate::cli) fn set(&self, name: &'static str, help: &'static str, count: u64) {
        self.with(|counts| {
            counts.gauges.insert(name, (help, count));
        });
    }

    /// Says how long an append took, until it was on the disk.
    pub(in crate::cli) fn appended(&self, took: Duration) {
        self.with(|counts| {
            counts.times_count += 1;
            counts.times_sum += took;
            for (most, count) in SECONDS.iter().zip(&mut counts.times) {
                *count += u64::from(took.as_secs_f64() <= *most);
            }
        });
    }

    fn answered(&self, path: &str, status: u16) {
        let route = self.routes.iter().find(|route| is_at(route, path));
        let route = route.copied().unwrap_or("other");
        self.with(|counts| *counts.requests.entry((route, status)).or_default() += 1);
    }

    fn with(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }

    /// Returns all of it.
    pub(in crate::cli) fn text(&self) -> String {
        let mut text = String::new();
        self.with(|counts| {
            let written = self.write(counts, &mut text);
            written.expect("memory takes everything");
        });
        text
    }

    fn write(&self, counts: &Counts, to: &mut String) -> std::fmt::Result {
        let prefix = self.prefix;
        let connections = self.connections.load(Ordering::Relaxed);
        writeln!(to, "# HELP {prefix}_connections Connections that are open.")?;
        writeln!(to, "# TYPE {prefix}_connections gauge")?;
        writeln!(to, "{prefix}_connections {connections}")?;
        writeln!(
            to,
            "# HELP {prefix}_requests_total Requests that were answered."
        )?;
        writeln!(to, "# TYPE {prefix}_requests_total counter")?;
        for ((route, status), count) in &counts.requests {
            let labels = format!("route=\"{route}\",status=\"{status}\"");
            writeln!(to, "{prefix}_requests_total{{{labels}}} {count}")?;
        }
        for (name, (help, count)) in &counts.gauges {
            writeln!(to, "# HELP {prefix}_{name} {help}")?;
            writeln!(to, "# TYPE {prefix}_{name} gauge")?;
            writeln!(to, "{prefix}_{name} {count}")?;
        }
        let name = format!("{prefix}_append_seconds");
        writeln!(
            to,
            "# HELP {name} How long appends took until they were on the disk."
        )?;
        writeln!(to, "# TYPE {name} histogram")?;
        for (most, count) in SECONDS.iter().zip(counts.times) {
            writeln!(to, "{name}_bucket{{le=\"{most}\"}} {count}")?;
        }
        let (sum, count) = (counts.times_sum.as_secs_f64(), counts.times_count);
        writeln!(to, "{name}_bucket{{le=\"+Inf\"}} {count}")?;
        writeln!(to, "{name}_sum {sum}")?;
        writeln!(to, "{name}_count {count}")
    }
}

fn is_at(route: &str, path: &str) -> bool {
    let (mut parts, mut named) = (path.split('/'), route.split('/'));
    let stands_for_any =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_uppercase());
    named.all(|name| {
        let part = parts.next();
        part.is_some_and(|part| part == name || !part.is_empty() && stands_for_any(name))
    }) && parts.next().is_none()
}

/// Counts an answer.
pub(in crate::cli) async fn counted(
    State(metrics): State<Arc<Metrics>>,
    request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    metrics.answered(&path, response.status().as_u16());
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_stands_in_the_text() {
        let metrics = Metrics::new("x", &["/a", "/ANY/b"]);
        metrics.answered("/a", 200);
        metrics.answered("/a", 200);
        for other in ["/secret", "/secret/c", "//b", "/secret/b/c", "/a/"] {
            metrics.answered(other, 404);
        }
        metrics.answered("/secret/b", 200);
        metrics.set("things", "Things.", 7);
        metrics.appended(Duration::from_millis(3));
        metrics.appended(Duration::from_secs(9));
        metrics.connected(2);
        let text = metrics.text();
        for line in [
            "x_connections 2",
            "x_requests_total{route=\"/a\",status=\"200\"} 2",
            "x_requests_total{route=\"/ANY/b\",status=\"200\"} 1",
            "x_requests_total{route=\"other\",status=\"404\"} 5",
            "# TYPE x_things gauge",
            "x_things 7",
            "x_append_seconds_bucket{le=\"0.0025\"} 0",
            "x_append_seconds_bucket{le=\"0.005\"} 1",
            "x_append_seconds_bucket{le=\"5\"} 1",
            "x_append_seconds_bucket{le=\"+Inf\"} 2",
            "x_append_seconds_sum 9.003",
            "x_append_seconds_count 2",
        ] {
            assert!(text.lines().any(|other| other == line), "{line}\n{text}");
        }
        assert!(!text.contains("secret"));
    }
}
