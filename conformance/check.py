#!/usr/bin/env python3
"""Checks an unpacked bundle of `sealstone export` with the standard library alone.

    python3 check.py [FOLDER]

FOLDER holds manifest.json, records.jsonl, evidence.csv and, of a witness, checkpoints.jsonl; without it, it is the folder above this file. All
records of a log are verified as a log. Of a selection each record is checked by itself: what lies between them
is not there, so no chain leads from them to the head that the manifest names.

Exit status: 0 everything agrees, 1 something does not.
"""

import csv
import io
import json
import re
import sys
from pathlib import Path

from verify import record_hash, sha256, verify


def guarded(cell, text):
    """Whether a cell of the table says this text; the apostrophe keeps a spreadsheet from calculating it."""
    text = re.sub("[\ud800-\udfff]", "\ufffd", text)
    return cell in (text, f"'{text}")


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


def of_table(rows, records):
    """Finds rows that are not of the records."""
    if len(rows) != len(records):
        yield f"evidence.csv has {len(rows)} rows, records.jsonl {len(records)} records"
    for number, (row, record) in enumerate(zip(rows, records), 1):
        expected = {"ts": record["ts"], "record_id": record["record_id"],
                    "prev_hash": record["integrity"]["prev_hash"], "hash": record["integrity"]["hash"]}
        for column, text in expected.items():
            if not guarded(row[column], text):
                yield f"row {number} of evidence.csv is of another record: {column}"


def of_checkpoints(text, records, is_whole):
    """Finds what a witness says otherwise. Of a selection nobody knows which record a checkpoint is about."""
    for checkpoint in map(json.loads, filter(None, text.split("\n"))):
        count, head = checkpoint["count"], checkpoint["head"]
        hashes = [record["integrity"]["hash"] for record in records[max(count - 1, 0):count]]
        if is_whole and hashes != [head]:
            yield f"a witness says that the log had {count} records and the head {head}, and these have not"


def problems(folder):
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    table, data = (folder / "evidence.csv").read_bytes(), (folder / "records.jsonl").read_bytes()
    lines = [line for line in data.decode().split("\n") if line]
    records = [json.loads(line) for line in lines]
    chain = manifest["chain"]
    if len(records) != manifest["window_records"]:
        yield f"records.jsonl has {len(records)} records, the manifest says {manifest['window_records']}"
    if len(records) == chain["total_records"]:
        yield from of_log(data, chain)
    else:
        yield from of_selection(records)
    checkpoints = folder / "checkpoints.jsonl"
    if checkpoints.exists():
        yield from of_checkpoints(checkpoints.read_text("utf-8"), records, len(records) == chain["total_records"])
    if sha256(table.decode()) != manifest["csv_sha256"]:
        yield "evidence.csv is not the one of the manifest"
    yield from of_table(list(csv.DictReader(io.StringIO(table.decode(), newline=""))), records)


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    csv.field_size_limit(2**31 - 1)
    try:
        found = list(problems(folder))
    except (KeyError, TypeError, ValueError, OSError, csv.Error) as error:
        found = [f"cannot be checked: {error!r}"]
    for problem in found:
        print(problem)
    if not found:
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        chain, rows = manifest["chain"], manifest["window_records"]
        if rows == chain["total_records"]:
            print(f"everything agrees; the head of the log is {chain['head_hash']}")
        else:
            print(f"each of these {rows} records is as it was sealed; whether they are of the log of "
                  f"{chain['total_records']} records with the head {chain['head_hash']}, only that log shows")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
