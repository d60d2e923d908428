//! Both programs' witnesses, asked the same by both programs' clients and by requests that are sane, odd and wrong: both
//! must answer the same, but for differences that are listed.

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
    time::Duration,
};

use anyhow::{Context, ensure};

use super::{Bench, said, witness::SERVER};
use crate::{
    json::Json,
    run::{Run, Tally},
};

/// The keys of both witnesses.
const KEYS: &str = "alpha=acme|vendor-[a-c]*|x?z,beta=zeta *,gamma=[!a]*";
const READ_KEYS: &str = "reader=acme,wide=*";

/// Where the programs differ, and why: what each request is told from others by.
const DIFFERENCES: &[(&str, &str)] = &[
    ("fewer records", "what does not go on is refused"),
    ("another head", "what does not go on is refused"),
    ("a head with a line feed", "a hash is 64 digits"),
    ("a root with a line feed", "a hash is 64 digits"),
    ("asked for a root with a line feed", "a hash is 64 digits"),
    (
        "a length that is none",
        "it is refused before it is looked at",
    ),
    (
        "a length below zero",
        "it is refused before it is looked at",
    ),
    ("two lengths", "it is refused before it is looked at"),
    ("chunks", "chunks are a body; there they are none"),
    ("another method", "it is said in JSON"),
    ("all of acme's", "what differed before is kept or not"),
];

/// A request: what it is called, and its text without what every request has.
struct Request {
    name: &'static str,
    line: String,
    headers: String,
    body: String,
}

/// A witness that was started.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn ours(bench: &Bench, store: &str) -> anyhow::Result<Self> {
        Self::start(bench.ours(&["witness-serve", store, "--port", "0"]))
    }

    fn reference(bench: &Bench, store: &str) -> anyhow::Result<Self> {
        let script = bench.scratch.join("witness-server.py");
        fs::write(&script, SERVER)?;
        let mut command = bench.python(&script);
        command.arg(store);
        Self::start(command)
    }

    /// Starts a witness, which says its address or its port in the first line.
    fn start(mut command: Command) -> anyhow::Result<Self> {
        command
            .env("HALO_WITNESS_KEYS", KEYS)
            .env("HALO_WITNESS_READ_KEYS", READ_KEYS)
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = command.spawn()?;
        let mut line = String::new();
        let stdout = child.stdout.take().context("it is piped")?;
        BufReader::new(stdout).read_line(&mut line)?;
        let address = line.split("http://").nth(1).unwrap_or(&line);
        let address = address.split_whitespace().next().unwrap_or_default();
        let address = match address.parse::<u16>() {
            Ok(port) => format!("127.0.0.1:{port}"),
            Err(_) => address.to_owned(),
        };
        Ok(Self { child, address })
    }

    /// Returns the status and the body of an answer, without the time that stands in it.
    fn answer(&self, request: &Request) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let Request {
            line,
            headers,
            body,
            ..
        } = request;
        let text =
            format!("{line} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n{body}");
        stream.write_all(text.as_bytes())?;
        let mut answer = Vec::new();
        // What was not read may have been answered all the same.
        drop(stream.read_to_end(&mut answer));
        let answer = String::from_utf8_lossy(&answer);
        let (head, body) = answer.split_once("\r\n\r\n").context("no answer")?;
        let status = head.split(' ').nth(1).unwrap_or_default();
        let public = head
            .to_lowercase()
            .contains("access-control-allow-origin: *");
        let body = Json::read(body)
            .map_or_else(|_| body.to_owned(), |json| without_times(json).to_string());
        Ok(format!("{status}, public: {public}: {body}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // If it cannot be ended, it has ended.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn without_times(json: Json) -> Json {
    match json {
        Json::Object(members) => {
            let members = members.into_iter().filter(|(key, _)| key != "ts");
            Json::Object(
                members
                    .map(|(key, value)| (key, without_times(value)))
                    .collect(),
            )
        }
        Json::Array(items) => Json::Array(items.into_iter().map(without_times).collect()),
        other => other,
    }
}

pub(super) fn run(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let (ours, theirs) = (bench.path("server-ours"), bench.path("server-reference"));
    let ours = Server::ours(bench, &ours)?;
    let theirs = Server::reference(bench, &theirs)?;
    requests_agree(tally, &ours, &theirs)?;
    clients_agree(bench, tally)
}

fn requests_agree(tally: &mut Tally, ours: &Server, theirs: &Server) -> anyhow::Result<()> {
    let requests = requests();
    let (mut met, mut statuses) = (BTreeSet::new(), BTreeSet::new());
    let mut found = Vec::new();
    for request in &requests {
        let name = request.name;
        let (own, other) = (ours.answer(request)?, theirs.answer(request)?);
        if own == other {
            statuses.insert(own[..3].to_owned());
        } else if DIFFERENCES.iter().any(|(listed, _)| *listed == name) {
            met.insert(name);
        } else {
            found.push(format!(
                "{name}: {}\n  ours      {own}\n  reference {other}",
                request.line
            ));
        }
    }
    let problem = (!found.is_empty()).then(|| found.join("\n"));
    let what = format!("server: {} requests are answered alike", requests.len());
    tally.check(what, problem);
    for (name, reason) in DIFFERENCES {
        let problem = (!met.contains(name)).then_some("agrees, but is listed");
        tally.check(format!("server, {name}: {reason}"), problem);
    }
    ensure!(statuses.len() >= 8, "only these statuses: {statuses:?}");
    Ok(())
}

fn requests() -> Vec<Request> {
    let mut requests = Vec::new();
    let hash = |c: &str| format!("\"{}\"", c.repeat(64));
    let body = |subject: &str, count: &str, head: &str, root: &str| {
        format!(r#"{{"subject":{subject},"count":{count},"head":{head},"chain_root":{root}}}"#)
    };
    let (a, b) = (hash("a"), hash("b"));
    let mut post = |name, key: &str, body: String| {
        requests.push(Request {
            name,
            line: "POST /anchor".to_owned(),
            headers: format!(
                "Authorization: Bearer {key}\r\nContent-Length: {}\r\n",
                body.len()
            ),
            body,
        });
    };
    for (name, key, subject, count) in [
        ("a statement", "alpha", "\"acme\"", "2"),
        ("more records", "alpha", "\"acme\"", "5"),
        ("the same again", "alpha", "\"acme\"", "5"),
        ("fewer records", "alpha", "\"acme\"", "4"),
        ("a pattern", "alpha", "\"vendor-b7\"", "1"),
        ("no pattern", "alpha", "\"vendor-d7\"", "1"),
        ("a pattern of one", "alpha", "\"xyz\"", "1"),
        ("not that one", "alpha", "\"xyyz\"", "1"),
        ("blanks", "beta", "\"zeta a.b_c-D 9\"", "1"),
        ("another's", "beta", "\"acme\"", "1"),
        ("not an a", "gamma", "\"beta\"", "1"),
        ("an a", "gamma", "\"alpha\"", "1"),
        ("nobody's", "alpha", "null", "1"),
        ("no such key", "delta", "\"acme\"", "1"),
        ("no key", "", "\"acme\"", "1"),
        ("two blanks", "alpha", "\"acme  x\"", "1"),
        ("no ASCII", "alpha", "\"\u{e4}\"", "1"),
        ("a subject that is none", "alpha", "5", "1"),
        ("an empty subject", "alpha", "\"\"", "1"),
        ("a count of 0", "alpha", "\"acme\"", "0"),
        ("a count past 10^12", "alpha", "\"acme\"", "1000000000001"),
        ("a fraction", "alpha", "\"acme\"", "1.0"),
        ("a truth", "alpha", "\"acme\"", "true"),
        ("a text", "alpha", "\"acme\"", "\"1\""),
    ] {
        post(name, key, body(subject, count, &a, &b));
    }
    for (name, head, root) in [
        ("another head", &*hash("c"), &*b),
        ("another root", &*a, &*a),
        ("no root", &*a, "null"),
        ("upper case", &*hash("A"), &*b),
        ("an upper root", &*a, &*hash("A")),
        ("an empty root", &*a, "\"\""),
        ("no head", "null", &*b),
        ("a head with a line feed", &*a.replace("a\"", "a\\n\""), &*b),
        ("a root with a line feed", &*a, &*b.replace("b\"", "b\\n\"")),
    ] {
        post(name, "alpha", body("\"acme\"", "5", head, root));
    }
    for (name, body) in [
        ("no body", ""),
        ("half a body", "{\"subject\":"),
        ("a list", "[]"),
        ("a number", "5"),
        ("null", "null"),
        ("an empty object", "{}"),
        ("a key twice", "{\"a\":1,\"a\":1}"),
        ("a mark", "\u{feff}{}"),
        ("not a number", "{\"subject\":\"acme\",\"count\":NaN}"),
    ] {
        post(name, "alpha", body.to_owned());
    }
    post("too much", "alpha", "x".repeat(8193));
    post("too much without a key", "", "x".repeat(8193));
    requests.extend(others());
    requests
}

/// Everything but statements.
fn others() -> Vec<Request> {
    let mut requests = Vec::new();
    let mut add = |name, line: &str, headers: &str| {
        requests.push(Request {
            name,
            line: line.to_owned(),
            headers: headers.to_owned(),
            body: String::new(),
        });
    };
    let root = "b".repeat(64);
    for (name, query, key) in [
        ("all of acme's", "subject=acme", "reader"),
        ("another reader", "subject=zeta+a.b_c-D%209", "reader"),
        ("who reads all", "subject=zeta+a.b_c-D%209", "wide"),
        ("who writes", "subject=vendor-b7", "alpha"),
        ("who writes another's", "subject=acme", "beta"),
        ("no reader", "subject=acme", ""),
        ("no such reader", "subject=acme", "nobody"),
        ("of a root", &*format!("chain_root={root}"), ""),
        (
            "both",
            &*format!("chain_root={root}&subject=vendor-b7"),
            "wide",
        ),
        ("two subjects", "subject=xyz&subject=acme", "wide"),
        ("an empty one", "subject=", "wide"),
        ("an empty one and another", "subject=&subject=xyz", "wide"),
        ("nothing", "", "wide"),
        ("no value", "subject", "wide"),
        ("half a root", "chain_root=bb", "wide"),
        (
            "asked for a root with a line feed",
            &*format!("chain_root={root}%0A"),
            "wide",
        ),
        ("what is no UTF-8", "subject=%ff%zz", "wide"),
    ] {
        let line = format!("GET /v1/checkpoints?{query}");
        add(name, &line, &format!("Authorization: bearer  {key} \r\n"));
    }
    for (name, line) in [
        ("health", "GET /healthz"),
        ("a head", "HEAD /healthz"),
        ("a head of none", "HEAD /v1/checkpoints"),
        ("nowhere", "GET /"),
        ("below", "GET /v1/checkpoints/x?subject=a"),
        ("to ask where to say", "GET /anchor"),
        ("options", "OPTIONS /anchor"),
        ("options of nowhere", "OPTIONS /x"),
        ("another method", "PUT /anchor"),
        ("to say where to ask", "POST /v1/checkpoints"),
        ("to say nowhere", "POST /x"),
    ] {
        add(name, line, "");
    }
    let key = "Authorization: Bearer alpha\r\n";
    for (name, headers) in [
        (
            "another scheme",
            "Authorization: Basic alpha\r\n".to_owned(),
        ),
        ("no length", key.to_owned()),
        (
            "a length that is none",
            format!("{key}Content-Length: x\r\n"),
        ),
        (
            "a length below zero",
            format!("{key}Content-Length: -1\r\n"),
        ),
        (
            "two lengths",
            format!("{key}Content-Length: 0\r\nContent-Length: 1\r\n"),
        ),
    ] {
        add(name, "POST /anchor", &headers);
    }
    let statement = format!("{{\"subject\":\"xaz\",\"count\":1,\"head\":\"{root}\"}}");
    requests.push(Request {
        name: "chunks",
        line: "POST /anchor".to_owned(),
        headers: format!("{key}Transfer-Encoding: chunked\r\n"),
        body: format!("{:x}\r\n{statement}\r\n0\r\n\r\n", statement.len()),
    });
    requests
}

/// Each client tells each witness of a log and asks it, and all say the same.
fn clients_agree(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let (whole, cut, other) = logs(bench)?;
    let store = |whose: &str| bench.path(&format!("server-of-clients-{whose}"));
    let ours = Server::ours(bench, &store("ours"))?;
    let theirs = Server::reference(bench, &store("reference"))?;
    for (whose, server) in [("ours", ours), ("the reference's", theirs)] {
        let url = format!("http://{}", server.address);
        let told = ["anchor", &whole, "--remote", &url, "--key", "alpha"];
        let about = |log| ["anchor", "--check", log, "--remote", &url, "--key", "wide"];
        for (what, args, status) in [
            ("tell of a log", &told[..], 0),
            ("ask about it", &about(&whole), 0),
            ("ask about it, cut", &about(&cut), 1),
            ("ask about another's", &about(&other), 3),
        ] {
            let clients = [
                ("ours", bench.ours(args)),
                ("the reference's", bench.reference(args)),
            ];
            for (client, mut command) in clients {
                let run = Run::of(&mut command, b"")?;
                let problem = (run.status != Some(status)).then(|| said(&run));
                let name = format!("server: {whose}, {client} to {what}: status {status}");
                tally.check(name, problem);
            }
        }
    }
    Ok(())
}

/// Records logs: one, the same without its end, and one of another subject.
fn logs(bench: &Bench) -> anyhow::Result<(String, String, String)> {
    let record = |subject: &str| {
        let path = bench.path(&format!("server-log-{subject}.jsonl"));
        let draft =
            format!("{{\"subject\":{{\"id\":\"{subject}\"}},\"action\":{{\"tool\":\"Read\"}}}}\n");
        let mut command = bench.ours(&["record", "-o", &path]);
        let run = Run::of(&mut command, draft.repeat(4).as_bytes())?;
        ensure!(run.status == Some(0), "{}", said(&run));
        anyhow::Ok(path)
    };
    let (whole, other) = (record("acme")?, record("zeta")?);
    let cut = bench.path("server-log-cut.jsonl");
    let text = fs::read_to_string(&whole)?;
    let lines: String = text.split_inclusive('\n').take(3).collect();
    fs::write(&cut, lines)?;
    Ok((whole, cut, other))
}
