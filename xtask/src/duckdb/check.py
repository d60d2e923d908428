"""Compares evidence.parquet as DuckDB reads it with evidence.csv, evidence.jsonl and log.jsonl, all in this folder.

    python3 check.py SELECTION
"""

import collections
import csv
import json
import sys
from datetime import datetime, timezone

import duckdb

PARQUET = "'evidence.parquet'"
TABLE = "read_csv('evidence.csv', all_varchar=true, header=true, quote='\"', escape='\"', nullstr='')"
LISTS = ("findings", "threats", "pii_types")
TYPES = {"ts": "VARCHAR", "ts_utc": "TIMESTAMP WITH TIME ZONE", "cross_region": "BOOLEAN", "record_number": "BIGINT",
         "record": "VARCHAR", **{name: "VARCHAR[]" for name in LISTS}}


def rows(query):
    return duckdb.execute(query).fetchall()


def lines_of(path):
    """Returns the lines of a file. Only a line feed ends one: a record may hold U+2028."""
    with open(path, encoding="utf-8", newline="") as file:
        return [line for line in file.read().split("\n") if line]


def micros(ts):
    moment = datetime.fromisoformat(ts).astimezone(timezone.utc) - datetime(1970, 1, 1, tzinfo=timezone.utc)
    return (moment.days * 86400 + moment.seconds) * 10**6 + moment.microseconds


def main():
    failed = []

    def same(what, a, b):
        if a != b:
            failed.append(f"{what}: {str(a)[:300]} and {str(b)[:300]}")

    lines = lines_of("evidence.jsonl")
    records = [json.loads(line) for line in lines]
    numbers = {line: number for number, line in enumerate(lines_of("log.jsonl"), 1)}
    types = {name: kind for name, kind, *_ in rows(f"describe select * from {PARQUET}")}
    with open("evidence.csv", encoding="utf-8", newline="") as table:
        reader = csv.DictReader(table)
        cells = list(reader)
    if (sys.argv[1] == "nothing") != (not lines) or len(lines) != len(cells):
        failed.append(f"{len(lines)} records and {len(cells)} rows of {sys.argv[1]}")
    same("columns", list(types), [*reader.fieldnames, "ts_utc", "record_number", "record"])
    same("types", types, {name: TYPES.get(name, "VARCHAR") for name in types})
    same("records", [record for record, in rows(f"select record from {PARQUET} order by record_number")], lines)
    same("numbers", [number for number, in rows(f"select record_number from {PARQUET}")], [numbers[line] for line in lines])
    same("times", [time for time, in rows(f"select epoch_us(ts_utc) from {PARQUET} order by record_number")],
         [micros(record["ts"]) for record in records])
    for column in ("action_type", "tool", "subject", "agent", "severity", "outcome", "source"):
        of = f"select {column}, count(*) from {{}} group by all order by all"
        same(column, rows(of.format(PARQUET)), rows(of.format(TABLE)))
    for column in LISTS:
        counted = rows(f"select kind, count(*) from (select unnest({column}) kind from {PARQUET}) group by all")
        expected = collections.Counter(kind for row in cells for kind in row[column].split("; ") if kind)
        same(column, dict(counted), dict(expected))
    same("cross_region", rows(f"select count(cross_region), count(*) filter (cross_region) from {PARQUET}"),
         [(sum(row["cross_region"] != "" for row in cells), sum(row["cross_region"] == "true" for row in cells))])
    joined = rows(f"select count(*) from {PARQUET} p join {TABLE} c using (record_id, ts, hash, prev_hash, session_id)")
    same("rows of both", joined, [(len(cells),)])
    print("\n".join(failed) or f"{len(records)} records agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
