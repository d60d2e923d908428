"""Writes logs to a folder and exports them with the reference, called in this process because starting it takes longer.

    exports.py FOLDER [LOG...]

Prints a line of JSON for each export: its name, the log, the options, the status, and the number of its output.
"""

import ast
import contextlib
import io
import json
import os
import random
import sys
import warnings

from halo_record.cli import main
from recipes.build import record, sealed

warnings.simplefilter("ignore")
SOURCE = random.Random(20261122)

PIECES = ["a", "Zq", "=1+1", "+x", "-2", "@me", " ", "\t", "\r", "\n", "\r\n", "\x00", "\x01", "\x1b[31m", "\x1c", "\x7f",
          "\x85", "\xa0", "\u2028", "\u3000", "\ufeff", "\u200b", "\u202e", '"', '""', ",", ";", "'", "|", "\\", "é", "日本",
          "🙂", "e\u0301", "{", "}", "[", "]", "{'a': 1}", "http://x", "%", "\uff1d1"]
SPOTS = ["agent.id", "agent.name", "agent.version", "agent.model", "agent.model_version", "subject.id", "subject.name",
         "principal.human_id", "principal.creator_id", "principal.service_account", "principal.role_scope",
         "principal.other", "action.tool", "action.input.summary", "action.input.hash", "action.authorization.scope",
         "action.authorization.approver", "outcome.summary", "outcome.hash", "authority.snapshot_id",
         "verification.verifier", "verification.policy_ref", "verification.checked_at", "data.region", "data.purpose",
         "source.adapter", "source.via", "session_id", "parent_id", "ts", "sealstone.call_id"]
# For members that are not any text: what may stand there.
CHOICES = {"action.type": ["tool_call", "agent_message", "read", "write", "network"],
           "action.category": ["security", "safety", "reliability", "privacy"],
           "action.authorization.decision": ["allowed", "denied", "human_approved"],
           "outcome.status": ["ok", "error", "denied"], "severity": ["CRITICAL", "INFO"],
           "verification.status": ["allowed", "blocked", "modified", "unverified"],
           "source.capture": ["captured", "ingested"], "data.cross_region": [0, 1, -5, 2**53 - 1]}
REMOVED = ["agent", "agent.name", "agent.id", "action.tool", "action.input", "action.input.summary", "severity", "findings"]


def text():
    return "".join(SOURCE.choices(PIECES, k=SOURCE.randrange(5)))


def put(item, path, value):
    *objects, last = path.split(".")
    for key in objects:
        item = item.setdefault(key, {})
    if value is ...:
        item.pop(last, None)
    else:
        item[last] = value


def hostile(number):
    """Returns a record that verifies, with anything in its texts."""
    item = record(1, record_id=f"{text()}{number}")
    for path in SOURCE.sample(REMOVED, SOURCE.randrange(3)):
        put(item, path, ...)
    for path in SOURCE.sample(SPOTS, SOURCE.randrange(len(SPOTS))):
        put(item, path, text())
    for path in SOURCE.sample(sorted(CHOICES), SOURCE.randrange(len(CHOICES))):
        put(item, path, SOURCE.choice(CHOICES[path]))
    if "verification" in item:
        item["verification"].setdefault("status", "allowed")
    some = [text() for _ in range(SOURCE.randrange(3))]
    if SOURCE.random() < 0.5:
        item["findings"] = [{"type": kind, "severity": "LOW"} for kind in some]
    if SOURCE.random() < 0.5:
        item["threats"] = [{"type": kind, "ref": "x"} for kind in some]
    if SOURCE.random() < 0.5:
        item.setdefault("data", {})["pii_types"] = some
    for name in ("source", "principal", "subject", "authority", "data", "outcome"):
        if SOURCE.random() < 0.05:
            item[name] = {}
    return item


# --- Literals ---------------------------------------------------------------

ATOMS = ["1", "0", "-1", "+1", "- 2", "-0", "0x1F", "0b11", "0o17", "1_000", "00", "12345678901234567890123", "1.5", "1.",
         ".5", "1e3", "1e16", "1e-5", "-0.0", "1e400", "0.1", "123456789012345680.0", "True", "False", "None", "...",
         "'a'", '"b"', "''", "'it\\'s'", "\"it's\"", "'a\\nb'", "'\\x41\\u00e9\\101'", "r'\\n'", "R\"x\"", "u'x'", "'é🙂'",
         "'''a'''", '"""a"b"""', "'''a\nb'''", "'a' 'b'", "'a'\n'b'", "'='", "'; '", "'\\q'", "'\\\\'", "'a\\\nb'", "(1)",
         "((2))", "-(3)", "-(-3)", "+((1))", "()", "(1,)", "[]", "{}"]
BLANKS = ["", "", "", " ", "  ", "\n", "\t", " # c\n", "\\\n", "\f"]
NOISE = list("[]{}(),:'\"\\#-+.01xeTruN\n ") + ["\x00", "é", "\xa0", ";", "=", "true", "lambda", "0_", "''"]


def blank():
    return SOURCE.choice(BLANKS)


def literal(depth):
    kind = SOURCE.randrange(5 if depth else 1)
    if kind < 2:
        return SOURCE.choice(ATOMS)
    items = [literal(depth - 1) for _ in range(SOURCE.randrange(4))]
    if kind == 4:
        keys = ["'a'", "'b c'", "1", "1.0", "True", "None", "-1", "'='", "u'a'", "(2)", "0x1", "''"]
        items = [f"{SOURCE.choice(keys)}{blank()}:{blank()}{item}" for item in items]
    inside = ",".join(blank() + item + blank() for item in items)
    if items and SOURCE.random() < 0.2:
        inside += ","
    opening, closing = {2: "[]", 3: "()" if len(items) != 1 else "[]", 4: "{}"}[kind]
    return opening + inside + closing


def summary():
    """Returns a text that often is a literal, and often just no longer one."""
    whole = SOURCE.choice(["[%s]", "{'k': %s}", "[%s], [1]", "{1: %s} # }"]) % literal(3)
    for _ in range(SOURCE.choice([0, 0, 1, 1, 2])):
        at = SOURCE.randrange(len(whole) + 1)
        cut = SOURCE.randrange(2)
        whole = whole[:at] + SOURCE.choice(NOISE) * SOURCE.randrange(2) + whole[at + cut:]
    return SOURCE.choice(["", " ", "\n", "\u3000"]) + whole + SOURCE.choice(["", "", "\t"])


def is_shown_alike(said):
    """Whether nothing is in a text that sealstone leaves as it is, or on which the reference ends with a traceback."""
    try:
        tree = ast.parse(said.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "\\N{" not in said
    for node in ast.walk(tree):
        keys = node.keys if isinstance(node, ast.Dict) else []
        if any(isinstance(key, (ast.Tuple, ast.List, ast.Dict)) for key in keys):
            return False
        if isinstance(node, (ast.Set, ast.BinOp)) or isinstance(getattr(node, "value", None), (bytes, complex)):
            return False
    return True


def summaries(count):
    while count:
        said = summary()
        if is_shown_alike(said):
            count -= 1
            yield said


# Deep and long ones; then those that sealstone leaves as they are, a log each.
LONG = ["[" * 199 + "]" * 199, "[" * 200 + "]" * 200, "[" * 201 + "]" * 201, "{1:" * 200 + "1" + "}" * 200,
        "['" + "x" * 4092 + "']", "['" + "x" * 4093 + "']", "['" + "é" * 4092 + "']", " " * 3000 + "['" + "x" * 4092 + "']"]
LEFT = {"a literal with a set": "[{1, 2,3}]", "a literal with bytes": "[b'x' ]", "a literal with a complex number": "[1+2j ]",
        "a literal with a character by name": "['\\N{BULLET}']", "a literal with a tuple for a key": "{(1,2):3}",
        "a literal with a large number in hexadecimal": "[0x" + "f" * 33 + "]"}


def summed_up(texts):
    items = []
    for number, said in enumerate(texts, 1):
        item = record(1, record_id=f"record-{number}")
        put(item, "action.input.summary", said)
        put(item, "outcome.summary", said)
        items.append(item)
    return items


# --- Logs -------------------------------------------------------------------

def logs(folder):
    """Writes the logs; yields the name of each and its path."""
    plain = sealed(*(record(number, **({"subject": {"id": "acme"}} if number % 2 else {})) for number in range(1, 5)))
    joined = "\n".join(plain)
    one = "\n".join(sealed(record(1, subject={"id": "acme"}), record(2, subject={"id": "acme", "name": "A"})))
    odd = ["Z", "a", "é", "", "\\", '"', "🙂", "\uffff", "~", "\n"]
    times = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.1234567Z", "2026-01-01 00:00:01", "20260101T000002Z", "2026-W01-4",
             "2026-01-01", "x", "", "2026-01-02T01:00:00+02:00", "2026-01-01T23:59:59.999999Z", "2026-01-02T00:00:00Z",
             "2026-01-01t00:00:00z"]
    unseen = "".join(map(chr, [*range(0x80, 0x250, 3), *range(0x2000, 0x2070), *range(0xfe00, 0xfe10), 0xad, 0x34f, 0x61c,
                               0x115f, 0x17b4, 0x180e, 0x3164, 0xfeff, 0xffa0, 0x1d173, 0xe0001, 0xe0020, 0x2800, 0xfff9]))
    texts = {
        "plain": joined + "\n",
        "one subject": one + "\n",
        "oddly written": "\ufeff\n \r\n" + "\r\n\n".join(plain) + "\n\t\n" + " ",
        "without an end": joined,
        "subjects": "\n".join(sealed(*(record(1, record_id=str(n), subject={"id": i}) for n, i in enumerate(odd)))),
        "times": "\n".join(sealed(*(record(1, record_id=str(n), ts=ts) for n, ts in enumerate(times)))),
        "unseen": "\n".join(sealed(*(record(1, record_id=str(n), agent={"id": f"a{c}", "name": c}, session_id=f"{c}{c}")
                                     for n, c in enumerate(unseen)))),
        "literals": "\n".join(sealed(*summed_up([*summaries(10_000), *LONG]))),
        "empty": "", "blank": "\n \n", "mark only": "\ufeff",
        "altered": joined.replace("report.md", "salary.md"), "cut": "\n".join(plain[1:]), "torn": joined[:-5],
        "a key twice": joined.replace('"severity"', '"severity":"LOW","severity"', 1),
        "a list": "[]\n", "words": "no log\n",
        "misshapen": "\n".join(sealed({**record(1), "agent": "x"})),
        "null": "\n".join(sealed({**record(1), "severity": None})),
        "half a pair": "\n".join(sealed(record(1, session_id="\ufffd"))).replace("\\ufffd", "\\ud800"),
    }
    for number in range(60):
        texts[f"hostile {number}"] = "\n".join(sealed(*(hostile(index) for index in range(20))))
    for name, said in LEFT.items():
        texts[name] = "\n".join(sealed(*summed_up([said])))
    for name, whole in texts.items():
        path = os.path.join(folder, f"export-{name}.jsonl".replace(" ", "-"))
        with open(path, "w", encoding="utf-8", newline="") as to:
            to.write(whole)
        yield name, path
    path = os.path.join(folder, "export-bytes.jsonl")
    with open(path, "wb") as to:
        to.write(joined.encode() + b"\xff\n")
    yield "bytes", path
    yield "missing", os.path.join(folder, "missing.jsonl")
    yield "a folder", folder


# --- Options ----------------------------------------------------------------

TIMES = ["2026-01-01", "2026-01-01T00:00:02Z", "2026-01-01T00:00:02", "20260101", "2026-W01-4", "2026-01-01T02:00:02+02:00",
         "2026-01-01 00:00:02.5", "2026-01-02", " 2026-01-01 ", "2026-13-01", "x", "", "2026-01-01T24:00:00Z"]
TOOLS = [["Bash"], ["bash,READ"], ["Read", "write"], [""], [" , "], ["none"], ["Read,Read", "read"], ["\u200b"]]
SUBJECTS = ["acme", "", "globex", "Acme"]


def witnesses(name, path, folder):
    """Writes witness files for a log; yields what each is called and where it is."""
    with open(path, encoding="utf-8") as log:
        records = [json.loads(line) for line in log.read().split("\n") if line]
    hashes = [record["integrity"]["hash"] for record in records] or ["0" * 64]
    ids = [record.get("subject", {}).get("id") for record in records]
    subject = next((text for text in ids if text), None)

    def checkpoint(count, head, of=subject, root=hashes[0]):
        return json.dumps({"chain_root": root, "subject": of, "count": count, "head": head, "ts": "2026-01-01T00:00:00Z"})

    last = len(hashes)
    files = {
        "of all": [checkpoint(last, hashes[-1])], "of some": [checkpoint(1, hashes[0]), checkpoint(last, hashes[-1])],
        "of another": [checkpoint(1, hashes[0], of="nobody", root="f" * 64)], "of more": [checkpoint(last + 1, hashes[-1])],
        "of other records": [checkpoint(1, "f" * 64)], "of nothing": [], "damaged": [checkpoint(1, hashes[0]), "no checkpoint"],
    }
    for witness, lines in files.items():
        file = os.path.join(folder, f"witness-{name}-{witness}.jsonl".replace(" ", "-"))
        with open(file, "w", encoding="utf-8") as to:
            to.write("".join(line + "\n" for line in lines))
        yield witness, file
    yield "missing", os.path.join(folder, "no-witness.jsonl")


def exports(known, folder):
    for name, path in [*logs(folder), *known]:
        yield name, path, []
        for subject in SUBJECTS[: 4 if name in ("one subject", "plain", "empty", "altered") else 1]:
            yield f"{name}, only {subject!r}", path, ["--expect-subject", subject]
        if name in ("plain", "times"):
            for time in TIMES:
                yield f"{name}, from {time!r}", path, [f"--from={time}"]
                yield f"{name}, to {time!r}", path, [f"--to={time}"]
            yield f"{name}, a span", path, ["--from=2026-01-01T00:00:02Z", "--to=2026-01-01T00:00:03Z"]
            yield f"{name}, no span", path, ["--from=2026-01-03", "--to=2026-01-01"]
        if name in ("plain", "unseen", "hostile 1"):
            for tools in TOOLS:
                options = [option for tool in tools for option in ("--tool", tool)]
                yield f"{name}, tools {tools}", path, options
        if name in ("plain", "one subject", "empty", "altered", "hostile 1"):
            for witness, file in witnesses(name, path, folder):
                yield f"{name}, witness {witness}", path, ["-w", file]
        if name in ("plain", "altered", "missing"):
            yield f"{name}, into no folder", path, ["-o", os.path.join(folder, "none", "x.csv")]
            yield f"{name}, into a folder", path, ["-o", folder]
            yield f"{name}, manifest into no folder", path, ["--manifest", os.path.join(folder, "none", "x.json")]


def run():
    folder, *known = sys.argv[1:]
    known = [(os.path.basename(path), path) for path in known]
    for number, (name, path, options) in enumerate(exports(known, folder)):
        out = os.path.join(folder, f"export-{number}.csv")
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            try:
                status = main(["export", path, "-o", out, *options])
            except SystemExit as end:
                status = end.code
            except Exception:
                status = "crash"
        said = {"name": name, "log": path, "options": options, "status": str(status), "number": number,
                "printed": printed.getvalue()}
        print(json.dumps(said))


if __name__ == "__main__":
    run()
