"""Builds logs and says what is expected of them.

Nothing here verifies anything: a recipe seals a valid chain, makes one fault in
its text, and states by hand what a verifier must find.
"""

import hashlib
import json
import re
import sys
from dataclasses import dataclass

FIRST_PREV = "0" * 64

# Some recipes nest values close to the depth limit, and canonical() recurses.
sys.setrecursionlimit(10_000)


@dataclass(frozen=True)
class Vector:
    name: str
    description: str
    log: bytes
    expect: dict


# --- Records --------------------------------------------------------------

ACTIONS = [
    ("read", "privacy", "Read", {"path": "notes.txt"}),
    ("write", "safety", "Write", {"path": "report.md"}),
    ("network", "security", "WebFetch", {"url": "https://example.com"}),
    ("tool_call", "reliability", "Bash", {"command": "make"}),
]


def record(number, **fields):
    """Returns a plain valid record, with `fields` added or replaced."""
    kind, category, tool, given = ACTIONS[(number - 1) % len(ACTIONS)]
    return {
        "schema_version": "0.1",
        "record_id": f"record-{number}",
        "session_id": "session-1",
        "ts": f"2026-01-01T00:00:0{number}Z",
        "agent": {"id": "agent-1", "name": "agent"},
        "action": {
            "type": kind, "category": category, "tool": tool,
            "input": {"hash": "sha256:" + sha256(canonical(given)), "summary": str(given)},
        },
        "severity": "INFO",
        "findings": [],
        "integrity": {"alg": "sha-256", "canon": "rfc8785"},
        **fields,
    }


def canonical(value):
    """Returns the canonical form of a value that holds only what a record may."""
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{canonical(key)}:{canonical(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(canonical(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def sealed(*records, prev=FIRST_PREV):
    """Returns the lines of a chain; each record's integrity is completed."""
    lines = []
    for item in records:
        integrity = {**item["integrity"], "prev_hash": prev}
        prev = sha256(canonical({**item, "integrity": integrity}))
        lines.append(line({**item, "integrity": {**integrity, "hash": prev}}))
    return lines


def line(value):
    """Writes a value the way recorders do: compact, ASCII, keys as inserted."""
    return json.dumps(value, separators=(",", ":"))


# --- Text -----------------------------------------------------------------

def swap(text, old, new):
    """Replaces the one place that holds `old`.

    Two uses: a fault made after sealing, and a value written in a spelling the
    json module would not choose (`1.0` for a sealed 1).
    """
    assert text.count(old) == 1, (old, text)
    return text.replace(old, new)


def log(*lines, end="\n"):
    """Joins lines; bytes stand for text that is not UTF-8."""
    encoded = [item if isinstance(item, bytes) else item.encode() for item in lines]
    return b"\n".join(encoded) + end.encode()


# --- Expectations ---------------------------------------------------------

def intact(records, warnings=()):
    return {"verdict": "intact", "records": records, "head": "declared by the last record",
            "first_break": None, "findings": [], "warnings": places(warnings)}


def broken(records, first_break, *findings, warnings=()):
    return {"verdict": "broken", "records": records, "head": None, "first_break": first_break,
            "findings": places(findings), "warnings": places(warnings)}


def empty():
    return {"verdict": "empty", "records": 0, "head": None, "first_break": None,
            "findings": [], "warnings": []}


def places(pairs):
    return [{"code": code, "record": number} for code, number in pairs]


def vector(name, description, data, expect):
    if expect["head"]:
        # The last record was sealed here, so what it declares is its hash.
        expect = {**expect, "head": re.findall(rb'"hash"\s*:\s*"([0-9a-f]{64})"', data)[-1].decode()}
    return Vector(name, description, data, expect)
