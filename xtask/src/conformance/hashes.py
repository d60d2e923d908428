"""Prints COUNT random JSON texts and the hashes the reference gives them, as [text, hash], one a line."""

import json
import random
import sys

import halo_record

CHARS = ["a", "Z", "0", " ", "/", "\\\\", '\\"', "\\n", "\\t", "\\b", "\\f", "\\r", "\\u0000", "\\u001f",
         "\x7f", "\\u007f", "é", "\\u00e9", "\u2028", "\\u2029", "\ufeff", "\ue000", "\uffff", "日", "🙂",
         "\\ud83d\\ude00", "\\ud800", "\\udc00", "\\udc00\\ud800", "\\/", "\U0010ffff"]
PLAIN = [char for char in CHARS if not char.startswith("\\ud") or char == "\\ud83d\\ude00"]
NUMBERS = ["0", "-0", "1", "-1", "9007199254740991", "-9007199254740991"]
LARGE = ["9007199254740992", "-9007199254740993", "123456789012345678901234567890", "1" * 400]
FLOATS = ["0.0", "-0.0", "1.0", "1e2", "1E22", "1e21", "123e-2", "0.1", "1e-7", "5e-324", "1e400", "-1e400",
          "1.7976931348623157e308", "2.5", "-1.5e-10", "1e16", "123456789.125", "NaN", "Infinity", "-Infinity"]


class Texts:
    """Random texts; the kind says what may be in one."""

    def __init__(self, random, kind):
        self.random = random
        self.chars = CHARS if kind == "surrogates" else PLAIN
        self.numbers = NUMBERS + (LARGE if kind == "large" else []) + (FLOATS if kind == "floats" else [])
        self.kind = kind

    def string(self):
        return '"' + "".join(self.random.choices(self.chars, k=self.random.randrange(6))) + '"'

    def number(self):
        if self.kind == "floats" and self.random.random() < 0.5:
            return repr(self.random.uniform(-1, 1) * 10 ** self.random.randrange(-20, 25))
        if self.random.random() < 0.3:
            return str(self.random.randrange(-2**53 + 1, 2**53))
        return self.random.choice(self.numbers)

    def blank(self):
        return self.random.choice(["", "", "", " ", "\t", "\n", "\r\n"])

    def value(self, depth):
        kind = self.random.randrange(8 if depth else 5)
        if kind == 0:
            text = self.random.choice(["true", "false", "null"])
        elif kind <= 2:
            text = self.string()
        elif kind <= 4:
            text = self.number()
        elif kind == 5:
            text = "[" + ",".join(self.value(depth - 1) for _ in range(self.random.randrange(5))) + "]"
        else:
            members = (f"{self.string()}{self.blank()}:{self.value(depth - 1)}"
                       for _ in range(self.random.randrange(5)))
            text = "{" + ",".join(members) + "}"
        return self.blank() + text + self.blank()


def main():
    source = random.Random(20260101)
    for index in range(int(sys.argv[1])):
        kind = ("plain", "surrogates", "large", "floats")[index % 4]
        text = Texts(source, kind).value(source.randrange(1, 6))
        print(json.dumps([text, halo_record.input_hash(json.loads(text))]))


if __name__ == "__main__":
    main()
