"""One breach of the schema at a time, in record 2 of 3, sealed so that nothing else is wrong."""

import copy

from .build import broken, intact, log, record, sealed, vector

# A record that holds every field the format names.
FULL = record(
    2,
    parent_id="record-1",
    subject={"id": "acme", "name": "Acme"},
    principal={"human_id": "u1", "creator_id": "u2", "service_account": "ci", "role_scope": "support"},
    agent={"id": "agent-1", "name": "agent", "version": "1.0", "model": "m", "model_version": "1"},
    authority={
        "snapshot_id": "s1", "same_as_previous": False, "captured_at": "2026-01-01T00:00:00Z",
        "scope": "repo",
        "workspace": {"path_hash": "a", "git_remote_hash": "b", "git_commit": "c", "worktree_hash": "d"},
        "refs": [{"kind": "file", "id": "i", "uri": "u", "hash": "h", "version": "1", "shadowed_by": "x",
                  "loaded": True, "truncated": False}],
        "omissions": [{"kind": "file", "reason": "size", "hash": "h"}],
        "capture_limits": ["64 KiB"], "stale_if": ["edited"]},
    mcp={"host": "h", "client": "c", "server": "s", "server_version": "1"},
    action={"type": "write", "category": "safety", "tool": "Write",
            "authorization": {"decision": "allowed", "scope": "fs.write", "approver": "u1"},
            "input": {"hash": "sha256:00", "summary": "x"}},
    outcome={"status": "ok", "summary": "done", "hash": "sha256:00", "exit_code": 0},
    findings=[{"type": "email", "severity": "LOW", "sample": "a****@b.c"}],
    threats=[{"type": "T1", "ref": "r"}],
    verification={"status": "allowed", "verifier": "v", "policy_ref": "p", "checked_at": "t"},
    data={"region": "eu", "cross_region": 1, "purpose": "support", "zdr": True, "pii_types": ["email"]},
    retention={"policy": "30d", "expires": "never"},
    jurisdiction="EU",
    source={"adapter": "hook", "via": "cli", "capture": "captured"},
    framework_tags=["a"],
    signature={"alg": "ed25519", "sig": "AAAA", "key_id": "k"},
)

# Values that are not of a type; each field gets one of them in turn.
NOT_STRING = [7, None, False, ["text"], {}]
NOT_OBJECT = ["text", None, [], 7, True]
NOT_ARRAY = [{}, "text", None, 7, True]
NOT_BOOLEAN = [1, "true", None, 0]
NOT_NUMBER = ["1", None, True, False, [], {}]

STRINGS = """
    session_id ts subject.id subject.name principal.human_id principal.creator_id
    principal.service_account principal.role_scope agent.id agent.name agent.version agent.model
    agent.model_version authority.snapshot_id authority.captured_at authority.scope
    authority.workspace.path_hash authority.workspace.git_remote_hash authority.workspace.git_commit
    authority.workspace.worktree_hash authority.refs.0.kind authority.refs.0.id authority.refs.0.uri
    authority.refs.0.hash authority.refs.0.version authority.refs.0.shadowed_by
    authority.omissions.0.kind authority.omissions.0.reason authority.omissions.0.hash
    authority.capture_limits.0 authority.stale_if.0 mcp.host mcp.client mcp.server mcp.server_version
    action.tool action.authorization.scope action.authorization.approver action.input.summary
    action.input.hash outcome.summary outcome.hash findings.0.type findings.0.sample threats.0.type
    threats.0.ref verification.verifier verification.policy_ref verification.checked_at data.region
    data.purpose data.pii_types.0 retention.policy retention.expires jurisdiction source.adapter
    source.via framework_tags.0 signature.sig signature.key_id
""".split()
OBJECTS = """
    subject principal agent authority authority.workspace authority.refs.0 authority.omissions.0 mcp
    action action.authorization action.input outcome findings.0 threats.0 verification data retention
    source signature
""".split()
ARRAYS = """
    authority.refs authority.omissions authority.capture_limits authority.stale_if findings threats
    data.pii_types framework_tags
""".split()
BOOLEANS = "authority.same_as_previous authority.refs.0.loaded authority.refs.0.truncated data.zdr".split()
# An enum, and a value that looks as if it belonged to it.
ENUMS = {
    "action.type": "execute", "action.category": "Security", "action.authorization.decision": "approved",
    "outcome.status": "success", "findings.0.severity": "info", "severity": "NONE",
    "verification.status": "verified", "source.capture": "", "integrity.alg": "SHA-256",
    "integrity.canon": "jcs", "signature.alg": "rsa",
}
REQUIRED = """
    schema_version record_id session_id ts action action.type action.category findings.0.type
    findings.0.severity threats.0.type verification.status integrity.alg integrity.canon signature.alg
    signature.sig
""".split()


def at(path):
    """Returns a fresh full record, the container `path` ends in, and the last step."""
    whole = copy.deepcopy(FULL)
    inner, *steps = whole, *path.split(".")
    for step in steps[:-1]:
        inner = inner[int(step) if isinstance(inner, list) else step]
    return whole, inner, int(steps[-1]) if isinstance(inner, list) else steps[-1]


def name_of(path):
    return path.replace(".", "-").replace("_", "-")


def breach(name, description, changed, *codes):
    return vector(f"schema-{name}", description, log(*sealed(record(1), changed, record(3))),
                  broken(3, None, *[(code, 2) for code in codes]))


def put(name, description, path, value, *codes):
    whole, inner, last = at(path)
    inner[last] = value
    return breach(name, description, whole, *codes)


def wrong_types(paths, kind, values):
    for index, path in enumerate(paths):
        value = values[index % len(values)]
        yield put(f"type-{name_of(path)}", f"{path} is not {kind} but {value!r}.", path, value, "wrong-type")


def unknown_values():
    for index, (path, value) in enumerate(ENUMS.items()):
        other = NOT_STRING[index % len(NOT_STRING)]
        yield put(f"enum-{name_of(path)}", f"{path} is {value!r}, which is not one of its values.",
                  path, value, "unknown-value")
        yield put(f"enum-type-{name_of(path)}", f"{path} is {other!r}, which is only a wrong type.",
                  path, other, "wrong-type")


def missing_fields():
    for path in REQUIRED:
        whole, inner, last = at(path)
        del inner[last]
        yield breach(f"missing-{name_of(path)}", f"{path} is missing.", whole, "missing-field")


def numbers():
    for value in NOT_NUMBER:
        name = {list: "array", dict: "object", str: "string"}.get(type(value), str(value).lower())
        yield put(f"type-data-cross-region-{name}", f"data.cross_region is not a number but {value!r}.",
                  "data.cross_region", value, "wrong-type")


VECTORS = [
    vector("schema-every-field", "Record 2 holds every field the format names, each with a valid value.",
           log(*sealed(record(1), FULL, record(3))), intact(3)),
    put("const-schema-version", "schema_version is another version.", "schema_version", "0.2", "wrong-value"),
    put("const-type-schema-version", "schema_version is a number, which is only a wrong type.",
        "schema_version", 1, "wrong-type"),
    *wrong_types(STRINGS, "a string", NOT_STRING),
    *wrong_types(OBJECTS, "an object", NOT_OBJECT),
    *wrong_types(ARRAYS, "an array", NOT_ARRAY),
    *wrong_types(BOOLEANS, "a boolean", NOT_BOOLEAN),
    *numbers(),
    *unknown_values(),
    *missing_fields(),
    put("empty-action", "action is an empty object: both fields it must have are missing.",
        "action", {}, "missing-field", "missing-field"),
    put("empty-finding", "An entry of findings is empty: both fields it must have are missing.",
        "findings", [{}], "missing-field", "missing-field"),
    put("two-items", "Two of three items of an array have a wrong type; each is a finding.",
        "data.pii_types", ["email", 1, None], "wrong-type", "wrong-type"),
    put("second-item", "The second entry of findings breaks the schema.",
        "findings", [{"type": "a", "severity": "LOW"}, {"type": "b", "severity": "NONE"}], "unknown-value"),
]
