#!/usr/bin/env python3
"""Verifies Halo Runtime Record v0.1 logs with the standard library alone.

It follows FORMAT.md and the rules in README.md beside it, shares no code with
any other implementation, and is meant to be read in one sitting. It is a
second opinion, not a fast tool: a log is held in memory and parsed by hand.

    python3 verify.py LOG...             verdict of each log, as JSON
    python3 verify.py --vectors [DIR]    run the verdict vectors
    python3 verify.py --rfc8785 [DIR]    run the canonicalisation vectors

Exit status: 0 intact, 1 broken or unreadable, 3 empty.
"""

import argparse
import hashlib
import json
import re
import sys
from datetime import datetime, timedelta
from pathlib import Path

from schema import SCHEMA, schema_findings, type_of
from strict_json import DEPTH_MAX, Reader, Unreadable

HERE = Path(__file__).resolve().parent
FIRST_PREV = "0" * 64
INTEGER_MAX = 2**53 - 1

# The parser and the walks over a record recurse, at most three frames for each level.
# DEPTH_MAX bounds them, so this limit is never reached by any input.
sys.setrecursionlimit(max(sys.getrecursionlimit(), 8 * DEPTH_MAX))


# --- Canonical form and hash ----------------------------------------------

def number_findings(value, path="record"):
    """Finds the numbers a record may not hold, hashable or not."""
    if isinstance(value, float):
        yield "not-an-integer", path
    elif isinstance(value, int) and abs(value) > INTEGER_MAX:
        yield "integer-too-large", path
    elif isinstance(value, (dict, list)):
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, item in inner:
            yield from number_findings(item, f"{path}.{key}")


def quoted(text):
    # With ensure_ascii off the json module escapes what RFC 8785, 3.2.2.2
    # escapes. A lone surrogate has no UTF-8; the format hashes U+FFFD for it.
    return json.dumps(re.sub("[\ud800-\udfff]", "\ufffd", text), ensure_ascii=False)


def canonical(value):
    """Returns the text a hash covers; raises ValueError where there is none."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, float):
        if not value.is_integer():
            raise ValueError(f"{value} is not an integer")
        return str(int(value))
    if isinstance(value, int):
        if abs(value) > INTEGER_MAX:
            raise ValueError("an integer is beyond 2^53-1")
        return str(value)
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    # Encoding is strict, so a lone surrogate in a key is a ValueError too.
    keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
    return "{" + ",".join(f"{quoted(key)}:{canonical(value[key])}" for key in keys) + "}"


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def record_hash(record, prev):
    integrity = {**record.get("integrity", {}), "prev_hash": prev}
    integrity.pop("hash", None)
    return sha256(canonical({**record, "integrity": integrity}))


def input_hash(value):
    """Returns what `action.input.hash` holds for an input."""
    try:
        return "sha256:" + sha256(canonical(value))
    except ValueError:
        fallback = json.dumps(value, sort_keys=True, separators=(",", ":"))
        return "sha256:" + sha256(fallback)


# --- Verdict --------------------------------------------------------------

TS = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt]([0-9]{2}):([0-9]{2}):([0-9]{2})"
                r"(?:\.([0-9]{1,9}))?(?:[Zz]|([+-])([0-9]{2}):([0-9]{2}))\n?")


def instant(ts):
    """Returns a comparable UTC instant, or None for a `ts` that is none."""
    match = TS.fullmatch(ts) if isinstance(ts, str) else None
    if not match:
        return None
    try:
        time = datetime(*map(int, match.groups()[:6]))
        if match[8]:
            offset = timedelta(hours=int(match[9]), minutes=int(match[10]))
            time = time - offset if match[8] == "+" else time + offset
    except (ValueError, OverflowError):
        return None
    return time, (match[7] or "").ljust(9, "0")


# Without these types the checks that follow have nothing to work on.
SHAPE = (("integrity", dict, "integrity-not-object"), ("record_id", str, "record-id-not-string"),
         ("parent_id", str, "parent-id-not-string"))


class Verifier:
    """Takes the lines of one log in order and keeps what the next one needs."""

    def __init__(self):
        self.records = 0
        self.first_break = None
        self.expected = FIRST_PREV
        self.latest = None
        self.ids = set()
        self.findings = []
        self.warnings = []

    def find(self, code, message="", breaks=False):
        self.findings.append({"code": code, "record": self.records, "message": message})
        if breaks and self.first_break is None:
            self.first_break = self.records

    def line(self, raw, unfinished):
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            self.records += 1
            return self.find("not-utf8", str(error))
        if not text.strip():
            return
        self.records += 1
        reader = Reader(text)
        try:
            value = reader.document()
        except Unreadable as error:
            torn_inside = error.code == "torn-line" and not unfinished
            return self.find("not-json" if torn_inside else error.code, str(error))
        if reader.duplicate is not None:
            self.find("duplicate-key", repr(reader.duplicate))
        if not isinstance(value, dict):
            return self.find("not-an-object", type_of(value), breaks=True)
        misshapen = [(key, code) for key, kind, code in SHAPE
                     if key in value and not isinstance(value[key], kind)]
        for key, code in misshapen:
            self.find(code, type_of(value[key]), breaks=True)
        if not misshapen:
            self.record(value)

    def record(self, record):
        self.time(record.get("ts"))
        for code, message in (*schema_findings(SCHEMA, record), *number_findings(record)):
            self.find(code, message)
        try:
            actual = record_hash(record, self.expected)
            if self.first_break is None:
                self.link(record, actual)
            self.expected = actual
        except ValueError as error:
            # Nothing can link to this record; `first_break` says so from here on.
            self.find("not-hashable", str(error), breaks=True)
        self.names(record.get("record_id"), record.get("parent_id"))

    def time(self, ts):
        now = instant(ts)
        if now and self.latest and now < self.latest:
            self.warnings.append({"code": "earlier-timestamp", "record": self.records})
        self.latest = now or self.latest

    def link(self, record, actual):
        integrity = record.get("integrity", {})
        prev, declared = integrity.get("prev_hash"), integrity.get("hash")
        if prev == self.expected:
            if declared != actual:
                self.find("hash-mismatch", f"the record hashes to {actual}", breaks=True)
        elif isinstance(prev, str) and record_hash(record, prev) == declared:
            self.find("link-mismatch", f"expected {self.expected}", breaks=True)
        else:
            self.find("altered-link", f"expected {self.expected}", breaks=True)

    def names(self, record_id, parent_id):
        if parent_id and parent_id not in self.ids:
            self.warnings.append({"code": "unresolved-parent", "record": self.records})
        if record_id and record_id in self.ids:
            self.find("duplicate-record-id", record_id)
        self.ids.add(record_id)

    def verdict(self):
        intact = self.records > 0 and not self.findings
        return {"verdict": "broken" if self.findings else "intact" if intact else "empty",
                "records": self.records, "head": self.expected if intact else None,
                "first_break": self.first_break, "findings": self.findings,
                "warnings": self.warnings}


def verify(data):
    """Returns the verdict on the bytes of one log."""
    verifier = Verifier()
    *whole, rest = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    for raw in whole:
        verifier.line(raw, unfinished=False)
    verifier.line(rest, unfinished=True)
    return verifier.verdict()


# --- Command line ---------------------------------------------------------

def check_vectors(folder):
    for path in sorted(Path(folder).glob("*/expect.json")):
        expected = json.loads(path.read_text("utf-8"))
        del expected["description"]
        actual = verify(path.with_name("log.jsonl").read_bytes())
        for finding in actual["findings"]:
            del finding["message"]
        yield path.parent.name, expected, actual


def check_rfc8785(folder):
    for path in sorted(Path(folder).glob("*.json")):
        for case in json.loads(path.read_text("utf-8")):
            value = Reader(case.get("line", case.get("input"))).document()
            if path.name == "input-hash.json":
                yield path.name, case["hash"], input_hash(value)
            elif path.name == "golden.json":
                yield path.name, case["hash"], record_hash(value, case["prev_hash"])
            else:
                try:
                    text = canonical(value)
                    actual = text, sha256(text)
                except ValueError:
                    actual = None, None
                yield path.name, (case["canonical"], case["sha256"]), actual


def report(checks):
    failed = passed = 0
    for name, expected, actual in checks:
        passed, failed = passed + (expected == actual), failed + (expected != actual)
        if expected != actual:
            print(f"{name}\n  expected {expected}\n  got      {actual}")
    print(f"{passed} passed, {failed} failed")
    # A run that found nothing to check must not look like a success.
    return 1 if failed or not passed else 0


def main():
    parser = argparse.ArgumentParser(description="Verify Halo Runtime Record v0.1 logs")
    parser.add_argument("logs", nargs="*", metavar="LOG")
    parser.add_argument("--vectors", nargs="?", const=HERE / "vectors", metavar="DIR")
    parser.add_argument("--rfc8785", nargs="?", const=HERE / "rfc8785", metavar="DIR")
    args = parser.parse_args()
    if args.vectors or args.rfc8785:
        checks = [*(check_vectors(args.vectors) if args.vectors else ()),
                  *(check_rfc8785(args.rfc8785) if args.rfc8785 else ())]
        return report(checks)
    if not args.logs:
        parser.error("name a log, or use --vectors")
    statuses = set()
    for log in args.logs:
        try:
            verdict = verify(Path(log).read_bytes())
        except OSError as error:
            print(f"cannot read {log}: {error.strerror}", file=sys.stderr)
            statuses.add(1)
            continue
        print(json.dumps(verdict))
        statuses.add({"intact": 0, "broken": 1, "empty": 3}[verdict["verdict"]])
    return 1 if 1 in statuses else max(statuses)


if __name__ == "__main__":
    sys.exit(main())
