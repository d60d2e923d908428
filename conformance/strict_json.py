"""Parses one line of a log as JSON, strictly and to a stated depth.

The json module cannot do it: it hides how deep a value nests, and whether a
text is wrong or merely ends too early. A torn line is exactly a text that more
characters could have turned into JSON.
"""

import re

DEPTH_MAX = 512
INTEGER_CHARS_MAX = 4000


class Unreadable(Exception):
    """Says by its code why a line holds no JSON value."""

    def __init__(self, code, message):
        super().__init__(message)
        self.code = code


NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
# What a number looks like when the text stops before the number is one.
HALF_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.|(?:\.[0-9]+)?[eE][+-]?)\Z")
WORDS = {"true": True, "false": False, "null": None, "NaN": float("nan"),
         "Infinity": float("inf"), "-Infinity": float("-inf")}
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
SPACE = re.compile(r"[ \t\r\n]*")


class Reader:
    """Holds a JSON text and how far it has been read."""

    def __init__(self, text):
        self.text = text
        self.at = 0
        # A key some object holds twice, or None. The last value wins.
        self.duplicate = None

    def document(self):
        value = self.value(0)
        self.at = SPACE.match(self.text, self.at).end()
        if self.at < len(self.text):
            raise self.wrong("text after the value")
        return value

    def wrong(self, message):
        return Unreadable("not-json", f"{message} at character {self.at + 1}")

    def torn(self):
        return Unreadable("torn-line", "the text ends inside a value")

    def peek(self):
        self.at = SPACE.match(self.text, self.at).end()
        if self.at == len(self.text):
            raise self.torn()
        return self.text[self.at]

    def take(self, char):
        if self.peek() != char:
            raise self.wrong(f"expected {char}")
        self.at += 1

    def value(self, depth):
        char = self.peek()
        if char == '"':
            return self.string()
        if char in "{[":
            if depth == DEPTH_MAX:
                raise Unreadable("too-deep", f"more than {DEPTH_MAX} levels")
            return self.object(depth + 1) if char == "{" else self.array(depth + 1)
        rest = self.text[self.at:self.at + len("-Infinity")]
        for word, meaning in WORDS.items():
            if rest.startswith(word):
                self.at += len(word)
                return meaning
            if word.startswith(rest):
                raise self.torn()
        return self.number()

    def number(self):
        match = NUMBER.match(self.text, self.at)
        if HALF_NUMBER.match(self.text, self.at):
            raise self.torn()
        if not match:
            raise self.wrong("no value")
        self.at = match.end()
        if match[1] or match[2]:
            return float(match[0])
        if len(match[0]) > INTEGER_CHARS_MAX:
            raise Unreadable("integer-too-long", f"{len(match[0])} characters")
        return int(match[0])

    def string(self):
        self.take('"')
        parts = []
        while True:
            plain = PLAIN.match(self.text, self.at)
            parts.append(plain[0])
            self.at = plain.end()
            if self.at == len(self.text):
                raise self.torn()
            char = self.text[self.at]
            if char == '"':
                self.at += 1
                # Two escapes can spell one character beyond U+FFFF; a single
                # surrogate stays what it is.
                joined = "".join(parts).encode("utf-16-be", "surrogatepass")
                return joined.decode("utf-16-be", "surrogatepass")
            if char != "\\":
                raise self.wrong("control character in a string")
            parts.append(self.escape())

    def escape(self):
        code = self.text[self.at + 1:self.at + 2]
        if code in ESCAPES:
            self.at += 2
            return ESCAPES[code]
        digits = self.text[self.at + 2:self.at + 6]
        if code not in ("", "u") or not re.fullmatch(r"[0-9a-fA-F]*", digits):
            raise self.wrong("no such escape")
        if len(digits) < 4:
            raise self.torn()
        self.at += 6
        return chr(int(digits, 16))

    def array(self, depth):
        self.take("[")
        items = []
        if self.peek() == "]":
            self.at += 1
            return items
        while True:
            items.append(self.value(depth))
            if self.peek() == "]":
                self.at += 1
                return items
            self.take(",")

    def object(self, depth):
        self.take("{")
        members = {}
        if self.peek() == "}":
            self.at += 1
            return members
        while True:
            if self.peek() != '"':
                raise self.wrong("expected a key")
            key = self.string()
            self.take(":")
            if key in members:
                self.duplicate = key
            members[key] = self.value(depth)
            if self.peek() == "}":
                self.at += 1
                return members
            self.take(",")
