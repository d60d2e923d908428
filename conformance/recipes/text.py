"""How a file becomes lines, and which lines hold a record at all."""

import json

from .build import broken, empty, intact, log, record, sealed, swap, vector

A, B, C = sealed(record(1), record(2), record(3))
BOM = "\ufeff"
# What Python's str.strip removes and a line can hold.
BLANKS = [" ", "\t", "\r", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\xa0", "\u1680",
          *map(chr, range(0x2000, 0x200B)), "\u2028", "\u2029", "\u202f", "\u205f", "\u3000"]


def raw(item):
    """Writes the escapes of a line as the characters themselves."""
    return json.dumps(json.loads(item), separators=(",", ":"), ensure_ascii=False)


TEXTS = sealed(record(1), record(2, data={"note": "Zürich 東京 \U0001f600 \u2028 \u2029 \x85 \x7f"}), record(3))
VALUES = sealed(record(1), record(2, data={"note": "a/b", "list": [1, 2]}), record(3))

READ = [
    vector("text-non-ascii-raw", "Characters beyond ASCII stand in the file as they are, among them U+2028, "
           "U+2029 and U+0085, which end no line.",
           log(TEXTS[0], raw(TEXTS[1]), TEXTS[2]), intact(3)),
    vector("text-non-ascii-escaped", "The same record with every such character escaped has the same hash.",
           log(*TEXTS), intact(3)),
    vector("text-escape-spelling", "A character may be escaped that need not be; the hash is the same.",
           log(VALUES[0], swap(VALUES[1], '"a/b"', '"\\u0061\\/\\u0062"'), VALUES[2]), intact(3)),
    vector("text-whitespace", "Spaces and tabs between the parts of a record do not count.",
           log(VALUES[0], " \t" + swap(swap(VALUES[1], '"list":[1,2]', '"list" : [ 1 ,\t2 ] '),
                                       '"severity":', '\t"severity" : ') + " \t", VALUES[2]), intact(3)),
    vector("text-crlf", "Lines end with CR LF; CR is whitespace to JSON.",
           log(A + "\r", B + "\r", C + "\r"), intact(3)),
    vector("text-no-final-newline", "The last line needs no newline.",
           log(A, B, C, end=""), intact(3)),
    vector("text-bom", "One byte order mark at the start of the file is skipped.",
           log(BOM + A, B, C), intact(3)),
    vector("text-blank-lines", "Empty lines and lines of spaces are skipped and not counted.",
           log("", A, "", "  \t ", B, "\r", C, "", ""), intact(3)),
    vector("text-blank-lines-unicode", "A line of any characters that Python's str.strip removes is blank.",
           log(A, *BLANKS, "".join(BLANKS), B, C), intact(3)),
    vector("text-blank-before-fault", "Records are counted, not lines: the changed record is number 2.",
           log("", A, "", "", swap(B, "report.md", "other.md"), "", C), broken(3, 2, ("hash-mismatch", 2))),
    vector("text-carriage-return-only", "Only a line feed ends a line: records parted by CR alone are one line.",
           log(A + "\r" + B), broken(1, None, ("not-json", 1))),
]

EMPTY = [
    vector("empty-file", "A file of no bytes.", b"", empty()),
    vector("empty-newline", "A file of one newline.", b"\n", empty()),
    vector("empty-blank-lines", "A file of blank lines only.", log("", " ", "\t\r", "\u3000", " ", end=""), empty()),
    vector("empty-bom", "A file of one byte order mark.", BOM.encode(), empty()),
    vector("empty-bom-newline", "A byte order mark and a newline.", log(BOM), empty()),
]


# --- Lines that cannot be read --------------------------------------------

def unread(name, description, item, code="not-json"):
    """The line stands between two records that follow each other."""
    return vector(name, description, log(A, item, B, C), broken(4, None, (code, 2)))


def unread_last(name, description, item, code="torn-line", end=""):
    return vector(name, description, log(A, B, item, end=end), broken(3, None, (code, 3)))


def cut(item, after):
    """Returns the line up to and including `after`."""
    assert item.count(after) == 1, (after, item)
    return item[:item.index(after) + len(after)]


NOT_JSON = [
    unread("not-json-garbage", "A line of plain text stands between two records. The records beside it "
           "still follow each other, so the chain is not broken.", "garbage"),
    unread("not-json-nul", "A line of one NUL character is neither blank nor JSON.", "\x00"),
    unread("not-json-zero-width-space", "U+200B is not white space: the line is not blank.", "\u200b"),
    unread("not-json-two-values", "A line holds one value, not two.", "{} {}"),
    unread("not-json-single-quotes", "Python's notation is not JSON.", "{'a': 1}"),
    unread("not-json-unquoted-key", "A key needs quotes.", "{a:1}"),
    unread("not-json-trailing-comma-object", "No comma after the last member.", '{"a":1,}'),
    unread("not-json-trailing-comma-array", "No comma after the last item.", '{"a":[1,]}'),
    unread("not-json-missing-colon", "A key needs a colon.", '{"a" 1}'),
    unread("not-json-comment", "JSON has no comments.", '{"a":1} // note'),
    unread("not-json-control-character", "A tab inside a string must be escaped.", '{"a":"\t"}'),
    unread("not-json-unit-separator", "U+001F inside a string must be escaped.", '{"a":"\x1f"}'),
    unread("not-json-bad-escape", "There is no escape \\x.", '{"a":"\\x41"}'),
    unread("not-json-bad-unicode-escape", "An escape needs four hexadecimal digits.", '{"a":"\\u12g4"}'),
    unread("not-json-leading-zero", "A number has no leading zero.", '{"a":01}'),
    unread("not-json-plus", "A number has no plus sign.", '{"a":+1}'),
    unread("not-json-leading-point", "A number has a digit before the point.", '{"a":.5}'),
    unread("not-json-trailing-point", "A number has a digit after the point.", '{"a":1.}'),
    unread("not-json-hexadecimal", "A number has no other base.", '{"a":0x10}'),
    unread("not-json-wrong-case", "Literals are written in small letters.", '{"a":True}'),
    unread("not-json-nan-spelling", "NaN is read in one spelling only.", '{"a":nan}'),
    unread("not-json-no-break-space", "U+00A0 makes a line blank but is no whitespace to JSON.", "\xa0{}"),
    unread("not-json-form-feed", "A form feed makes a line blank but is no whitespace to JSON.", "{}\x0c"),
    unread("not-json-unclosed", "A line in the middle ends inside a value. It was not the last write, so it "
           "is not called torn.", '{"schema_version":"0.1","record_id":"rec'),
    vector("not-json-double-bom", "Only one byte order mark is skipped; the line with the second is no JSON.",
           log(BOM + BOM + A, *sealed(record(2), record(3))), broken(3, None, ("not-json", 1))),
    unread("not-json-bom-later", "A byte order mark on a later line is not skipped.", BOM + "{}"),
    vector("not-json-two-boms-only", "A file of two byte order marks: the second is a line that is no JSON.",
           (BOM + BOM).encode(), broken(1, None, ("not-json", 1))),
    unread_last("not-json-last-line", "The last line has no newline, but no more text could make it JSON.",
                '{"a":1}}', "not-json"),
    unread_last("not-json-last-line-number", "More digits cannot mend a leading zero.", '{"a":01', "not-json"),
    vector("not-json-sealed-record", "A sealed record was cut short in the middle of the chain. The next "
           "record is unaltered but follows the lost one.",
           log(A, cut(B, '"safety"'), C), broken(3, 3, ("not-json", 2), ("link-mismatch", 3))),
    vector("not-json-first", "The first record was overwritten; the second is compared with the start of a chain.",
           log("garbage", B, C), broken(3, 2, ("not-json", 1), ("link-mismatch", 2))),
]

TORN = [
    unread_last("torn-string", "The last write stopped inside a string.", C[:300]),
    unread_last("torn-one-byte", "The last write stopped after the first character.", "{"),
    unread_last("torn-last-brace", "Only the last brace is missing.", C[:-1]),
    unread_last("torn-after-key", "The last write stopped after a key.", cut(C, '"ts"')),
    unread_last("torn-after-colon", "The last write stopped after a colon.", cut(C, '"ts":')),
    unread_last("torn-after-comma", "The last write stopped after a comma.", cut(C, "03Z\",")),
    unread_last("torn-escape", "The last write stopped inside an escape.", '{"a":"\\u00'),
    unread_last("torn-backslash", "The last write stopped after a backslash.", '{"a":"\\'),
    unread_last("torn-literal", "The last write stopped inside a literal.", '{"a":tru'),
    unread_last("torn-minus", "The last write stopped after a minus sign.", '{"a":-'),
    unread_last("torn-point", "The last write stopped after a decimal point.", '{"a":1.'),
    unread_last("torn-exponent", "The last write stopped inside an exponent.", '{"a":1e+'),
    unread_last("torn-number", "The last write stopped after a digit: the object is not closed.", '{"a":12'),
    unread_last("torn-array", "The last write stopped inside an array.", '{"a":[1,'),
    unread_last("torn-space", "Blanks after the torn text do not matter.", '{"a":1 \t'),
    unread_last("torn-with-newline", "A torn text that ends with a newline is not called torn.",
                C[:300], "not-json", end="\n"),
    vector("torn-then-continued", "A torn line was left in place and a recorder went on after it, linking to "
           "the last whole record. The line is reported; the chain is not broken.",
           log(A, B[:200], B, C), broken(4, None, ("not-json", 2))),
    vector("torn-only-line", "The only line is torn.", log(A[:100], end=""), broken(1, None, ("torn-line", 1))),
]

NOT_UTF8 = [
    unread("not-utf8-line", "One line is not UTF-8. The others are judged all the same.", b"\xff\xfe", "not-utf8"),
    unread("not-utf8-overlong", "An overlong form is not UTF-8.", b'{"a":"\xc0\xaf"}', "not-utf8"),
    unread("not-utf8-surrogate", "A surrogate encoded as three bytes is not UTF-8.",
           b'{"a":"\xed\xa0\x80"}', "not-utf8"),
    unread("not-utf8-latin-1", "A letter in ISO 8859-1 is not UTF-8.", b'{"a":"caf\xe9"}', "not-utf8"),
    unread_last("not-utf8-torn-character", "The last write stopped inside a character: the line is not UTF-8, "
                "which is found before it could be called torn.", b'{"a":"\xe2\x80', "not-utf8"),
    vector("not-utf8-record", "A byte of a sealed record was damaged; the record after it follows nothing.",
           log(A, B.encode().replace(b"report.md", b"repor\x80.md", 1), C),
           broken(3, 3, ("not-utf8", 2), ("link-mismatch", 3))),
]

VECTORS = [*READ, *EMPTY, *NOT_JSON, *TORN, *NOT_UTF8]
