"""Lines that are JSON but not shaped like a record, so that nothing else of them is judged."""

from .build import broken, line, log, record, sealed, vector

A, B, C = sealed(record(1), record(2), record(3))


def not_object(name, text):
    return vector(f"not-an-object-{name}", f"A line that holds {text} stands between two records. It is "
                  "a value no recorder writes, so the chain breaks there.",
                  log(A, text, B, C), broken(4, 2, ("not-an-object", 2)))


def misshapen(name, description, code, **fields):
    lines = [A, line(record(2, **fields)), C]
    return vector(name, description, log(*lines), broken(3, 2, (code, 2)))


VECTORS = [
    not_object("array", "[]"),
    not_object("array-of-record", '[{"record_id":"record-2"}]'),
    not_object("number", "42"),
    not_object("string", '"record"'),
    not_object("null", "null"),
    not_object("true", "true"),
    not_object("nan", "NaN"),
    vector("not-an-object-last", "The last line, without a newline, holds a whole number and so is not torn.",
           log(A, B, "12", end=""), broken(3, 3, ("not-an-object", 3))),
    vector("not-an-object-first", "The first line is an array. The chain breaks there, and the record after "
           "it is not judged.", log("[]", A, B), broken(3, 1, ("not-an-object", 1))),
    misshapen("integrity-null", "integrity is null.", "integrity-not-object", integrity=None),
    misshapen("integrity-array", "integrity is an array.", "integrity-not-object", integrity=[]),
    misshapen("integrity-string", "integrity is a string.", "integrity-not-object", integrity="sha-256"),
    misshapen("integrity-number", "integrity is a number.", "integrity-not-object", integrity=0),
    misshapen("record-id-number", "record_id is a number.", "record-id-not-string", record_id=2),
    misshapen("record-id-null", "record_id is null.", "record-id-not-string", record_id=None),
    misshapen("record-id-array", "record_id is an array.", "record-id-not-string", record_id=["record-2"]),
    misshapen("parent-id-number", "parent_id is a number.", "parent-id-not-string", parent_id=1),
    misshapen("parent-id-null", "parent_id is null. A record without a parent leaves it out.",
              "parent-id-not-string", parent_id=None),
    misshapen("parent-id-object", "parent_id is an object.", "parent-id-not-string", parent_id={}),
    # More than one fault, to show that the shape is judged whole and the rest not at all.
    vector("shape-all-wrong", "integrity, record_id and parent_id all have the wrong type: all are found, "
           "and of the other faults of the record none.",
           log(A, line(record(2, integrity=None, record_id=2, parent_id=None, severity="NONE", n=0.5,
                              ts="2025-01-01T00:00:00Z")), C),
           broken(3, 2, ("integrity-not-object", 2), ("record-id-not-string", 2), ("parent-id-not-string", 2))),
    vector("integrity-missing", "A record without integrity declares no predecessor and no hash.",
           log(A, line({key: value for key, value in record(2).items() if key != "integrity"}), C),
           broken(3, 2, ("missing-field", 2), ("altered-link", 2))),
    vector("integrity-empty", "integrity is an empty object.",
           log(A, line(record(2, integrity={})), C),
           broken(3, 2, *[("missing-field", 2)] * 4, ("altered-link", 2))),
    vector("empty-object", "A line holds an empty object: each of the six fields is missing.",
           log(A, "{}", B, C), broken(4, 2, *[("missing-field", 2)] * 6, ("altered-link", 2))),
]
