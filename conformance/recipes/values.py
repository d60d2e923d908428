"""Numbers, lone surrogates, repeated keys and nesting."""

import re

from .build import broken, intact, log, record, sealed, swap, vector


def spelled(hashed, spelling, **fields):
    """Returns a chain whose record 2 holds a value and spells it another way.

    What is hashed is the value; the spelling is what the file holds.
    """
    first, second, third = sealed(record(1), record(2, **fields), record(3))
    return first, swap(second, hashed, spelling), third


def in_integrity(field, value):
    """Returns a chain whose record 2 was given another `hash` or `prev_hash`."""
    first, second, third = sealed(record(1), record(2), record(3))
    true = re.search(rf'"{field}":("[0-9a-f]{{64}}")', second)[1]
    return first, swap(second, f'"{field}":{true}', f'"{field}":{value}'), third


# --- Numbers --------------------------------------------------------------

def number(name, description, sealed_as, spelling, expect):
    return vector(f"number-{name}", description,
                  log(*spelled(f'"n":{sealed_as}', f'"n":{spelling}', data={"n": sealed_as})), expect)


def whole(name, description, sealed_as, spelling):
    return number(name, description, sealed_as, spelling, intact(3))


def integral(name, description, sealed_as, spelling):
    """The hash is that of the integer, so the form is the only fault."""
    return number(name, description, sealed_as, spelling, broken(3, None, ("not-an-integer", 2)))


def formless(name, description, spelling, code):
    """The number has no canonical form, so the record has no hash at all."""
    return number(name, description, 0, spelling, broken(3, 2, (code, 2), ("not-hashable", 2)))


def too_long(name, description, spelling):
    """It stands in the last record, so that no record is left without a predecessor."""
    first, second, third = sealed(record(1), record(2), record(3, data={"n": 0}))
    return vector(f"number-{name}", description, log(first, second, swap(third, '"n":0', f'"n":{spelling}')),
                  broken(3, None, ("integer-too-long", 3)))


NUMBERS = [
    whole("minus-zero", "-0 is an integer and hashes as 0.", 0, "-0"),
    whole("largest", "2^53-1 is the largest integer.", 2**53 - 1, "9007199254740991"),
    whole("minus-one", "A negative integer.", -1, "-1"),
    whole("smallest", "-(2^53-1) is the smallest integer.", 1 - 2**53, "-9007199254740991"),
    integral("one-point-zero", "1.0 hashes as 1, but a record may hold no such form.", 1, "1.0"),
    integral("exponent", "1e2 hashes as 100.", 100, "1e2"),
    integral("exponent-capital", "1E+2 hashes as 100.", 100, "1E+2"),
    integral("exponent-negative", "100e-2 hashes as 1.", 1, "100e-2"),
    integral("zero-point-zero", "0.0 hashes as 0.", 0, "0.0"),
    integral("minus-zero-point-zero", "-0.0 hashes as 0.", 0, "-0.0"),
    integral("rounds-to-integer", "A number with a point is read as a double; this one is 1.",
             1, "1.00000000000000000001"),
    integral("rounds-to-zero", "This double is 0.", 0, "1e-400"),
    integral("beyond-integers", "Written with a point, 2^53 and more has a form: that of the double nearest.",
             9007199254740992, "9007199254740993.0"),
    integral("1e22", "A large double hashes as all its digits.", 10**22, "1e22"),
    integral("1e23", "The double nearest 1e23 is a smaller integer, which is hashed.",
             99999999999999991611392, "1e23"),
    formless("fraction", "1.5 has no canonical form.", "1.5", "not-an-integer"),
    formless("small", "1e-7 has no canonical form.", "1e-7", "not-an-integer"),
    formless("overflow", "1e400 is beyond any double.", "1e400", "not-an-integer"),
    formless("overflow-negative", "-1e400 is beyond any double.", "-1e400", "not-an-integer"),
    formless("nan", "NaN is read, and has no canonical form.", "NaN", "not-an-integer"),
    formless("infinity", "Infinity is read, and has no canonical form.", "Infinity", "not-an-integer"),
    formless("minus-infinity", "-Infinity is read, and has no canonical form.", "-Infinity", "not-an-integer"),
    formless("2-53", "2^53 is beyond the integers.", "9007199254740992", "integer-too-large"),
    formless("minus-2-53", "-2^53 is beyond the integers.", "-9007199254740992", "integer-too-large"),
    formless("20-digits", "An integer of 20 digits, beyond 64 bits.", "99999999999999999999", "integer-too-large"),
    formless("4000-digits", "An integer of 4000 characters can still be read.", "9" * 4000, "integer-too-large"),
    formless("minus-3999-digits", "The sign counts: these are 4000 characters.", "-" + "9" * 3999,
             "integer-too-large"),
    formless("4001-digits-and-point", "The limit is one for integers; this is a number with a point, and "
             "beyond any double.", "9" * 4001 + ".0", "not-an-integer"),
    too_long("4001-digits", "An integer of 4001 characters is not read.", "9" * 4001),
    too_long("minus-4000-digits", "The sign counts: these are 4001 characters.", "-" + "9" * 4000),
    vector("number-4001-digits-in-chain", "The record with the long integer is lost, and the next one "
           "follows nothing.", log(*spelled('"n":0', '"n":' + "9" * 4001, data={"n": 0})),
           broken(3, 3, ("integer-too-long", 2), ("link-mismatch", 3))),
    vector("number-cross-region-float", "data.cross_region is a number to the schema, but no integer.",
           log(*spelled('"cross_region":1', '"cross_region":1.0', data={"cross_region": 1})),
           broken(3, None, ("not-an-integer", 2))),
    vector("number-two", "Each number is a finding of its own; the missing hash is one.",
           log(*spelled('"n":[0,0]', '"n":[0.5,1e400]', data={"n": [0, 0]})),
           broken(3, 2, ("not-an-integer", 2), ("not-an-integer", 2), ("not-hashable", 2))),
    vector("number-in-hash", "The hash is 0.5. integrity.hash is not itself hashed, so the record has a hash.",
           log(*in_integrity("hash", 0.5)),
           broken(3, 2, ("wrong-type", 2), ("not-an-integer", 2), ("hash-mismatch", 2))),
    vector("number-in-prev-hash", "prev_hash is 0.5. The expected hash takes its place, so the record has a hash.",
           log(*in_integrity("prev_hash", 0.5)),
           broken(3, 2, ("wrong-type", 2), ("not-an-integer", 2), ("altered-link", 2))),
]


# --- Surrogates -----------------------------------------------------------

def in_ids(second_id, third_id):
    """Returns a chain of which two records have ids in that spelling; they are sealed as U+FFFD."""
    first, second, third = sealed(record(1), record(2, record_id="\ufffd"), record(3, record_id="\ufffd"))
    return first, swap(second, "\\ufffd", second_id), swap(third, "\\ufffd", third_id)


SURROGATES = [
    vector("surrogate-value", "A lone surrogate in a value is hashed as U+FFFD.",
           log(*spelled('"\\ufffd"', '"\\ud800"', data={"note": "\ufffd"})), intact(3)),
    vector("surrogate-value-low-high", "Two surrogates in the wrong order are two lone ones.",
           log(*spelled('"\\ufffd\\ufffd"', '"\\udc00\\ud800"', data={"note": "\ufffd\ufffd"})), intact(3)),
    vector("surrogate-value-high-pair", "A lone surrogate before a pair: the pair is one character.",
           log(*spelled('"\\ufffd\\ud83d\\ude00"', '"\\uD83D\\ud83d\\uDE00"', data={"note": "\ufffd\U0001f600"})),
           intact(3)),
    vector("surrogate-value-swapped", "One lone surrogate was changed to another. Both are hashed as U+FFFD, "
           "so the hash cannot tell.",
           log(*spelled('"\\ufffd"', '"\\udfff"', data={"note": "\ufffd"})), intact(3)),
    vector("surrogate-id-distinct", "Two ids differ although they hash alike: one is a lone surrogate, the other "
           "U+FFFD.", log(*in_ids("\\ud800", "\\ufffd")), intact(3)),
    vector("surrogate-id-duplicate", "Two ids are the same lone surrogate.",
           log(*in_ids("\\ud800", "\\uD800")), broken(3, None, ("duplicate-record-id", 3))),
    vector("surrogate-parent", "A parent is a lone surrogate, which no record has for an id.",
           log(*spelled('"parent_id":"\\ufffd"', '"parent_id":"\\ud800"', parent_id="\ufffd")),
           intact(3, [("unresolved-parent", 2)])),
    vector("surrogate-prev-hash", "A lone surrogate stands in prev_hash.",
           log(*in_integrity("prev_hash", '"\\ud800"')), broken(3, 2, ("altered-link", 2))),
    vector("surrogate-hash", "A lone surrogate stands in the hash.",
           log(*in_integrity("hash", '"\\ud800"')), broken(3, 2, ("hash-mismatch", 2))),
    vector("surrogate-key", "A lone surrogate in a key leaves the record without a canonical form.",
           log(*spelled('"\\ufffd":', '"\\ud800":', data={"\ufffd": 1})), broken(3, 2, ("not-hashable", 2))),
    vector("surrogate-key-nested", "A lone surrogate in a key deep inside, in an object of one key.",
           log(*spelled('"\\ufffd":', '"x\\udc00":', data={"list": [{"\ufffd": 1}]})),
           broken(3, 2, ("not-hashable", 2))),
]


# --- Repeated keys --------------------------------------------------------

def repeated(name, description, lines, *later, first_break=None):
    return vector(f"duplicate-key-{name}", description, log(*lines),
                  broken(3, first_break, ("duplicate-key", 2), *later))


OUTCOME = '"outcome":{"status":"ok"}'
LIED = '"outcome":{"status":"denied"}'
DONE = {"outcome": {"status": "ok"}}

DUPLICATES = [
    repeated("top-level", "severity stands twice with one value.",
             spelled('"severity":"INFO"', '"severity":"INFO","severity":"INFO"')),
    repeated("nested", "A key stands twice in an object inside an array.",
             spelled('[{"a":1}]', '[{"a":0,"a":1}]', data={"list": [{"a": 1}]})),
    repeated("escaped", "One key is spelled with an escape; it is the same key.",
             spelled('{"a":1}', '{"a":0,"\\u0061":1}', data={"a": 1})),
    repeated("empty", "The empty key stands twice.",
             spelled('{"":1}', '{"":0,"":1}', data={"": 1})),
    repeated("outcome-before", "A second outcome was put before the sealed one. The last value counts, so the "
             "hash is right; a reader that takes the first one is deceived.",
             spelled(OUTCOME, f"{LIED},{OUTCOME}", **DONE)),
    repeated("outcome-after", "A second outcome was put after the sealed one. The last value counts, so the "
             "hash is wrong as well.",
             spelled(OUTCOME, f"{OUTCOME},{LIED}", **DONE), ("hash-mismatch", 2), first_break=2),
    repeated("integrity", "A second integrity was put before the sealed one.",
             spelled('"integrity":', '"integrity":{},"integrity":')),
    repeated("hash", "A second hash was put before the sealed one.",
             spelled('"hash":"sha256:', '"hash":"sha256:00","hash":"sha256:')),
    repeated("thrice", "A key stands three times: one finding.",
             spelled('{"a":1}', '{"a":1,"a":1,"a":1}', data={"a": 1})),
    repeated("two-keys", "Two keys stand twice: one finding for the record.",
             spelled('{"a":1,"b":1}', '{"a":1,"b":1,"a":1,"b":1}', data={"a": 1, "b": 1})),
    repeated("hidden-fault", "The value that is overruled is wrong; only the last one is judged.",
             spelled('"severity":"INFO"', '"severity":"NONE","severity":"INFO"')),
    vector("duplicate-key-other-objects", "The same key in two objects is no fault.",
           log(*sealed(record(1), record(2, data={"a": {"a": {"a": 1}}, "b": [{"a": 1}, {"a": 1}]}), record(3))),
           intact(3)),
    vector("duplicate-key-normalisation", "Two spellings of an accented letter are two keys.",
           log(*sealed(record(1), record(2, data={"\u00e9": 1, "e\u0301": 1}), record(3))), intact(3)),
    vector("duplicate-key-in-torn-line", "A line that cannot be read has that one finding.",
           log(*sealed(record(1), record(2)), '{"a":{"b":1,"b":1},"c":', end=""),
           broken(3, None, ("torn-line", 3))),
    vector("duplicate-key-in-array", "A repeated key is found in a line that is no object, too.",
           log(sealed(record(1))[0], '[{"a":1,"a":1}]', *sealed(record(1), record(2))[1:]),
           broken(3, 2, ("duplicate-key", 2), ("not-an-object", 2))),
]


# --- Nesting --------------------------------------------------------------

def arrays(levels):
    """Returns a chain whose record 2 nests so deep; the record and data are two levels."""
    deep = "inner"
    for _ in range(levels - 2):
        deep = [deep]
    return sealed(record(1), record(2, data={"deep": deep}), record(3))


def objects(levels):
    deep = "inner"
    for _ in range(levels - 1):
        deep = {"data": deep}
    return sealed(record(1), record(2, **deep), record(3))


def nested_last(name, description, item):
    return vector(f"nesting-{name}", description, log(*sealed(record(1), record(2)), item),
                  broken(3, None, ("too-deep", 3)))


NESTING = [
    vector("nesting-64", "A record of 64 levels.", log(*arrays(64)), intact(3)),
    vector("nesting-329", "A record of 329 levels of arrays.", log(*arrays(329)), intact(3)),
    vector("nesting-328-objects", "A record of 328 levels of objects.", log(*objects(328)), intact(3)),
    vector("nesting-512", "A record of 512 levels, which is the limit.", log(*arrays(512)), intact(3)),
    vector("nesting-512-objects", "A record of 512 levels of objects.", log(*objects(512)), intact(3)),
    vector("nesting-513", "A record of 513 levels is not read, and the next one follows nothing.",
           log(*arrays(513)), broken(3, 3, ("too-deep", 2), ("link-mismatch", 3))),
    nested_last("600-closed", "600 arrays, one in the other.", "[" * 600 + "]" * 600),
    nested_last("600-open", "600 arrays that are never closed: the depth is found first.", "[" * 600),
    nested_last("100000-open", "A hundred thousand brackets must not exhaust the stack.", "[" * 100_000),
    vector("nesting-wide", "600 arrays beside each other are not deep.",
           log(*sealed(record(1), record(2, data={"list": [[]] * 600}), record(3))), intact(3)),
]

VECTORS = [*NUMBERS, *SURROGATES, *DUPLICATES, *NESTING]
