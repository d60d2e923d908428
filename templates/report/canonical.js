// The canonical form of a record: the bytes that its hash is made of (RFC 8785; FORMAT.md, "Canonical form").
//
// No white space, keys in the order of their UTF-16 code units, integers only. JSON.parse reads the text and
// JSON.stringify writes strings, both as RFC 8785 has it. What JSON.parse would lose is looked for in the bytes
// themselves: the last of equal keys wins, and a number is rounded.

const MAX_DEPTH = 512;

// Why a record cannot be taken as it stands; `code` is what `sealstone verify` calls it.
class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

// Writes values in canonical form, and counts the members of the objects it has written.
class CanonicalWriter {
  members = 0;

  write(value, depth = 1) {
    switch (typeof value) {
      case "string":
        return quoted(value);
      case "number":
        return integer(value);
      case "boolean":
        return value ? "true" : "false";
    }
    if (value === null) return "null";
    if (depth > MAX_DEPTH) throw new Refusal("too-deep", `nesting deeper than ${MAX_DEPTH} levels`);
    return Array.isArray(value) ? this.#array(value, depth) : this.#object(value, depth);
  }

  #array(items, depth) {
    let text = "[";
    for (let at = 0; at < items.length; at += 1) {
      text += (at > 0 ? "," : "") + this.write(items[at], depth + 1);
    }
    return text + "]";
  }

  // A member that was set to undefined, which JSON does not have, is counted and left out.
  #object(object, depth) {
    const keys = Object.keys(object);
    keys.sort(); // By UTF-16 code units: how script compares texts.
    this.members += keys.length;
    let text = "{";
    for (const key of keys) {
      const value = object[key];
      if (value === undefined) continue;
      text += (text.length > 1 ? "," : "") + quotedKey(key) + ":" + this.write(value, depth + 1);
    }
    return text + "}";
  }
}

// A half surrogate pair stands as U+FFFD, which JSON.stringify would escape instead.
function quoted(text) {
  return JSON.stringify(text.toWellFormed());
}

// The same keys stand in every record.
const keysSeen = new Map();

function quotedKey(key) {
  let text = keysSeen.get(key);
  if (text === undefined) {
    if (!key.isWellFormed()) throw new Refusal("not-hashable", "a key with half a surrogate pair");
    text = quoted(key);
    if (keysSeen.size < 10000) keysSeen.set(key, text);
  }
  return text;
}

function integer(number) {
  if (!Number.isSafeInteger(number)) {
    throw new Refusal("not-hashable", "a number that is no integer of at most 2^53 - 1");
  }
  return String(number); // -0 gives "0".
}

// Looks at the bytes of a line that JSON.parse has accepted. Returns how many members it writes, which are more than
// the object has if one stands twice, and whether a number is written with a fraction or an exponent.
function spelling(bytes, start, end) {
  let members = 0;
  let integers = true;
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) {
      // A string: to its closing quote, over what a backslash escapes.
      for (at += 1; bytes[at] !== 0x22; at += 1) if (bytes[at] === 0x5c) at += 1;
    } else if (byte === 0x3a) {
      members += 1;
    } else if (byte === 0x2e || ((byte === 0x65 || byte === 0x45) && isDigit(bytes[at - 1]))) {
      integers = false; // A point, or an "e" behind a digit.
    }
  }
  return { members, integers };
}

function isDigit(byte) {
  return byte >= 0x30 && byte <= 0x39;
}
