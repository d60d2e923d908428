"""Texts and their canonical forms, for the files in rfc8785/."""

from .build import FIRST_PREV, sha256
from .chain import GOLDEN_A, GOLDEN_B

# JSON text as it may be read, and the one text that is hashed. Python escapes
# are used for what an editor would hide; a backslash of JSON is written twice.

INTEGERS = [
    ("0", "0"),
    ("-0", "0"),
    ("1", "1"),
    ("-1", "-1"),
    ("10", "10"),
    ("4294967296", "4294967296"),
    ("-2147483649", "-2147483649"),
    ("9007199254740990", "9007199254740990"),
    ("9007199254740991", "9007199254740991"),
    ("-9007199254740991", "-9007199254740991"),
    (" [ 1 , -0 ,\t3 ] ", "[1,0,3]"),
]

STRINGS = [
    ('""', '""'),
    ('"plain"', '"plain"'),
    # The two characters that must be escaped, and the slash that must not.
    ('"\\"\\\\\\/"', '"\\"\\\\/"'),
    ('"\\u0022\\u005c\\u002f"', '"\\"\\\\/"'),
    # The five short escapes, however they were written.
    ('"\\b\\t\\n\\f\\r"', '"\\b\\t\\n\\f\\r"'),
    ('"\\u0008\\u0009\\u000A\\u000c\\u000D"', '"\\b\\t\\n\\f\\r"'),
    # Every other control character is escaped in small letters.
    ('"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007"',
     '"\\u0000\\u0001\\u0002\\u0003\\u0004\\u0005\\u0006\\u0007"'),
    ('"\\u000b\\u000e\\u000F\\u0010"', '"\\u000b\\u000e\\u000f\\u0010"'),
    ('"\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018"',
     '"\\u0011\\u0012\\u0013\\u0014\\u0015\\u0016\\u0017\\u0018"'),
    ('"\\u0019\\u001A\\u001B\\u001C\\u001D\\u001E\\u001F\\u0020"',
     '"\\u0019\\u001a\\u001b\\u001c\\u001d\\u001e\\u001f "'),
    # DEL, the C1 controls and the line separators stand as they are.
    ('"\\u007f\\u0080\\u0085\\u009f"', '"\x7f\x80\x85\x9f"'),
    ('"\\u2028\\u2029"', '"\u2028\u2029"'),
    ('"\u2028\u2029\x7f"', '"\u2028\u2029\x7f"'),
    ('"\\u200b\\ufeff\\ufffe\\uffff"', '"\u200b\ufeff\ufffe\uffff"'),
    # Nothing is normalised: one letter composed, the same decomposed.
    ('"\\u00e9"', '"\u00e9"'),
    ('"e\\u0301"', '"e\u0301"'),
    ('"\u00e9\u6771\u4eac"', '"\u00e9\u6771\u4eac"'),
    # A pair of escapes is one character.
    ('"\\ud83d\\ude00"', '"\U0001f600"'),
    ('"\\uD83D\\uDE00"', '"\U0001f600"'),
    ('"\\udbff\\udfff"', '"\U0010ffff"'),
    ('"\u20ac$\\u000F\\nA\'B\\"\\\\\\"\\/"', '"\u20ac$\\u000f\\nA\'B\\"\\\\\\"/"'),
    ('"\\u003c\\u003e\\u0026"', '"<>&"'),
]

KEYS = [
    ("{}", "{}"),
    ('{"b":1,"a":2}', '{"a":2,"b":1}'),
    ('{"a":1,"B":2,"_":3,"1":4,"":5}', '{"":5,"1":4,"B":2,"_":3,"a":1}'),
    # Keys are text, not numbers, and a key comes before one it begins.
    ('{"10":1,"9":2,"1":3,"01":4}', '{"01":4,"1":3,"10":1,"9":2}'),
    ('{"aa":1,"a":2,"a b":3}', '{"a":2,"a b":3,"aa":1}'),
    # Order is by UTF-16 code unit: U+1F600 (D83D DE00) before U+E000 and U+FB33.
    ('{"\\ue000":1,"\\ud83d\\ude00":2}', '{"\U0001f600":2,"\ue000":1}'),
    ('{"\\uffff":1,"\\ud800\\udc00":2,"\\ud7ff":3}', '{"\ud7ff":3,"\U00010000":2,"\uffff":1}'),
    ('{"\\u20ac":1,"\\r":2,"\\ufb33":3,"1":4,"\\ud83d\\ude00":5,"\\u0080":6,"\\u00f6":7}',
     '{"\\r":2,"1":4,"\x80":6,"\u00f6":7,"\u20ac":1,"\U0001f600":5,"\ufb33":3}'),
    # Order is by what a key is, not by how its escapes are written.
    ('{"\\n":1,"\\u0000":2,"\\"":3,"\\\\":4,"!":5}', '{"\\u0000":2,"\\n":1,"!":5,"\\"":3,"\\\\":4}'),
    ('{"\\u0062":1,"a":2}', '{"a":2,"b":1}'),
    ('{"e\\u0301":1,"\\u00e9":2,"f":3}', '{"e\u0301":1,"f":3,"\u00e9":2}'),
]

NESTED = [
    ("null", "null"),
    ("true", "true"),
    ("false", "false"),
    ("[]", "[]"),
    (' [ ] ', "[]"),
    ("[[],[[]],{}]", "[[],[[]],{}]"),
    # An array keeps its order, an object inside it does not.
    ('[3,1,2,{"b":[],"a":{}}]', '[3,1,2,{"a":{},"b":[]}]'),
    ('{"b":{"d":1,"c":{"f":2,"e":null}},"a":[{"z":true,"y":false}]}',
     '{"a":[{"y":false,"z":true}],"b":{"c":{"e":null,"f":2},"d":1}}'),
    ('{\r\n  "b" : 1 ,\n\t"a" : [ 1 , 2 ]\r\n}', '{"a":[1,2],"b":1}'),
    # Of a repeated key the last value counts; a verifier reports it besides.
    ('{"a":1,"b":2,"a":3}', '{"a":3,"b":2}'),
    ("[" * 100 + "]" * 100, "[" * 100 + "]" * 100),
]

# Where the form that is hashed departs from RFC 8785 or goes beyond it. A
# record that holds one of these numbers is reported, but it has a hash.
DEPARTURES = [
    ("1.0", "1"),
    ("-0.0", "0"),
    ("1e2", "100"),
    ("100e-2", "1"),
    ("9007199254740993.0", "9007199254740992"),
    ("1e20", "100000000000000000000"),
    ("1e21", "1000000000000000000000"),
    ("1e22", "10000000000000000000000"),
    ("1e23", "99999999999999991611392"),
    ("-1e22", "-10000000000000000000000"),
    # A lone surrogate in a value becomes U+FFFD.
    ('"\\ud800"', '"\ufffd"'),
    ('"\\udc00\\ud800"', '"\ufffd\ufffd"'),
    ('"a\\udfffb"', '"a\ufffdb"'),
]

# Values without a canonical form.
FORMLESS = [
    "1.5", "-0.1", "1e-7", "1e400", "-1e400", "NaN", "Infinity", "-Infinity",
    "9007199254740992", "-9007199254740992", "123456789012345678901234567890",
    '{"\\ud800":1}', '[{"a":{"\\udfff":1}}]', '{"a":1,"b":[0.5]}',
]

# An input, and the text whose hash stands in `action.input.hash`.
INPUTS = [
    # With a canonical form, that is the text.
    ("{}", "{}"),
    ("[]", "[]"),
    ('""', '""'),
    ("null", "null"),
    ("true", "true"),
    ('{"query":"x"}', '{"query":"x"}'),
    ('{"a":1}', '{"a":1}'),
    ('{"b":1,"a":"\\u00e9"}', '{"a":"\u00e9","b":1}'),
    ('[1,"\\u00e9"]', '[1,"\u00e9"]'),
    ("1.0", "1"),
    ("-0.0", "0"),
    ("1e22", "10000000000000000000000"),
    ("9007199254740991", "9007199254740991"),
    ('"\\ud800"', '"\ufffd"'),
    ('{"\\ue000":1,"\\ud83d\\ude00":2}', '{"\U0001f600":2,"\ue000":1}'),
    ('{"a":1,"a":2}', '{"a":2}'),
    # One value without it turns the whole text into the fallback: ASCII only,
    # DEL escaped too, keys by code point, doubles in the shortest form of Python.
    ('[1.5,"\\u00e9"]', '[1.5,"\\u00e9"]'),
    ('[1.5,"\u00e9\\u007f\\u2028\\ud83d\\ude00/"]', '[1.5,"\\u00e9\\u007f\\u2028\\ud83d\\ude00/"]'),
    ('[1.5,"\\b\\t\\n\\f\\r\\u0000\\u001F\\"\\\\"]', '[1.5,"\\b\\t\\n\\f\\r\\u0000\\u001f\\"\\\\"]'),
    ('{"b":0.1,"a":1e-7}', '{"a":1e-07,"b":0.1}'),
    ('{"\\ue000":0.5,"\\ud83d\\ude00":2}', '{"\\ue000":0.5,"\\ud83d\\ude00":2}'),
    ('{"b":{"d":1,"c":0.5},"a":[]}', '{"a":[],"b":{"c":0.5,"d":1}}'),
    ("[0.5,1.0,-0.0,1e2,100]", "[0.5,1.0,-0.0,100.0,100]"),
    ("[0.0001,0.00001,123456.789]", "[0.0001,1e-05,123456.789]"),
    ("[0.5,1e15,1e16,1e22,123456789012345678.0]", "[0.5,1000000000000000.0,1e+16,1e+22,1.2345678901234568e+17]"),
    ("[5e-324,1.7976931348623157e308,2.5e-10]", "[5e-324,1.7976931348623157e+308,2.5e-10]"),
    ("0.30000000000000004", "0.30000000000000004"),
    ("1e-400", "0"),
    ("[0.5,1e-400]", "[0.5,0.0]"),
    ("9007199254740992", "9007199254740992"),
    ("9007199254740993", "9007199254740993"),
    ("-123456789012345678901234567890", "-123456789012345678901234567890"),
    ('{"id":9007199254740993,"name":"caf\\u00e9"}', '{"id":9007199254740993,"name":"caf\\u00e9"}'),
    ("9" * 4000, "9" * 4000),
    ("NaN", "NaN"),
    ("Infinity", "Infinity"),
    ("-Infinity", "-Infinity"),
    ("1e400", "Infinity"),
    ("[-1e400,true,null]", "[-Infinity,true,null]"),
    ('{"\\ud800":1}', '{"\\ud800":1}'),
    ('{"\\ud800":1,"a":"\\udc00\\u00e9"}', '{"a":"\\udc00\\u00e9","\\ud800":1}'),
    ('["\\ud800",1.5]', '["\\ud800",1.5]'),
    ('{"a":1.5,"a":2.5}', '{"a":2.5}'),
]

# The hashes the format's own documents give for the golden records.
GOLDEN = [
    {"description": "A record of plain text, first in its chain.", "line": GOLDEN_A, "prev_hash": FIRST_PREV,
     "hash": "559c8c938ef34e1a35ab4db8c6c9479c9f798b0a1b7d438f83f59770bb7820d3"},
    {"description": "The same with data of every kind, after the first.", "line": GOLDEN_B,
     "prev_hash": "559c8c938ef34e1a35ab4db8c6c9479c9f798b0a1b7d438f83f59770bb7820d3",
     "hash": "526966e4499e22aba8c72aa7c7331c6bcdd45829beccb53f43d199cea8321f2b"},
]


def forms(pairs):
    return [{"input": text, "canonical": form, "sha256": sha256(form)} for text, form in pairs]


FILES = {
    "integers.json": forms(INTEGERS),
    "strings.json": forms(STRINGS),
    "keys.json": forms(KEYS),
    "nested.json": forms(NESTED),
    "departures.json": forms(DEPARTURES),
    "formless.json": [{"input": text, "canonical": None, "sha256": None} for text in FORMLESS],
    "input-hash.json": [{"input": text, "hash": "sha256:" + sha256(form)} for text, form in INPUTS],
    "golden.json": GOLDEN,
}
