"""Whole chains, and chains whose records were changed, moved, added or removed."""

import json

from .build import FIRST_PREV, broken, canonical, intact, line, log, record, sealed, sha256, swap, vector

A, B, C = sealed(record(1), record(2), record(3))
OTHER = sealed(record(1, session_id="session-2", record_id="other-1"),
               record(2, session_id="session-2", record_id="other-2"))


def declared(item, field):
    return item.split(f'"{field}":"')[-1][:64]


def with_prev(item, prev):
    return swap(item, declared(item, "prev_hash"), prev)


def with_hash(item, value):
    return swap(item, declared(item, "hash"), value)


# --- Intact ---------------------------------------------------------------

CUSTOM = {"x_note": "kept", "x_list": [1, [2, {"deep": None}], True],
          "data": {"region": "eu", "ticket": 42, "inner": {"a": [], "b": {}}}}
# The two golden records of FORMAT.md: every kind of character and the extremes
# of the number range, in the spelling a careful writer would not choose.
GOLDEN = {"schema_version": "0.1", "record_id": "r1", "session_id": "s1",
          "ts": "2026-01-01T00:00:00Z", "agent": {"id": "a", "name": "a"},
          "action": {"type": "read", "category": "privacy", "tool": "Read",
                     "input": {"hash": "sha256:00", "summary": "{'path': 'x'}"}},
          "severity": "INFO", "findings": [], "integrity": {"alg": "sha-256", "canon": "rfc8785"}}
GOLDEN_DATA = {"\u00e9": '\u2028\u007f\u001f"\\/', "\U0001f600": 0, "\ue000": 2**53 - 1,
               "n": None, "t": True}
GOLDEN_A, GOLDEN_B = sealed(GOLDEN, {**GOLDEN, "record_id": "r2", "data": GOLDEN_DATA})
GOLDEN_B = swap(GOLDEN_B, '"\\ud83d\\ude00":0', '"\\ud83d\\ude00":-0')


def backwards(value):
    """Returns an equal value whose keys are inserted in the opposite order."""
    if isinstance(value, dict):
        return {key: backwards(value[key]) for key in reversed(value)}
    return [backwards(item) for item in value] if isinstance(value, list) else value


def resealed():
    changed = record(2)
    changed["action"]["input"]["summary"] = "{'path': 'innocent.md'}"
    return sealed(record(1), changed, record(3))


INTACT = [
    vector("chain-intact", "Three records, sealed one after the other.",
           log(A, B, C), intact(3)),
    vector("chain-one-record", "A chain of one record.",
           log(A), intact(1)),
    vector("chain-golden", "The two golden records: escapes, astral and private use keys, -0 and 2^53-1.",
           log(GOLDEN_A, GOLDEN_B), intact(2)),
    vector("chain-least-record", "Only the fields a record must have.",
           log(*sealed({"schema_version": "0.1", "record_id": "", "session_id": "", "ts": "",
                        "action": {"type": "read", "category": "safety"},
                        "integrity": {"alg": "sha-256", "canon": "rfc8785"}})), intact(1)),
    vector("chain-custom-keys", "Keys the format does not name are allowed at every level and are hashed.",
           log(*sealed(record(1), record(2, **CUSTOM), record(3))), intact(3)),
    vector("chain-custom-integrity-key", "An unknown key inside integrity is covered by the hash like any other.",
           log(*sealed(record(1), record(2, integrity={"alg": "sha-256", "canon": "rfc8785", "note": "x"}),
                       record(3))), intact(3)),
    vector("chain-signature-not-checked", "A signature is covered by the hash but is not itself verified.",
           log(*sealed(record(1), record(2, signature={"alg": "ed25519", "sig": "not a signature"}),
                       record(3))), intact(3)),
    vector("chain-key-order", "The stored order of keys does not matter: record 2 is written backwards.",
           log(A, line(backwards(json.loads(B))), C), intact(3)),
    vector("chain-resealed", "Record 2 was changed and everything after it sealed again. The chain is "
           "intact: only a head kept elsewhere can tell it from the original.",
           log(*resealed()), intact(3)),
    vector("chain-removed-last", "The last record was removed. What remains is intact: only a head kept "
           "elsewhere can tell that there was more.",
           log(A, B), intact(2)),
]


# --- Altered --------------------------------------------------------------

def altered(name, description, lines, number, *earlier):
    return vector(name, description, log(*lines),
                  broken(len(lines), number, *earlier, ("hash-mismatch", number)))


def extra_integrity(note):
    return record(2, integrity={"alg": "sha-256", "canon": "rfc8785", "note": note})


SIGNED = sealed(record(1), record(2, signature={"alg": "ed25519", "sig": "AAAA"}), record(3))
NOTED = sealed(record(1), extra_integrity("x"), record(3))
NUMBERED = sealed(record(1), record(2, data={"n": 1}), record(3))
ACCENTED = sealed(record(1), record(2, data={"purpose": "caf\u00e9"}), record(3))

ALTERED = [
    altered("altered-first", "A value in the first record was changed. Later records cannot be judged.",
            [swap(A, "notes.txt", "other.txt"), B, C], 1),
    altered("altered-middle", "A value in the second of three records was changed.",
            [A, swap(B, "report.md", "other.md"), C], 2),
    altered("altered-last", "A value in the last record was changed.",
            [A, B, swap(C, "example.com", "example.org")], 3),
    altered("altered-two-records", "Two records were changed; only the first is reported, since what "
            "follows a break cannot be judged.",
            [swap(A, "notes.txt", "other.txt"), B, swap(C, "example.com", "example.org")], 1),
    altered("altered-key-added", "A key was added to a sealed record.",
            [A, swap(B, '"severity":"INFO"', '"severity":"INFO","note":1'), C], 2),
    altered("altered-key-removed", "An optional key was removed from a sealed record.",
            [A, swap(B, '"severity":"INFO",', ""), C], 2),
    altered("altered-key-renamed", "A key nobody needs was renamed.",
            [A, swap(B, '"agent":', '"agent_":'), C], 2),
    altered("altered-number-to-string", "A number became a string of the same digits.",
            [NUMBERED[0], swap(NUMBERED[1], '"n":1', '"n":"1"'), NUMBERED[2]], 2),
    altered("altered-ts", "The time of a record was changed.",
            [A, swap(B, "00:00:02Z", "00:00:02.5Z"), C], 2),
    altered("altered-normalisation", "An accented letter was decomposed. Text is never normalised.",
            [ACCENTED[0], swap(ACCENTED[1], "\\u00e9", "e\\u0301"), ACCENTED[2]], 2),
    altered("altered-signature", "The signature of a sealed record was changed; the hash covers it.",
            [SIGNED[0], swap(SIGNED[1], "AAAA", "BBBB"), SIGNED[2]], 2),
    altered("altered-integrity-key", "An unknown key inside integrity was changed; the hash covers it.",
            [NOTED[0], swap(NOTED[1], '"note":"x"', '"note":"y"'), NOTED[2]], 2),
    altered("altered-alg", "integrity.alg was changed; the hash covers it, and the schema knows one value.",
            [A, swap(B, "sha-256", "sha-512"), C], 2, ("unknown-value", 2)),
    altered("hash-uppercase", "The hash is right but written in capitals. Hashes are compared as text.",
            [A, with_hash(B, declared(B, "hash").upper()), C], 2),
    altered("hash-prefixed", "The hash carries the prefix that only input hashes have.",
            [A, with_hash(B, "sha256:" + declared(B, "hash")), C], 2),
    altered("hash-empty", "The hash is an empty string.",
            [A, with_hash(B, ""), C], 2),
    altered("hash-wrong-last", "The hash of the last record is not its hash.",
            [A, B, with_hash(C, "f" * 64)], 3),
]


# --- Moved, added, removed ------------------------------------------------

def detached(name, description, lines, number, *later, earlier=()):
    return vector(name, description, log(*lines),
                  broken(len(lines), number, ("link-mismatch", number), *later,
                         warnings=[("earlier-timestamp", place) for place in earlier]))


FOREIGN_START = sealed(record(1), prev="ab" * 32)
UPPER_PREV = sealed(record(2), prev=declared(A, "hash").upper())

MOVED = [
    detached("removed-first", "The first record was removed. Record 1 is unaltered but follows another.",
             [B, C], 1),
    detached("removed-middle", "The second of three records was removed.",
             [A, C], 2),
    detached("swapped", "Records 2 and 3 changed places.",
             [A, C, B], 2, earlier=[3]),
    detached("reversed", "The whole chain was written backwards.",
             [C, B, A], 1, earlier=[2, 3]),
    detached("duplicated-line", "Record 2 stands in the log twice.",
             [A, B, B, C], 3, ("duplicate-record-id", 3)),
    detached("duplicated-first-line", "Record 1 stands in the log twice.",
             [A, A, B, C], 2, ("duplicate-record-id", 2)),
    detached("inserted-foreign", "A record of another chain was inserted after record 1.",
             [A, OTHER[1], B, C], 2),
    detached("inserted-first", "The first record of another chain was put in front.",
             [OTHER[0], A, B, C], 2),
    detached("joined-chains", "Two intact chains in one file are not one chain.",
             [A, B, C, *OTHER], 4, earlier=[4]),
    detached("prev-not-zeros", "The first record names a predecessor.",
             FOREIGN_START, 1),
    detached("prev-sealed-wrong", "Record 2 was sealed over another predecessor than the one before it.",
             [A, *sealed(record(2), record(3), prev="cd" * 32)], 2),
    detached("prev-sealed-uppercase", "Record 2 was sealed over its predecessor's hash in capitals. Hashes "
             "are compared as text.",
             [A, *UPPER_PREV], 2),
    detached("prev-sealed-zeros", "Record 2 was sealed as if it were the first.",
             [A, *sealed(record(2))], 2),
]


def relinked(name, description, lines, number, *earlier):
    return vector(name, description, log(*lines),
                  broken(len(lines), number, *earlier, ("altered-link", number)))


LINKS = [
    relinked("prev-altered", "prev_hash of record 2 was changed; its hash covers the true one.",
             [A, with_prev(B, "ab" * 32), C], 2),
    relinked("prev-altered-first", "prev_hash of record 1 was changed.",
             [with_prev(A, "ab" * 32), B, C], 1),
    relinked("prev-uppercase", "prev_hash of record 2 was rewritten in capitals.",
             [A, with_prev(B, declared(B, "prev_hash").upper()), C], 2),
    relinked("prev-empty", "prev_hash of record 2 is an empty string.",
             [A, with_prev(B, ""), C], 2),
    relinked("prev-and-hash-altered", "prev_hash and hash of record 2 were both changed.",
             [A, with_hash(with_prev(B, "ab" * 32), "cd" * 32), C], 2),
    relinked("prev-altered-and-value", "Record 2 was moved here from elsewhere and changed as well.",
             [A, swap(C, "example.com", "example.org")], 2),
    relinked("prev-missing", "Record 2 has no prev_hash.",
             [A, swap(B, f'"prev_hash":"{declared(B, "prev_hash")}",', ""), C], 2, ("missing-field", 2)),
    relinked("prev-null", "prev_hash of record 2 is null.",
             [A, swap(B, f'"{declared(B, "prev_hash")}"', "null"), C], 2, ("wrong-type", 2)),
    relinked("prev-number", "prev_hash of record 1 is the number 0.",
             [swap(A, f'"{FIRST_PREV}"', "0"), B, C], 1, ("wrong-type", 1)),
    altered("hash-missing", "Record 2 has no hash.",
            [A, swap(B, f',"hash":"{declared(B, "hash")}"', ""), C], 2, ("missing-field", 2)),
    altered("hash-null", "The hash of record 2 is null.",
            [A, swap(B, f'"{declared(B, "hash")}"', "null"), C], 2, ("wrong-type", 2)),
    vector("prev-sealed-null", "Record 2 was sealed over a prev_hash of null, and its hash covers that. "
           "Only a text can name a predecessor.",
           log(A, line(dict(record(2), integrity={
               "alg": "sha-256", "canon": "rfc8785", "prev_hash": None,
               "hash": sha256(canonical(dict(record(2), integrity={
                   "alg": "sha-256", "canon": "rfc8785", "prev_hash": None})))}))),
           broken(2, 2, ("wrong-type", 2), ("altered-link", 2))),
]


# --- After a break --------------------------------------------------------

def after_break(name, description, lines, *later, warnings=()):
    return vector(f"after-break-{name}", f"Record 1 was removed. {description}", log(*lines),
                  broken(len(lines), 1, ("link-mismatch", 1), *later, warnings=warnings))


# These need a second fault: they show what is still judged once the chain is broken.
AFTER_BREAK = [
    after_break("hash", "The hash of a later record is wrong, and is not reported.",
                [B, with_hash(C, "f" * 64)]),
    after_break("link", "A later record does not follow the one before it, which is not reported.",
                [B, *sealed(record(3), prev="cd" * 32)]),
    after_break("schema", "A later record breaks the schema, which is reported.",
                [B, swap(C, '"severity":"INFO"', '"severity":"NONE"')], ("unknown-value", 2)),
    after_break("number", "A later record holds a number without a canonical form; both findings are reported.",
                [B, swap(C, '"findings":[]', '"findings":[],"n":0.5')],
                ("not-an-integer", 2), ("not-hashable", 2)),
    after_break("not-json", "A later line is not JSON, which is reported.",
                [B, "garbage", C], ("not-json", 2)),
    after_break("shape", "A later line is no object, which is reported.",
                [B, "[]", C], ("not-an-object", 2)),
    after_break("duplicate-key", "A later record repeats a key, which is reported.",
                [B, swap(C, '"severity":"INFO"', '"severity":"LOW","severity":"INFO"')], ("duplicate-key", 2)),
    after_break("duplicate-id", "A later record repeats an id, which is reported.",
                [B, B], ("duplicate-record-id", 2)),
    after_break("warnings", "Later records still give warnings.",
                [C, swap(B, '"findings":[]', '"findings":[],"parent_id":"nowhere"')],
                warnings=[("earlier-timestamp", 2), ("unresolved-parent", 2)]),
]

VECTORS = [*INTACT, *ALTERED, *MOVED, *LINKS, *AFTER_BREAK]
