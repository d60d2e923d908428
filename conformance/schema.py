"""The schema of a record, and where a record departs from it."""


class Const(str):
    """The one text a field may hold."""


SEVERITY = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFO")
# A name is a type, a tuple an enum, a list an array, a dict an object; a `!`
# marks a field its object must have. Every field not named here may be anything.
SCHEMA = {
    "schema_version!": Const("0.1"), "record_id!": "string", "session_id!": "string",
    "parent_id": "string", "ts!": "string", "severity": SEVERITY,
    "subject": {"id": "string", "name": "string"},
    "principal": {"human_id": "string", "creator_id": "string", "service_account": "string",
                  "role_scope": "string"},
    "agent": {"id": "string", "name": "string", "version": "string", "model": "string",
              "model_version": "string"},
    "authority": {
        "snapshot_id": "string", "same_as_previous": "boolean", "captured_at": "string",
        "scope": "string", "capture_limits": ["string"], "stale_if": ["string"],
        "workspace": {"path_hash": "string", "git_remote_hash": "string",
                      "git_commit": "string", "worktree_hash": "string"},
        "refs": [{"kind": "string", "id": "string", "uri": "string", "hash": "string",
                  "version": "string", "shadowed_by": "string", "loaded": "boolean",
                  "truncated": "boolean"}],
        "omissions": [{"kind": "string", "reason": "string", "hash": "string"}]},
    "mcp": {"host": "string", "client": "string", "server": "string", "server_version": "string"},
    "action!": {
        "type!": ("tool_call", "agent_message", "read", "write", "network"),
        "category!": ("security", "safety", "reliability", "privacy"), "tool": "string",
        "authorization": {"decision": ("allowed", "denied", "human_approved"),
                          "scope": "string", "approver": "string"},
        "input": {"summary": "string", "hash": "string"}},
    "outcome": {"status": ("ok", "error", "denied"), "summary": "string", "hash": "string"},
    "findings": [{"type!": "string", "severity!": SEVERITY, "sample": "string"}],
    "threats": [{"type!": "string", "ref": "string"}],
    "verification": {"status!": ("allowed", "blocked", "modified", "unverified"),
                     "verifier": "string", "policy_ref": "string", "checked_at": "string"},
    "data": {"region": "string", "cross_region": "number", "purpose": "string",
             "zdr": "boolean", "pii_types": ["string"]},
    "retention": {"policy": "string", "expires": "string"}, "jurisdiction": "string",
    "source": {"adapter": "string", "via": "string", "capture": ("captured", "ingested")},
    "framework_tags": ["string"],
    "integrity!": {"alg!": ("sha-256",), "canon!": ("rfc8785",), "prev_hash!": "string",
                   "hash!": "string"},
    "signature": {"alg!": ("ecdsa-p256", "ed25519"), "sig!": "string", "key_id": "string"},
}


def type_of(value):
    for kind, name in ((bool, "boolean"), (str, "string"), (dict, "object"), (list, "array"),
                       (int, "number"), (float, "number")):
        if isinstance(value, kind):
            return name
    return "null"


def schema_findings(rule, value, path="record"):
    kind = {dict: "object", list: "array", tuple: "string", Const: "string"}.get(type(rule), rule)
    if type_of(value) != kind:
        yield "wrong-type", f"{path}: expected {kind}, got {type_of(value)}"
    elif isinstance(rule, Const) and value != rule:
        yield "wrong-value", f"{path}: expected {rule!r}"
    elif isinstance(rule, tuple) and value not in rule:
        yield "unknown-value", f"{path}: none of {', '.join(rule)}"
    elif isinstance(rule, dict):
        fields = {name.rstrip("!"): inner for name, inner in rule.items()}
        for name in rule:
            if name.endswith("!") and name[:-1] not in value:
                yield "missing-field", f"{path}.{name[:-1]}"
        for name, inner in value.items():
            if name in fields:
                yield from schema_findings(fields[name], inner, f"{path}.{name}")
    elif isinstance(rule, list):
        for index, inner in enumerate(value):
            yield from schema_findings(rule[0], inner, f"{path}[{index}]")
