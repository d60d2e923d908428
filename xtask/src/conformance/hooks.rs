//! The same event through both hooks: the records must agree, field by field.

use anyhow::ensure;

use super::{Bench, records, said};
use crate::{
    json::Json,
    run::{Run, Tally},
};

/// What both must record alike. Summaries, ids, times and seals are each writer's own.
const FIELDS: &[&str] = &[
    "action.type",
    "action.category",
    "action.tool",
    "action.authorization",
    "action.input.hash",
    "agent",
    "source",
    "session_id",
    "parent_id",
    "subject",
    "principal",
    "threats",
    "verification",
    "data",
    "authority",
    "outcome.status",
    "outcome.hash",
    "excerpts",
    "severity",
    "findings",
];

/// A variable for both hooks, by the reference's name, its value, and an event.
struct Case {
    name: &'static str,
    variable: Option<(&'static str, &'static str)>,
    event: &'static str,
}

const fn case(name: &'static str, event: &'static str) -> Case {
    Case {
        name,
        variable: None,
        event,
    }
}

const fn case_with(
    name: &'static str,
    variable: (&'static str, &'static str),
    event: &'static str,
) -> Case {
    Case {
        name,
        variable: Some(variable),
        event,
    }
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    // Tools.
    case("exec", r#"{"tool_name":"Bash","tool_input":{"command":"ls"}}"#),
    case("exec, codex", r#"{"turn_id":"t","tool_name":"container.exec","tool_input":{"cmd":["ls"]}}"#),
    case("local shell", r#"{"tool_name":"local_shell","tool_input":"ls"}"#),
    case("exec_command", r#"{"tool_name":"exec_command"}"#),
    case("write", r#"{"tool_name":"Write","tool_input":{"file_path":"/a/b.txt","content":"x"}}"#),
    case("notebook edit", r#"{"tool_name":"NotebookEdit","tool_input":{"notebook_path":"/a/b.ipynb"}}"#),
    case("apply_patch", r#"{"tool_name":"apply_patch","tool_input":{"patch":"*** Begin Patch\n*** Update File: src/a1B2c3D4e5F6g7H8i9J0k1L2m3.rs\n"}}"#),
    case("read", r#"{"tool_name":"Read","tool_input":{"file_path":"/home/User1/My-App-2024/src/main.rs"}}"#),
    case("grep_files", r#"{"tool_name":"grep_files","tool_input":{"pattern":"a.*b"}}"#),
    case("list_dir", r#"{"tool_name":"list_dir","tool_input":{"dir":"."}}"#),
    case("web fetch", r#"{"tool_name":"WebFetch","tool_input":{"url":"https://example.com/"}}"#),
    case("fetch_url", r#"{"tool_name":"fetch_url","tool_input":{"url":"https://example.com/?q=1"}}"#),
    case("another tool", r#"{"tool_name":"MultiEdit","tool_input":{}}"#),
    case("a tool in small letters", r#"{"tool_name":"bash","tool_input":{}}"#),
    case("the key `tool`", r#"{"tool":"Bash","tool_input":{"command":"ls"}}"#),
    case("tool_name and tool", r#"{"tool_name":"","tool":"Bash"}"#),
    case("null tool_name and tool", r#"{"tool_name":null,"tool":"Bash"}"#),
    // MCP names.
    case("mcp", r#"{"tool_name":"mcp__crm__find","tool_input":{"id":1}}"#),
    case("mcp without a tool", r#"{"tool_name":"mcp__crm"}"#),
    case("mcp alone", r#"{"tool_name":"mcp__"}"#),
    case("mcp with one underscore", r#"{"tool_name":"mcp_crm__find"}"#),
    case("mcp with four underscores", r#"{"tool_name":"mcp____find"}"#),
    case("mcp screenshot", r#"{"tool_name":"mcp__playwright__browser_take_screenshot"}"#),
    case("mcp diagnostics", r#"{"tool_name":"mcp__ide__getDiagnosticsForFile2"}"#),
    case("mcp plugin", r#"{"tool_name":"mcp__plugin_context7_context7__query-docs"}"#),
    case("a long tool name", r#"{"tool_name":"transactionProcessingServiceV2"}"#),
    // Not recorded.
    case("skipped: TodoWrite", r#"{"tool_name":"TodoWrite","tool_input":{}}"#),
    case("skipped: Task", r#"{"tool_name":"Task","tool_input":{}}"#),
    case("skipped: BashOutput", r#"{"tool_name":"BashOutput"}"#),
    case("no tool", r#"{"tool_input":{}}"#),
    case("empty tool", r#"{"tool_name":""}"#),
    case("a number for a tool", r#"{"tool_name":7}"#),
    case("another event", r#"{"hook_event_name":"PreToolUse","tool_name":"Bash"}"#),
    case("nothing", ""),
    case("blanks", " \n"),
    case("not JSON", "{"),
    case("a list", "[]"),
    case("a byte order mark", "\u{feff}{\"tool_name\":\"Bash\"}"),
    // Events.
    case("event name in capitals and blanks", r#"{"hook_event_name":" POSTTOOLUSE ","tool_name":"Bash"}"#),
    case("event name of another type", r#"{"hook_event_name":5,"tool_name":"Bash"}"#),
    case("blank event name", r#"{"hook_event_name":"  ","tool_name":"Bash"}"#),
    case("duplicate keys", r#"{"tool_name":"Read","tool_name":"Bash","tool_input":{"a":1,"a":2}}"#),
    // Input.
    case("no input", r#"{"tool_name":"Bash"}"#),
    case("null input", r#"{"tool_name":"Bash","tool_input":null}"#),
    case("text input", r#"{"tool_name":"Bash","tool_input":"x"}"#),
    case("list input", r#"{"tool_name":"Bash","tool_input":[1,2.5,null,"\ud800"]}"#),
    case("number input", r#"{"tool_name":"Bash","tool_input":1e400}"#),
    case("false input", r#"{"tool_name":"Bash","tool_input":false}"#),
    case("large numbers", r#"{"tool_name":"Bash","tool_input":{"n":12345678901234567890,"é":0.1}}"#),
    case("a surrogate key", r#"{"tool_name":"Bash","tool_input":{"\ud800":1}}"#),
    // Sessions.
    case("session", r#"{"tool_name":"Bash","session_id":"5f0c6f5e-6d8e-4b1b-9e55-0f4c5d2b7a10"}"#),
    case("number for a session", r#"{"tool_name":"Bash","session_id":12}"#),
    case("list for a session", r#"{"tool_name":"Bash","session_id":["a"]}"#),
    case("empty session", r#"{"tool_name":"Bash","session_id":""}"#),
    case("zero session", r#"{"tool_name":"Bash","session_id":0}"#),
    case("true for a session", r#"{"tool_name":"Bash","session_id":true}"#),
    // Agents.
    case("codex by model", r#"{"tool_name":"Bash","model":"gpt-5"}"#),
    case("codex by null turn", r#"{"tool_name":"Bash","turn_id":null}"#),
    case("a model that is no text", r#"{"tool_name":"Bash","model":{"id":"x"}}"#),
    case("agent given", r#"{"tool_name":"Bash","agent":{"id":"x","name":"X","version":"1","model":"m","team":"t","n":5}}"#),
    case("agent is a text", r#"{"tool_name":"Bash","agent":"x"}"#),
    case_with("agent forced to codex", ("HALO_HOOK_AGENT", " CODEX "), r#"{"tool_name":"Bash"}"#),
    case_with("agent forced to claude-code", ("HALO_HOOK_AGENT", "claude-code"), r#"{"tool_name":"Bash","turn_id":"t","model":"m"}"#),
    case_with("an unknown agent forced", ("HALO_HOOK_AGENT", "aider"), r#"{"tool_name":"Bash"}"#),
    case_with("version by variable", ("HALO_AGENT_VERSION", "2.0.1"), r#"{"tool_name":"Bash"}"#),
    case_with("model by variable", ("HALO_AGENT_MODEL", "m1"), r#"{"tool_name":"Bash","agent":{"version":"3"}}"#),
    case_with("model by variable and event", ("HALO_AGENT_MODEL", "m1"), r#"{"tool_name":"Bash","turn_id":"1","model":"m2"}"#),
    // Subject, principal, threats, parent.
    case("subject text", r#"{"tool_name":"Bash","subject":"acme"}"#),
    case("subject object", r#"{"tool_name":"Bash","subject":{"id":"acme","name":"Acme","tier":1}}"#),
    case("subject with a number", r#"{"tool_name":"Bash","subject":{"id":7}}"#),
    case("subject list", r#"{"tool_name":"Bash","subject":["acme"]}"#),
    case("empty subject", r#"{"tool_name":"Bash","subject":""}"#),
    case_with("subject by variable", ("HALO_SUBJECT", "acme"), r#"{"tool_name":"Bash"}"#),
    case_with("subject by variable and event", ("HALO_SUBJECT", "acme"), r#"{"tool_name":"Bash","subject":"globex"}"#),
    case("principal", r#"{"tool_name":"Bash","principal":{"human_id":"u1","role_scope":"","creator_id":null,"x":1,"service_account":"svc@example.com"}}"#),
    case("principal with a number", r#"{"tool_name":"Bash","principal":{"human_id":5}}"#),
    case("principal text", r#"{"tool_name":"Bash","principal":"u1"}"#),
    case("principal without known keys", r#"{"tool_name":"Bash","principal":{"name":"u1"}}"#),
    case("threat text", r#"{"tool_name":"Bash","threats":"prompt_injection"}"#),
    case("threat object", r#"{"tool_name":"Bash","threats":{"type":"tool_misuse","ref":"ASI02","note":"x"}}"#),
    case("threat list", r#"{"tool_name":"Bash","threats":["a",{"type":"b","ref":""},{"ref":"c"},5,null]}"#),
    case("threat number", r#"{"tool_name":"Bash","threats":5}"#),
    case("parent", r#"{"tool_name":"Bash","parent_id":"5f0c6f5e-6d8e-4b1b-9e55-0f4c5d2b7a10"}"#),
    case("parent number", r#"{"tool_name":"Bash","parent_id":12}"#),
    case("parent zero", r#"{"tool_name":"Bash","parent_id":0}"#),
    case("empty parent", r#"{"tool_name":"Bash","parent_id":""}"#),
    // Verification, data, authority.
    case("verification", r#"{"tool_name":"Bash","verification":{"status":"blocked","verifier":"gate","policy_ref":"p1","checked_at":"2026-01-01T00:00:00Z","x":1}}"#),
    case("verification without status", r#"{"tool_name":"Bash","verification":{"verifier":"gate"}}"#),
    case("verification of an unknown status", r#"{"tool_name":"Bash","verification":{"status":"maybe"}}"#),
    case("data", r#"{"tool_name":"Bash","data":{"region":"eu","cross_region":1,"purpose":"support","zdr":true,"pii_types":["email"],"ticket":5}}"#),
    case("data with fractions", r#"{"tool_name":"Bash","data":{"ratio":0.5,"whole":2.0,"big":12345678901234567890,"cross_region":true}}"#),
    case("data with an odd cross_region", r#"{"tool_name":"Bash","data":{"cross_region":5}}"#),
    case("data text", r#"{"tool_name":"Bash","data":"x"}"#),
    case("data region number", r#"{"tool_name":"Bash","data":{"region":5}}"#),
    case("authority", r#"{"tool_name":"Bash","authority":{"snapshot_id":"s1","scope":"repo","refs":[{"kind":"file","id":"a","loaded":true}]}}"#),
    case("authority with a secret", r#"{"tool_name":"Bash","authority":{"snapshot_id":"s1","scope":"AKIAIOSFODNN7EXAMPLE"}}"#),
    case("authority text", r#"{"tool_name":"Bash","authority":"x"}"#),
    // Outcome.
    case("answer text", r#"{"tool_name":"Bash","tool_response":"done"}"#),
    case("exit code 0", r#"{"tool_name":"Bash","tool_response":{"exit_code":0}}"#),
    case("exit code 1", r#"{"tool_name":"Bash","tool_response":{"exit_code":1}}"#),
    case("exit code text", r#"{"tool_name":"Bash","tool_response":{"exitCode":"2"}}"#),
    case("exit code text 0", r#"{"tool_name":"Bash","tool_response":{"exitCode":" 0 "}}"#),
    case("exit code word", r#"{"tool_name":"Bash","tool_response":{"exit_code":"abc"}}"#),
    case("exit code fraction", r#"{"tool_name":"Bash","tool_response":{"returncode":1.5}}"#),
    case("exit code false", r#"{"tool_name":"Bash","tool_response":{"returncode":false}}"#),
    case("exit code true", r#"{"tool_name":"Bash","tool_response":{"returncode":true}}"#),
    case("return_code -1", r#"{"tool_name":"Bash","tool_response":{"return_code":-1}}"#),
    case("exit code list", r#"{"tool_name":"Bash","tool_response":{"exit_code":[1]}}"#),
    case("is_error", r#"{"tool_name":"Bash","tool_response":{"is_error":true,"content":[{"type":"text","text":"no"}]}}"#),
    case("is_error text", r#"{"tool_name":"Bash","tool_response":{"is_error":"no"}}"#),
    case("is_error zero", r#"{"tool_name":"Bash","tool_response":{"is_error":0}}"#),
    case("error", r#"{"tool_name":"Bash","tool_response":{"error":"boom"}}"#),
    case("empty error", r#"{"tool_name":"Bash","tool_response":{"error":"","x":1}}"#),
    case("status error", r#"{"tool_name":"Bash","tool_response":{"status":"error"}}"#),
    case("status denied", r#"{"tool_name":"Bash","tool_response":{"status":"denied"}}"#),
    case("success false", r#"{"tool_name":"Bash","tool_response":{"success":false}}"#),
    case("interrupted", r#"{"tool_name":"Bash","tool_response":{"interrupted":true}}"#),
    case("isError", r#"{"tool_name":"Bash","tool_response":{"isError":true}}"#),
    case("list answer", r#"{"tool_name":"Bash","tool_response":[{"is_error":true}]}"#),
    case("empty answer", r#"{"tool_name":"Bash","tool_response":{}}"#),
    case("zero answer", r#"{"tool_name":"Bash","tool_response":0}"#),
    case("false answer", r#"{"tool_name":"Bash","tool_response":false}"#),
    case("true answer", r#"{"tool_name":"Bash","tool_response":true}"#),
    case("number answer", r#"{"tool_name":"Bash","tool_response":-0.0}"#),
    // Findings.
    case("a key", r#"{"tool_name":"Bash","tool_input":{"command":"export K=AKIAIOSFODNN7EXAMPLE"}}"#),
    case("several findings", r#"{"tool_name":"Bash","tool_input":{"a":"bob@example.com, alice@example.com","b":"4111 1111 1111 1111","c":"DE89370400440532013000","d":"123-45-6789","e":"10.0.0.1"}}"#),
    case("credentials by key", r#"{"tool_name":"Bash","tool_input":{"accessToken":"x","password":12345,"tokens":"abc","client_secret":["a","b"]}}"#),
    case("findings in the answer", r#"{"tool_name":"Bash","tool_input":{},"tool_response":{"stdout":"password=hunter2 Bearer abcdefghijklmnopqrstuvwxyz"}}"#),
    case("entropy", r#"{"tool_name":"Bash","tool_input":{"q":"zJ8kQ2mN5pR7tV9xB1cD3fG6hK"}}"#),
    case("entropy in a path", r#"{"tool_name":"Read","tool_input":{"file_path":"/a/zJ8kQ2mN5pR7tV9xB1cD3fG6hK.txt"}}"#),
    case("a database", r#"{"tool_name":"Bash","tool_input":{"c":"psql postgres://svc:hunter2@db/x"}}"#),
    case("a private key", r#"{"tool_name":"Bash","tool_input":{"c":"-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----"}}"#),
    case("personal data", r#"{"tool_name":"Bash","tool_input":{"to":"bob@example.com"},"data":{"region":"eu","pii_types":["x"]}}"#),
    case("a secret in data", r#"{"tool_name":"Bash","data":{"note":"AKIAIOSFODNN7EXAMPLE"}}"#),
    case("a secret split by what cannot be seen", "{\"tool_name\":\"Bash\",\"tool_input\":{\"c\":\"AKIA\u{200b}IOSFODNN7EXAMPLE\"}}"),
    case("a secret as a key", r#"{"tool_name":"Bash","tool_input":{"AKIAIOSFODNN7EXAMPLE":1}}"#),
    case("a secret nine levels deep", r#"{"tool_name":"Bash","tool_input":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":"AKIAIOSFODNN7EXAMPLE"}}}}}}}}}}"#),
    case("a phone number and an internal address", r#"{"tool_name":"Bash","tool_input":{"c":"call +1 (555) 123-4567 from 192.168.1.20"}}"#),
    case("tokens of services", r#"{"tool_name":"Bash","tool_input":{"a":"ghp_abcdefghijklmnopqrstuvwxyz0123456789","b":"https://hooks.slack.com/services/T0/B0/x","c":"123456789:abcdefghijklmnopqrstuvwxyz0123456789"}}"#),
    case("a card without a check digit", r#"{"tool_name":"Bash","tool_input":{"n":4111111111111112,"m":4111111111111111}}"#),
    case("thirty addresses", r#"{"tool_name":"Bash","tool_input":"a1@x.org b1@x.org c1@x.org d1@x.org e1@x.org f1@x.org g1@x.org h1@x.org i1@x.org j1@x.org k1@x.org l1@x.org m1@x.org n1@x.org o1@x.org p1@x.org q1@x.org r1@x.org s1@x.org t1@x.org u1@x.org v1@x.org w1@x.org x1@x.org y1@x.org z1@x.org aa@y.org bb@y.org cc@y.org dd@y.org"}"#),
    case("the same address twice", r#"{"tool_name":"Bash","tool_input":{"a":"bob@example.com","b":"bea@example.com"},"tool_response":"bob@example.com"}"#),
    case("a secret in the tool's name", r#"{"tool_name":"AKIAIOSFODNN7EXAMPLE"}"#),
    case("a secret in a subject's name", r#"{"tool_name":"Bash","subject":{"id":"bob@example.com","name":"AKIAIOSFODNN7EXAMPLE bob@example.com"}}"#),
    case("a secret in the session", r#"{"tool_name":"Bash","session_id":"AKIAIOSFODNN7EXAMPLE"}"#),
    case("a secret in a threat", r#"{"tool_name":"Bash","threats":[{"type":"x","ref":"AKIAIOSFODNN7EXAMPLE"}]}"#),
    case("a secret in the agent", r#"{"tool_name":"Bash","agent":{"name":"AKIAIOSFODNN7EXAMPLE","team":"bob@example.com"}}"#),
    case("a credential in data", r#"{"tool_name":"Bash","data":{"api_key":"x","tokens":["a"],"password":5}}"#),
    case("a purpose with an address", r#"{"tool_name":"Bash","data":{"purpose":"mail bob@example.com","region":null}}"#),
    case("a principal's address", r#"{"tool_name":"Bash","principal":{"human_id":"bob@example.com","service_account":"AKIAIOSFODNN7EXAMPLE"}}"#),
    case("a subject's number for a name", r#"{"tool_name":"Bash","subject":{"id":"a","name":5}}"#),
    case("a subject's list for an id", r#"{"tool_name":"Bash","subject":{"id":["a"],"name":"A"}}"#),
    case("a subject without an id", r#"{"tool_name":"Bash","subject":{"name":"A"}}"#),
    case("a subject with a null id", r#"{"tool_name":"Bash","subject":{"id":null,"name":"A"}}"#),
    case("verification number", r#"{"tool_name":"Bash","verification":{"status":"allowed","verifier":5}}"#),
    case("verification text", r#"{"tool_name":"Bash","verification":"allowed"}"#),
    case("threat of a number's type", r#"{"tool_name":"Bash","threats":[{"type":5,"ref":7}]}"#),
    case("parent list", r#"{"tool_name":"Bash","parent_id":["p"]}"#),
    case("parent true", r#"{"tool_name":"Bash","parent_id":true}"#),
    case("data of odd types", r#"{"tool_name":"Bash","data":{"zdr":"yes","pii_types":"email","purpose":7}}"#),
    case("data deep", r#"{"tool_name":"Bash","data":{"a":[[[[[[[[[[1]]]]]]]]]],"é":"ü"}}"#),
    case("empty data", r#"{"tool_name":"Bash","data":{}}"#),
    case("empty threats", r#"{"tool_name":"Bash","threats":[]}"#),
    case("empty authority", r#"{"tool_name":"Bash","authority":{}}"#),
    case("authority of odd types", r#"{"tool_name":"Bash","authority":{"snapshot_id":5,"refs":[{"loaded":1}]}}"#),
    case("an agent's empty text", r#"{"tool_name":"Bash","agent":{"id":"","version":""}}"#),
    case("a blank tool", r#"{"tool_name":" "}"#),
    case("a tool with blanks", r#"{"tool_name":" Bash "}"#),
    case("a tool that is not ASCII", r#"{"tool_name":"Überweisung🙂"}"#),
    case("an exit code as a large text", r#"{"tool_name":"Bash","tool_response":{"exit_code":"1e3"}}"#),
    case("an exit code of zeros", r#"{"tool_name":"Bash","tool_response":{"exit_code":"0.0"}}"#),
    case("an exit code -0.0", r#"{"tool_name":"Bash","tool_response":{"exit_code":-0.0}}"#),
    case("an exit code null", r#"{"tool_name":"Bash","tool_response":{"exit_code":null,"x":1}}"#),
    case("an error list", r#"{"tool_name":"Bash","tool_response":{"error":[],"is_error":{}}}"#),
    case("an error object", r#"{"tool_name":"Bash","tool_response":{"error":{"code":1}}}"#),
    case("status in capitals", r#"{"tool_name":"Bash","tool_response":{"status":"ERROR"}}"#),
    case("an outcome that is not asked for", r#"{"tool_name":"Bash","outcome":{"status":"denied"},"findings":[],"severity":"LOW"}"#),
    case_with("an empty variable", ("HALO_SUBJECT", ""), r#"{"tool_name":"Bash"}"#),
    case_with("no authority file", ("HALO_AUTHORITY_FILE", "not-there.json"), r#"{"tool_name":"Bash"}"#),
    case_with("hashes only, with a secret in the session", ("HALO_HASH_ONLY", "yes"), r#"{"tool_name":"Bash","session_id":"zJ8kQ2mN5pR7tV9xB1cD3fG6hK"}"#),
    case_with("hashes only, with a blank", ("HALO_HASH_ONLY", " 1 "), r#"{"tool_name":"Bash"}"#),
    case_with("hashes only, with data", ("HALO_HASH_ONLY", "true"), r#"{"tool_name":"Bash","data":{"region":"eu","note":"x"},"threats":["t"]}"#),
    case_with("hashes only", ("HALO_HASH_ONLY", "1"), r#"{"tool_name":"Bash","tool_input":{"c":"bob@example.com"},"tool_response":{"x":"y"}}"#),
    case_with("hashes only, in capitals", ("HALO_HASH_ONLY", "TRUE"), r#"{"tool_name":"Bash","tool_input":{"c":"bob@example.com"},"tool_response":{"x":"y"}}"#),
];

/// Where the two differ on purpose: the case, the field (`record` for one that only one of them writes), and
/// why ours is as it is.
#[rustfmt::skip]
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("mcp diagnostics", "action.tool", NAMES_STAY),
    ("mcp plugin", "action.tool", NAMES_STAY),
    ("mcp plugin", "action.authorization", NAMES_STAY),
    ("a long tool name", "action.tool", NAMES_STAY),
    ("skipped: TodoWrite", "record", EVERYTHING),
    ("skipped: Task", "record", EVERYTHING),
    ("skipped: BashOutput", "record", EVERYTHING),
    ("no tool", "record", EVERYTHING),
    ("empty tool", "record", EVERYTHING),
    ("a number for a tool", "record", LOSSES),
    ("another event", "record", EVERYTHING),
    ("nothing", "record", LOSSES),
    ("blanks", "record", LOSSES),
    ("not JSON", "record", LOSSES),
    ("a list", "record", LOSSES),
    ("a byte order mark", "record", "a mark says nothing about the event, and losing a record says less"),
    ("true for a session", "session_id", "the JSON text, not Python's"),
    ("threat object", "threats", CUSTOM_KEYS_STAY),
    ("threat list", "threats", CUSTOM_KEYS_STAY),
    ("a secret in the session", "session_id", "masked ids stay apart by the beginning of their hash"),
    ("parent zero", "parent_id", "a zero is no parent: all empty values count as not given"),
    ("verification", "verification", CUSTOM_KEYS_STAY),
    ("a subject's list for an id", "subject", "a name is kept where the id is none"),
    ("a subject with a null id", "subject", NO_NULLS),
    ("parent true", "parent_id", "the JSON text, not Python's"),
    ("parent list", "parent_id", "what is no id is dropped, not spelled out"),
    ("data of odd types", "data", SOUND),
    ("authority of odd types", "authority", SOUND),
    ("an empty variable", "subject", "an empty variable counts as not set"),
    ("hashes only, with a blank", "excerpts", "the switch takes blanks around it, as the other one does"),
    ("data with an odd cross_region", "data", CUSTOM_KEYS_STAY),
    ("authority text", "record", "what is no authority is dropped; the reference loses the record"),
    ("personal data", "data", "what the producer knows of personal data is added to, not replaced"),
    ("a secret nine levels deep", "severity", ALL_LEVELS),
    ("a secret nine levels deep", "findings", ALL_LEVELS),
    ("hashes only, in capitals", "excerpts", "both switches take yes in any case; the reference only one of them"),
];

const EVERYTHING: &str = "whatever an agent tells of is recorded";
const LOSSES: &str = "an event that cannot be used is on record as lost";
const NAMES_STAY: &str =
    "the reference masks names that look random, so that no policy finds them again";
const CUSTOM_KEYS_STAY: &str = "what the format allows is kept as it was given";
const NO_NULLS: &str = "a null is dropped: sealed, it would never verify";
const SOUND: &str = "what would never verify is dropped or made a text; the reference seals it";
const ALL_LEVELS: &str =
    "everything that is hashed is looked through; the reference stops at eight levels";

pub(super) fn run(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    for (index, case) in CASES.iter().enumerate() {
        let ours = record(bench, case, "ours", index)?;
        let reference = record(bench, case, "reference", index)?;
        let mut problems = Vec::new();
        let fields = match (&ours, &reference) {
            (Some(_), Some(_)) => FIELDS,
            _ => &["record"],
        };
        for field in fields {
            let (ours, reference) = (
                shown(ours.as_ref(), field),
                shown(reference.as_ref(), field),
            );
            let expected = DIFFERENCES
                .iter()
                .any(|(name, of, _)| *name == case.name && of == field);
            if (ours == reference) == expected {
                let odd = if expected {
                    " agrees, but is listed"
                } else {
                    ""
                };
                problems.push(format!("{field}{odd}: ours {ours}, reference {reference}"));
            }
        }
        let problem = (!problems.is_empty()).then(|| problems.join("\n"));
        tally.check(format!("hook, {}", case.name), problem);
    }
    let unknown = DIFFERENCES
        .iter()
        .find(|(name, ..)| !CASES.iter().any(|case| case.name == *name));
    ensure!(unknown.is_none(), "a difference of no case: {unknown:?}");
    Ok(())
}

/// Returns the record that a hook makes of the event, if it makes one. Ours must verify with the reference.
fn record(bench: &Bench, case: &Case, who: &str, index: usize) -> anyhow::Result<Option<Json>> {
    let log = bench.path(&format!("hook-{who}-{index}.jsonl"));
    let mut command = if who == "ours" {
        bench.ours(&["hook"])
    } else {
        bench.reference(&["hook"])
    };
    command.env("HALO_LOG", &log).envs(case.variable);
    let run = Run::of(&mut command, case.event.as_bytes())?;
    ensure!(
        run.status == Some(0) && run.stdout.is_empty(),
        "{who}: {}: {}",
        case.name,
        said(&run)
    );
    let mut records = records(&log)?;
    ensure!(records.len() < 2, "{who}: {}: several records", case.name);
    if who == "ours" && !records.is_empty() {
        let run = Run::of(&mut bench.reference(&["verify", &log]), b"")?;
        ensure!(
            run.status == Some(0),
            "{}: the reference does not verify our record: {}",
            case.name,
            said(&run)
        );
    }
    Ok(records.pop())
}

/// Returns a field in a form that is equal for equal fields.
fn shown(record: Option<&Json>, field: &str) -> String {
    let Some(record) = record else {
        return "none".to_owned();
    };
    match field {
        "record" => "a record".to_owned(),
        "excerpts" => record.at("action.input.summary").is_some().to_string(),
        "findings" => {
            let mut findings: Vec<String> = record
                .items(field)
                .iter()
                .map(|finding| {
                    let text = |key| finding.str(key).unwrap_or_default();
                    format!("{} {}", text("type"), text("severity"))
                })
                .collect();
            findings.sort();
            findings.join(", ")
        }
        field => record
            .at(field)
            .map_or("none".to_owned(), ToString::to_string),
    }
}
