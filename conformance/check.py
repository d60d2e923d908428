#!/usr/bin/env python3
"""Checks an unpacked bundle of `sealstone export` with the standard library alone.

    python3 check.py [FOLDER]

FOLDER holds manifest.json, records.jsonl, evidence.csv and, of a witness, checkpoints.jsonl; without it, it is the
folder above this file. All records of a log are verified as a log. Of a selection each record is checked by itself:
what lies between them is not there, so no chain leads from them to the head that the manifest names. Every cell of
the table must be what its record says, and what the manifest says of the records must be so of them. What it says of
other things, when it was made and what columns mean, is not looked at.

Exit status: 0 everything agrees, 1 something does not.
"""

import ast
import csv
import io
import json
import re
import sys
import warnings
from pathlib import Path

from verify import instant, record_hash, sha256, verify

# The columns in their order, and where in a record each text stands. Of those without a place, `cells` has the rule.
COLUMNS = {
    "ts": "ts", "action_type": "action.type", "category": "action.category", "tool": "action.tool", "action_summary": None,
    "outcome": "outcome.status", "outcome_summary": None, "subject": "subject.id", "subject_name": "subject.name",
    "principal": None, "agent": None, "agent_version": "agent.version", "model": "agent.model",
    "model_version": "agent.model_version", "decision": "action.authorization.decision",
    "approver": "action.authorization.approver", "scope": "action.authorization.scope",
    "authority_snapshot": "authority.snapshot_id", "verification_status": "verification.status",
    "verification_verifier": "verification.verifier", "verification_policy_ref": "verification.policy_ref",
    "verification_checked_at": "verification.checked_at", "severity": "severity", "findings": None, "threats": None,
    "pii_types": None, "region": "data.region", "cross_region": None, "purpose": "data.purpose", "source": None,
    "session_id": "session_id", "record_id": "record_id", "parent_id": "parent_id", "input_hash": "action.input.hash",
    "prev_hash": "integrity.prev_hash", "hash": "integrity.hash"}
PRINCIPAL = ("human_id", "creator_id", "service_account", "role_scope")
SUMMARY_MAX = 4096


# --- The table --------------------------------------------------------------

def plain(text):
    """Returns a text as UTF-8 can hold it: half a surrogate pair is U+FFFD."""
    return re.sub("[\ud800-\udfff]", "\ufffd", text)


def at(record, path):
    for key in path.split("."):
        record = record.get(key) if isinstance(record, dict) else None
    return record


def text(record, path):
    """Returns what stands there if it is a text, and nothing otherwise."""
    value = at(record, path)
    return plain(value) if isinstance(value, str) else ""


def joined(values):
    return "; ".join(plain(value) for value in values or () if isinstance(value, str))


def guarded(cell):
    """Puts the apostrophe in front that keeps a spreadsheet from calculating a cell."""
    is_control = cell[:1] != "" and (cell[0] < " " or cell[0] == "\x7f")
    return f"'{cell}" if is_control or cell.lstrip()[:1] in tuple("=+-@") else cell


def laid_out(value):
    """Returns a literal of Python's as it is laid out for reading."""
    if isinstance(value, dict):
        return "; ".join(f"{key}={laid_out(item)}" for key, item in value.items())
    if isinstance(value, (list, tuple)):
        return "; ".join(map(laid_out, value))
    return "" if value is None else str(value)


def of_summary(said):
    """Returns the cells that a summary may have: as it was recorded, or laid out. None if it nests too deep for Python."""
    stripped = said.strip()
    if len(stripped) > SUMMARY_MAX or stripped[:1] not in ("{", "[") or stripped[-1:] not in ("}", "]"):
        return {guarded(said)}
    try:
        return {guarded(said), guarded(plain(laid_out(ast.literal_eval(stripped))))}
    except (MemoryError, RecursionError):
        return None
    except (SyntaxError, TypeError, ValueError):
        return {guarded(said)}


def cells(record):
    """Yields each column and the cells that it may have."""
    special = {
        "principal": "; ".join(f"{key}={text(record, f'principal.{key}')}" for key in PRINCIPAL
                               if text(record, f"principal.{key}")),
        "agent": text(record, "agent.name") or text(record, "agent.id"),
        "findings": joined(at(item, "type") for item in record.get("findings") or ()),
        "threats": joined(at(item, "type") for item in record.get("threats") or ()),
        "pii_types": joined(at(record, "data.pii_types")),
        "cross_region": {None: ""}.get(at(record, "data.cross_region"), str(bool(at(record, "data.cross_region"))).lower()),
        "source": f"{text(record, 'source.capture')}:{text(record, 'source.adapter')}" if "source" in record else ""}
    for column, path in COLUMNS.items():
        if column.endswith("_summary"):
            yield column, of_summary(text(record, {"action_summary": "action.input.summary"}.get(column, "outcome.summary")))
        else:
            yield column, {guarded(text(record, path) if path else special[column])}


def of_table(table, records, left_out):
    """Finds cells that do not say what the record says, and puts those that cannot be compared into `left_out`."""
    header, *rows = csv.reader(io.StringIO(table, newline=""), strict=True)
    if header != list(COLUMNS):
        yield f"evidence.csv has other columns: {header}"
        return
    if len(rows) != len(records):
        yield f"evidence.csv has {len(rows)} rows, records.jsonl {len(records)} records"
    for number, (row, record) in enumerate(zip(rows, records), 1):
        if len(row) != len(header):
            yield f"row {number} of evidence.csv has {len(row)} cells"
        for cell, (column, expected) in zip(row, cells(record)):
            if expected is None:
                left_out.append(f"{column} in row {number} of evidence.csv, which nests too deep")
            elif cell not in expected:
                yield f"row {number} of evidence.csv says {cell!a} for {column}, and its record does not"


# --- The manifest -----------------------------------------------------------

def of_subjects(said, records, is_whole):
    """Finds what the manifest says otherwise of whose records these are."""
    ids, others, expected = said["ids"], said.get("records_of_others"), said["expected"]
    found = {text(record, "subject.id") or None for record in records}
    in_order = sorted(found, key=json.dumps)
    if others is None and (ids != in_order if is_whole else not found <= set(ids)):
        yield "the records are of other subjects than the manifest lists"
    if expected is not None and (found - {expected} or ids != [expected]):
        yield f"the manifest says that only {expected!a} was expected, and there are records of others"


def moment(ts):
    """Returns a time to the microsecond, which is how windows are compared; None if it is written in another way."""
    found = instant(ts)
    return found and (found[0], found[1][:6])


def of_window(said, records):
    """Finds what the manifest says otherwise of the first record and the last, and records that are not in its window."""
    for end, record in zip(("first", "last"), (records[0], records[-1]) if records else ()):
        for name, key in (("ts", "ts"), ("record_id", "record_id")):
            if said[f"{end}_{name}"] != text(record, key):
                yield f"the manifest names another {end}_{name} than records.jsonl has"
    first, last = moment(said["from"]), moment(said["to"])
    for number, record in enumerate(records, 1):
        ts = moment(at(record, "ts"))
        if ts and (first and ts < first or last and ts > last):
            yield f"record {number} of records.jsonl is not of the window that the manifest names"


def of_tools(names, records):
    """Finds records of other tools than those that were asked for."""
    known = {name.lower() for name in names}
    for number, record in enumerate(records, 1):
        if text(record, "action.tool").lower() not in known:
            yield f"record {number} of records.jsonl is of no tool that the manifest names"


def of_manifest(manifest, records, is_whole):
    window, tools = manifest["window"], manifest["tool_filter"]
    if list(manifest["columns"]) != list(COLUMNS):
        yield "the manifest describes other columns"
    if not is_whole and tools is None and window["from"] is None and window["to"] is None:
        yield "the manifest names no window and no tool, and there are fewer records than the log has"
    yield from of_subjects(manifest["subject"], records, is_whole)
    yield from of_window(window, records)
    if tools is not None:
        yield from of_tools(tools, records)


# --- The records ------------------------------------------------------------

def of_selection(records):
    """Finds records that are not as they were sealed, or there twice."""
    known = set()
    for number, record in enumerate(records, 1):
        integrity = record["integrity"]
        if record_hash(record, integrity["prev_hash"]) != integrity["hash"]:
            yield f"record {number} of records.jsonl is not as it was sealed"
        if integrity["hash"] in known:
            yield f"record {number} of records.jsonl is there twice"
        known.add(integrity["hash"])


def of_log(data, chain):
    """Finds what keeps all records from being the log that the manifest names."""
    verdict = verify(data)
    if verdict["verdict"] != "intact":
        yield f"records.jsonl does not verify: {json.dumps(verdict)}"
    elif (verdict["head"], verdict["records"]) != (chain["head_hash"], chain["total_records"]):
        yield f"records.jsonl has {verdict['records']} records and the head {verdict['head']}"


def of_checkpoints(text, records, is_whole):
    """Finds what a witness says otherwise. Of a selection nobody knows which record a checkpoint is about."""
    for checkpoint in map(json.loads, filter(None, text.split("\n"))):
        count, head = checkpoint["count"], checkpoint["head"]
        hashes = [record["integrity"]["hash"] for record in records[max(count - 1, 0):count]]
        if is_whole and hashes != [head]:
            yield f"a witness says that the log had {count} records and the head {head}, and these have not"


def of_witness(folder, manifest, records, is_whole):
    """Finds what the manifest says otherwise of a witness than its checkpoints do."""
    path, witness, status = folder / "checkpoints.jsonl", manifest["witness"], manifest["completeness"]["status"]
    if not path.exists():
        if witness is not None or status != "NOT_CHECKED":
            yield "the manifest tells of a witness, and there is no checkpoints.jsonl"
        return
    said = path.read_text("utf-8")
    count = len(list(filter(None, said.split("\n"))))
    if witness is None or (witness["checkpoints"], status) != (count, "COMPLETE" if count else "UNWITNESSED"):
        yield f"checkpoints.jsonl has {count} checkpoints, and the manifest says otherwise"
    yield from of_checkpoints(said, records, is_whole)


def problems(folder, manifest, left_out):
    table, data = (folder / "evidence.csv").read_bytes(), (folder / "records.jsonl").read_bytes()
    records = [json.loads(line) for line in data.decode().split("\n") if line]
    chain = manifest["chain"]
    is_whole = len(records) == chain["total_records"]
    if len(records) != manifest["window_records"]:
        yield f"records.jsonl has {len(records)} records, the manifest says {manifest['window_records']}"
    yield from of_log(data, chain) if is_whole else of_selection(records)
    if sha256(table.decode()) != manifest["csv_sha256"]:
        yield "evidence.csv is not the one of the manifest"
    yield from of_table(table.decode(), records, left_out)
    yield from of_manifest(manifest, records, is_whole)
    yield from of_witness(folder, manifest, records, is_whole)
    # A mark at the beginning, blank lines and what ends the last one are of the log's file and not here.
    text = data.decode()
    if not is_whole:
        left_out.append("source_log_sha256, which is of the whole log")
    elif manifest["source_log_sha256"] not in (sha256(text), sha256(text.removesuffix("\n"))):
        left_out.append("source_log_sha256, which is of a file that is not these bytes: of one with a mark or blank "
                        "lines, or of another")


def succeeded(manifest):
    """Says what was checked."""
    chain, rows = manifest["chain"], manifest["window_records"]
    others = "every cell of evidence.csv says what its record says, and of manifest.json the counts, the window, the tools, " \
             "the subjects, the columns' names and csv_sha256 agree with them"
    if rows == chain["total_records"]:
        return f"everything agrees: these {rows} records are a chain; {others}; the head of the log is {chain['head_hash']}"
    return (f"each of these {rows} records is as it was sealed; {others}; whether they are of the log of "
            f"{chain['total_records']} records with the head {chain['head_hash']}, only that log shows")


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    csv.field_size_limit(2**31 - 1)
    warnings.simplefilter("ignore")
    left_out = []
    try:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        found = list(problems(folder, manifest, left_out))
    except (AttributeError, KeyError, TypeError, ValueError, OSError, csv.Error) as error:
        found = [f"cannot be checked: {error!r}"]
    for problem in found:
        print(problem)
    if not found:
        print(succeeded(manifest))
        for what in left_out:
            print(f"not compared: {what}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
