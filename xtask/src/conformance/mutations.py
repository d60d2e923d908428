"""Writes logs with one fault each into the folder DIR, and their names to standard output.

It starts from two sound logs, BASE and CHAIN, and uses the hash of conformance/verify.py to seal what it
changed. What is wrong with a log is for the verifiers to say.
"""

import copy
import json
import random
import sys
from pathlib import Path

from schema import SCHEMA, Const
from verify import FIRST_PREV, record_hash

GIVEN = {
    "parent_id": "p", "subject": {"id": "a", "name": "A"}, "principal": {"human_id": "u"},
    "agent": {"id": "a", "name": "A", "version": "1", "model": "m"}, "mcp": {"host": "h"},
    "authority": {"snapshot_id": "s", "refs": [{"kind": "k", "loaded": True}], "workspace": {"git_commit": "c"},
                  "omissions": [{"kind": "k"}], "capture_limits": ["x"]},
    "outcome": {"status": "ok", "summary": "s", "hash": "sha256:0123456789abcdef"},
    "findings": [{"type": "email", "severity": "LOW", "sample": "x"}], "threats": [{"type": "t", "ref": "r"}],
    "verification": {"status": "allowed", "verifier": "v"}, "retention": {"policy": "p"}, "jurisdiction": "eu",
    "data": {"region": "eu", "cross_region": 0, "zdr": True, "pii_types": ["email"]},
    "source": {"adapter": "a", "via": "v", "capture": "captured"}, "framework_tags": ["t"],
    "signature": {"alg": "ed25519", "sig": "x"}, "severity": "INFO",
}
WRONG = {"string": 5, "boolean": "yes", "number": "1"}


def stored(record):
    return json.dumps(record, separators=(",", ":"))


def plain(index, **fields):
    """Returns an unsealed record with every field the schema knows."""
    record = {"schema_version": "0.1", "record_id": f"id-{index}", "session_id": "s",
              "ts": f"2026-01-01T00:00:0{index}Z",
              "action": {"type": "read", "category": "privacy", "tool": "Read",
                         "authorization": {"decision": "allowed", "scope": "fs", "approver": "a"},
                         "input": {"summary": "x", "hash": "sha256:00"}},
              **copy.deepcopy(GIVEN), **fields}
    if index > 1 and "parent_id" not in fields:
        record["parent_id"] = f"id-{index - 1}"
    return record


def sealed(records):
    """Returns the lines of a chain; a record that has no hash gets one of zeros."""
    previous, lines = FIRST_PREV, []
    for record in records:
        if isinstance(record, dict) and isinstance(record.setdefault("integrity", {}), dict):
            integrity = record["integrity"]
            for key, value in (("alg", "sha-256"), ("canon", "rfc8785"), ("prev_hash", previous)):
                integrity.setdefault(key, value)
            try:
                previous = record_hash(record, previous)
            except ValueError:
                previous = FIRST_PREV
            integrity.setdefault("hash", previous)
        lines.append(stored(record))
    return lines


def log(lines):
    return "".join(line + "\n" for line in lines).encode()


def resealed(change):
    """Returns a log whose second of three records is changed and sealed."""
    records = [plain(1), plain(2, integrity={"alg": "sha-256", "canon": "rfc8785"}), plain(3)]
    change(records[1])
    return log(sealed(records))


def altered(change):
    """Returns a log whose second of three records is changed after it was sealed."""
    lines = sealed([plain(1), plain(2), plain(3)])
    record = json.loads(lines[1])
    change(record)
    lines[1] = stored(record)
    return log(lines)


def spelled(literal, sealed_as):
    """Returns a log with a literal in the text of its second record, sealed as if it were `sealed_as`."""
    lines = sealed([plain(1), plain(2, x_value=sealed_as), plain(3)])
    marker = '"x_value":' + json.dumps(sealed_as)
    assert marker in lines[1]
    lines[1] = lines[1].replace(marker, '"x_value":' + literal)
    return log(lines)


def places(rule, value, path=()):
    """Yields every place of `value` that `rule` speaks of, with what it says."""
    yield path, rule
    if isinstance(rule, dict):
        for name, inner in rule.items():
            name = name.rstrip("!")
            if isinstance(value, dict) and name in value:
                yield from places(inner, value[name], (*path, name))
    elif isinstance(rule, list) and value:
        yield from places(rule[0], value[0], (*path, 0))


def put(path, value):
    def change(record):
        for key in path[:-1]:
            record = record[key]
        record[path[-1]] = value
    return change


def drop(path):
    def change(record):
        for key in path[:-1]:
            record = record[key]
        del record[path[-1]]
    return change


def schema_faults():
    sound = json.loads(sealed([plain(1), plain(2)])[1])
    for path, rule in places(SCHEMA, sound):
        if not path or path == ("integrity",) or path[0] == "integrity" and path[-1] in ("prev_hash", "hash"):
            continue
        name = "-".join(map(str, path))
        kind = rule if isinstance(rule, str) and not isinstance(rule, Const) else None
        wrong = WRONG.get(kind, 5)
        yield f"type-{name}", resealed(put(path, wrong))
        if isinstance(rule, tuple) or isinstance(rule, Const):
            yield f"word-{name}", resealed(put(path, "another"))
        if path[-1] in ("type", "category", "status", "severity", "alg") and len(path) > 1:
            yield f"missing-{name}", resealed(drop(path)) if path[0] != "integrity" else altered(drop(path))
    for name in ("schema_version", "record_id", "session_id", "ts", "action"):
        yield f"missing-{name}", resealed(drop((name,)))
    for path in (("subject", "name"), ("agent", "model"), ("outcome", "summary"), ("source", "via"), ("parent_id",),
                 ("record_id",), ("ts",), ("action",), ("findings",), ("data", "cross_region"), ("severity",)):
        yield f"null-{'-'.join(path)}", resealed(put(path, None))
    for name, path, value in (
            ("bool-for-number", ("data", "cross_region"), True), ("number-for-bool", ("data", "zdr"), 1),
            ("object-for-list", ("findings",), {}), ("list-for-object", ("action",), []),
            ("severity-case", ("severity",), "info"), ("unknown-key", ("x_new",), {"a": [None]}),
            ("empty-record-id", ("record_id",), ""), ("empty-parent-id", ("parent_id",), ""),
            ("parent-self", ("parent_id",), "id-2"), ("parent-later", ("parent_id",), "id-3"),
            ("record-id-list", ("record_id",), ["id-2"]), ("record-id-twice", ("record_id",), "id-1"),
            ("ts-words", ("ts",), "yesterday"), ("ts-earlier", ("ts",), "2025-01-01T00:00:00+00:00"),
            ("ts-offset", ("ts",), "2026-01-01T01:00:00+02:00"), ("ts-month-99", ("ts",), "2026-99-01T00:00:00Z")):
        yield name, resealed(put(path, value))


def unsealed_faults():
    for path in (("action", "tool"), ("action", "authorization", "decision"), ("session_id",), ("ts",), ("record_id",),
                 ("subject", "id"), ("outcome", "status"), ("severity",), ("agent", "name"), ("findings", 0, "type")):
        yield f"altered-{'-'.join(map(str, path))}", altered(put(path, "changed"))
    for path in (("outcome",), ("findings",), ("data", "zdr"), ("action", "input"), ("schema_version",)):
        yield f"removed-{'-'.join(path)}", altered(drop(path))
    yield "added-key", altered(put(("x_new",), 1))
    yield "integrity-extra-key", altered(put(("integrity", "note"), "x"))
    for name, value in (("zz", "zz"), ("empty", ""), ("null", None), ("number", 5), ("zeros", FIRST_PREV)):
        yield f"prev-{name}", altered(put(("integrity", "prev_hash"), value))
        yield f"hash-{name}", altered(put(("integrity", "hash"), value))
    yield "hash-missing", altered(drop(("integrity", "hash")))
    yield "prev-missing", altered(drop(("integrity", "prev_hash")))
    yield "hash-uppercase", altered(lambda record: put(("integrity", "hash"), record["integrity"]["hash"].upper())(record))
    for name, value in (("null", None), ("list", []), ("text", "x"), ("number", 5), ("empty", {})):
        yield f"integrity-{name}", altered(put(("integrity",), value))
    yield "integrity-missing", altered(drop(("integrity",)))


def number_faults():
    for literal in ("0", "-0", "0.0", "-0.0", "1.0", "1e2", "1E2", "1e-0", "9007199254740991", "-9007199254740991", "1e22",
                    "9007199254740991.0"):
        yield f"number-{literal}", spelled(literal, int(float(literal)))
    for literal in ("9007199254740992", "-9007199254740992", "1e400", "-1e400", "NaN", "Infinity", "-Infinity", "1.5",
                    "1e-7", "01", "+1", ".5", "1.", "1e", "0x10", "--1", "nan", "1_000", "9" * 4000, "9" * 4001,
                    "-" + "9" * 4000, "'x'", "\"\\ud800\"", "{\"\\ud800\":1}", "\"\\ud83d\\ude00\"", "\"\\x\"",
                    "\"\\u12g4\"", "\"a\tb\"", "[1,]", "{\"a\":1,}", "{a:1}", "tru", "True", "undefined", "\"\u2028\"",
                    "\"\u0085\"", "1 2", "/*x*/1"):
        name = literal if len(literal) < 20 else f"{literal[:2]}-{len(literal)}"
        safe = "".join(char if char.isascii() and char.isalnum() or char in "+-._" else f"~{ord(char):x}" for char in name)
        yield f"literal-{safe}", spelled(literal, 7)


def duplicate_faults():
    for name, text in (("same", '"x_value":7,"x_value":7'), ("before", '"x_value":8,"x_value":7'),
                       ("after", '"x_value":7,"x_value":8'), ("escaped", '"\\u0078_value":8,"x_value":7'),
                       ("nested", '"x_value":7,"x_o":{"a":1,"a":1}')):
        log_bytes = spelled("7", 7)
        yield f"duplicate-{name}", log_bytes.replace(b'"x_value":7', text.encode())
    sound = sealed([plain(1), plain(2), plain(3)])
    for name, before in (("outcome", '"outcome":'), ("action", '"action":'), ("integrity", '"integrity":'),
                         ("record-id", '"record_id":')):
        line = sound[1].replace(before, before + "{}," + before, 1)
        yield f"duplicate-hidden-{name}", log([sound[0], line, sound[2]])
    line = sound[1].replace('"tool":"Read"', '"tool":"Bash","tool":"Read"')
    yield "duplicate-tool", log([sound[0], line, sound[2]])


def line_faults(lines):
    for index in range(len(lines)):
        yield f"dropped-{index + 1}", log(lines[:index] + lines[index + 1:])
        yield f"doubled-{index + 1}", log(lines[:index + 1] + lines[index:])
    for index in range(len(lines) - 1):
        yield f"swapped-{index + 1}", log(lines[:index] + [lines[index + 1], lines[index]] + lines[index + 2:])
    yield "reversed", log(lines[::-1])
    yield "only-last", log(lines[-1:])
    yield "twice", log(lines + lines)
    yield "joined-lines", log([lines[0] + lines[1], *lines[2:]])
    other = sealed([plain(1, session_id="other"), plain(2, session_id="other")])
    yield "foreign-inserted", log([lines[0], other[1], *lines[1:]])
    yield "two-chains", log(lines + other)
    whole = log(lines)
    for part in range(1, 13):
        yield f"cut-{part}", whole[:len(whole) * part // 13]
    yield "no-final-newline", whole[:-1]
    yield "cut-in-the-middle", log([lines[0], lines[1][:100], *lines[1:]])
    yield "torn-in-the-middle", log([lines[0], lines[1][:100], *lines[2:]])
    yield "garbage-last", whole + b"garbage"


def text_faults(lines):
    whole = log(lines)
    yield "crlf", whole.replace(b"\n", b"\r\n")
    yield "cr", whole.replace(b"\n", b"\r")
    for name, blank in (("empty", ""), ("spaces", "  \t "), ("vt-ff", "\v\f"), ("separators", "\x1c\x1d\x1e\x1f"),
                        ("nel", "\u0085"), ("nbsp", "\u00a0"), ("line-separator", "\u2028"), ("ideographic", "\u3000"),
                        ("ogham", "\u1680"), ("zero-width", "\u200b"), ("mongolian", "\u180e"), ("nul", "\0"),
                        ("bom", "\ufeff"), ("cr", "\r")):
        yield f"blank-{name}", log([lines[0], blank, *lines[1:]])
    yield "blank-everywhere", b"\n\n" + whole.replace(b"\n", b"\n \n") + b"\n\n"
    yield "bom", b"\xef\xbb\xbf" + whole
    yield "bom-twice", b"\xef\xbb\xbf" * 2 + whole
    yield "bom-later", log([lines[0], "\ufeff" + lines[1], *lines[2:]])
    yield "bom-only", b"\xef\xbb\xbf"
    yield "bom-newline", b"\xef\xbb\xbf\n"
    yield "utf-16", whole.decode().encode("utf-16")
    yield "empty", b""
    yield "newline-only", b"\n"
    yield "blanks-only", " \n\u00a0\n\t".encode()
    yield "indented", log(["  " + line.replace(",", " , ") + "\t" for line in lines])
    yield "raw-characters", log([json.dumps(json.loads(line), ensure_ascii=False) for line in lines])
    yield "sorted-keys", log([json.dumps(json.loads(line), sort_keys=True) for line in lines])
    for name, value in (("list", "[]"), ("number", "5"), ("text", '"x"'), ("null", "null"), ("true", "true"),
                        ("object", "{}"), ("nan", "NaN"), ("list-of-record", f"[{lines[1]}]")):
        yield f"line-{name}", log([lines[0], value, *lines[1:]])
        yield f"line-{name}-last", log([*lines, value])
    for name, raw in (("ff", b"\xff"), ("overlong", b"\xc0\xaf"), ("surrogate", b"\xed\xa0\x80"), ("cut", b"\xc3")):
        yield f"utf8-{name}", whole.replace(b'"session_id":"', b'"session_id":"' + raw, 1)


def depth_faults():
    for depth in (60, 200, 320, 340, 600, 1100, 20000):
        for name, opening, closing in (("list", "[", "]"), ("object", '{"a":', "}")):
            yield f"depth-{name}-{depth}", spelled(opening * depth + "1" + closing * depth, 7)


def bit_faults(lines, source):
    whole = log(lines)
    for index in range(60):
        at, bit = source.randrange(len(whole)), 7 if index % 10 == 9 else source.randrange(7)
        yield f"bit-{index}", whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1:]
    for index in range(20):
        at = source.randrange(len(whole))
        yield f"byte-removed-{index}", whole[:at] + whole[at + 1:]
    for index in range(10):
        at = source.randrange(len(whole))
        yield f"byte-added-{index}", whole[:at] + bytes([source.randrange(32, 127)]) + whole[at:]


def main():
    folder, base, chain = map(Path, sys.argv[1:])
    base = base.read_text("utf-8").splitlines()
    chain = chain.read_text("utf-8").splitlines()
    sound = sealed([plain(1), plain(2), plain(3)])
    groups = (schema_faults(), unsealed_faults(), number_faults(), duplicate_faults(), line_faults(base),
              text_faults(sound), depth_faults(), bit_faults(chain[:6], random.Random(20260101)),
              [("sound", log(sound)), ("sound-base", log(base)), ("sound-chain", log(chain))])
    names = set()
    for group in groups:
        for name, data in group:
            assert name not in names, name
            names.add(name)
            (folder / f"{name}.jsonl").write_bytes(data)
            print(name)


if __name__ == "__main__":
    main()
