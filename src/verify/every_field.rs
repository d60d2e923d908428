//! Records in which every field of the format occurs, for tests. The fuzz target `paths` has this file too.

use crate::{chain, digest::Digest, json};

/// The records, with `P` for the predecessor's hash and `H` for their own.
pub(crate) const RECORDS: [&str; 3] = [
    concat!(
        r#"{"schema_version":"0.1","record_id":"0190f8e4-55cc-4d1c-9d3b-000000000001","session_id":"s","#,
        r#""ts":"2026-01-05T09:00:00Z","severity":"LOW","framework_tags":["a","b/c"],"jurisdiction":"EU","#,
        r#""agent":{"id":"a","name":"\u00e9","model":"m","model_version":"1","version":"é"},"#,
        r#""action":{"type":"read","category":"privacy","tool":"T","input":{"summary":"s\n","hash":"h"},"#,
        r#""authorization":{"decision":"allowed","approver":"x","scope":"\/y"}},"#,
        r#""authority":{"snapshot_id":"i","same_as_previous":true,"capture_limits":["l"],"captured_at":"t","#,
        r#""omissions":[{"kind":"k","hash":"h","reason":"r"}],"scope":"z","stale_if":["q"],"#,
        r#""refs":[{"id":"1","kind":"k","loaded":false,"truncated":true,"hash":"h","shadowed_by":"","#,
        r#""uri":"u:/","version":"v"},{}],"workspace":{"git_commit":"c","git_remote_hash":"r","#,
        r#""path_hash":"p","worktree_hash":"w"}},"#,
        r#""integrity":{"alg":"sha-256","canon":"rfc8785","prev_hash":"P","hash":"H"}}"#,
    ),
    concat!(
        r#"{"action":{"category":"safety","type":"write"},"data":{"zdr":true,"cross_region":0,"#,
        r#""pii_types":["e"],"purpose":"p","region":"r"},"findings":[{"type":"t","severity":"HIGH"},"#,
        r#"{"sample":"\ud83d\uDE00","type":"😀","severity":"INFO"}],"mcp":{"client":"c","host":"h","#,
        r#""server":"s","server_version":"0"},"outcome":{"status":"ok","summary":"\"\\","hash":"h"},"#,
        r#""parent_id":"0190f8e4-55cc-4d1c-9d3b-000000000001","principal":{"creator_id":"c","#,
        r#""human_id":"h","role_scope":"r","service_account":"a"},"record_id":"r2","#,
        r#""integrity":{"prev_hash":"P","hash":"H","canon":"rfc8785","alg":"sha-256"},"#,
        r#""retention":{"policy":"p","expires":"e"},"schema_version":"0.1","session_id":"","#,
        r#""signature":{"alg":"ed25519","key_id":"k","sig":"s"},"ts":"2026-01-05T09:00:01+00:00"}"#,
    ),
    concat!(
        r#"{"record_id":"r3","ts":"2026-01-05t09:00:01.5z","session_id":"s","schema_version":"0.1","#,
        r#""source":{"via":"v","capture":"captured","adapter":"a"},"subject":{"name":"n","id":"i"},"#,
        r#""threats":[{"type":"t","ref":"r"},{"type":""}],"verification":{"status":"blocked","#,
        r#""checked_at":"c","policy_ref":"p","verifier":"v"},"action":{"type":"network","#,
        r#""category":"security","x":null},"":[0,-1,10,[],{},{"é":[true,{"b":"\/","a":"\u007F"}]}],"#,
        r#""z":{"b":-12,"a/":123456789012345,"😀":null,"ｦ":"\b\f\r\t"},"parent_id":"r2","#,
        r#""integrity":{"hash":"H","canon":"rfc8785","x":"y","prev_hash":"P","alg":"sha-256"}}"#,
    ),
];

/// Returns the lines of the chain that the records make, without their line feeds, and their hashes.
pub(crate) fn chain() -> Vec<(String, Digest)> {
    let mut previous = Digest::GENESIS;
    let sealed = |text: &'static str| {
        let text = text.replace("\"P\"", &format!("\"{previous}\""));
        let read = json::read(text.as_bytes()).expect("they are JSON");
        let record = read.value.as_object().expect("they are objects");
        previous = chain::record_hash(record).expect("they can be hashed");
        (text.replace("\"H\"", &format!("\"{previous}\"")), previous)
    };
    RECORDS.map(sealed).into()
}
