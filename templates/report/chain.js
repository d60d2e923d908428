// The chain: each record holds its own hash and the hash of the record before it (FORMAT.md, "Chain").
//
// The records are read as `sealstone verify` reads a log, and judged by the same rules but those of the schema: which
// members a record must have, and of which types, says nothing of whether it is as it was sealed.

// What the first record of a log names as its predecessor.
const GENESIS = "0".repeat(64);

// White space as the format has it: such a line is no record.
const BLANK = /^[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/;

// Where and why the chain does not hold.
class ChainBreak extends Error {
  constructor(record, code, message) {
    super(message);
    this.record = record;
    this.code = code;
  }
}

// Takes the bytes of a log from its beginning on, and throws at the first record that does not hold.
class Chain {
  #decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  #encoder = new TextEncoder();
  #buffer = new Uint8Array(1 << 16);
  #ids = new Map();
  #isBeginning = true;

  // `first` is the number of the record that comes first, `anchor` the hash of the one before it.
  constructor(first = 1, anchor = GENESIS) {
    this.next = first;
    this.head = anchor;
  }

  // Takes whole lines. Calls `taken(record, start, end, number)` for each record that holds, with its place in `bytes`.
  take(bytes, taken) {
    let start = this.#isBeginning && [0xef, 0xbb, 0xbf].every((byte, at) => bytes[at] === byte) ? 3 : 0;
    this.#isBeginning &&= bytes.length === 0;
    while (start < bytes.length) {
      const feed = bytes.indexOf(0x0a, start);
      const end = feed < 0 ? bytes.length : feed;
      const record = this.#line(bytes, start, end);
      if (record) {
        taken(record, start, end, this.next);
        this.next += 1;
      }
      start = end + 1;
    }
  }

  // Returns the number of the record that has an id, or undefined.
  numberOf(id) {
    return this.#ids.get(id);
  }

  // Returns the record in a line, or null if the line is blank.
  #line(bytes, start, end) {
    try {
      const text = this.#text(bytes, start, end);
      if (BLANK.test(text)) return null;
      const record = parsed(text);
      const hash = this.#hash(record, spelling(bytes, start, end));
      this.#link(record, hash);
      this.#remember(record.record_id);
      return record;
    } catch (error) {
      if (error instanceof Refusal) throw new ChainBreak(this.next, error.code, error.message);
      throw error;
    }
  }

  #text(bytes, start, end) {
    try {
      return this.#decoder.decode(bytes.subarray(start, end));
    } catch {
      throw new Refusal("not-utf8", "it is not UTF-8");
    }
  }

  // The hash covers the whole record but `integrity.hash`, `integrity.prev_hash` with it.
  #hash(record, written) {
    const { integrity } = record;
    const declared = integrity?.hash;
    if (declared !== undefined) integrity.hash = undefined;
    const writer = new CanonicalWriter();
    const form = writer.write(record);
    if (declared !== undefined) integrity.hash = declared;
    if (writer.members !== written.members) {
      throw new Refusal("duplicate-key", "an object in it has a key twice, so that readers may take it differently");
    }
    if (!written.integers) {
      throw new Refusal("not-an-integer", "it has a number with a fraction or an exponent");
    }
    return this.#digest(form);
  }

  #digest(text) {
    // A UTF-16 code unit takes three bytes in UTF-8 at most.
    const room = text.length * 3 + PADDING;
    if (this.#buffer.length < room) this.#buffer = new Uint8Array(room * 2);
    const { written } = this.#encoder.encodeInto(text, this.#buffer);
    return sha256(this.#buffer, written);
  }

  #link({ integrity }, hash) {
    const follows = integrity?.prev_hash === this.head;
    const unaltered = integrity?.hash === hash;
    if (follows && unaltered) {
      this.head = hash;
      return;
    }
    const declares = `it declares the hash ${shownHash(integrity?.hash)}, and its content hashes to ${hash}`;
    const names = `it names ${shownHash(integrity?.prev_hash)} as the record before it, which is ${this.head}`;
    if (follows) throw new Refusal("hash-mismatch", `it was altered after it was sealed: ${declares}`);
    if (unaltered && typeof integrity.prev_hash === "string") {
      throw new Refusal(
        "link-mismatch",
        `it is as it was sealed, but a record before it was removed, moved, inserted or altered: ${names}`,
      );
    }
    throw new Refusal("altered-link", `${names}; ${declares}`);
  }

  #remember(id) {
    if (!id) return;
    const earlier = this.#ids.get(id);
    if (earlier !== undefined) throw new Refusal("duplicate-record-id", `record ${earlier} has the same id`);
    this.#ids.set(id, this.next);
  }
}

// Reads a record, and refuses what the chain itself could not be read from.
function parsed(text) {
  let record;
  try {
    record = JSON.parse(text);
  } catch {
    throw new Refusal("not-json", "it is not JSON");
  }
  if (typeof record !== "object" || record === null || Array.isArray(record)) {
    throw new Refusal("not-an-object", "it is JSON, but no record");
  }
  const wrong = (key, isRight) => Object.hasOwn(record, key) && !isRight(record[key]);
  const isText = (value) => typeof value === "string";
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (wrong("integrity", isObject)) throw new Refusal("integrity-not-object", "integrity is no object");
  if (wrong("record_id", isText)) throw new Refusal("record-id-not-string", "record_id is no text");
  if (wrong("parent_id", isText)) throw new Refusal("parent-id-not-string", "parent_id is no text");
  return record;
}

// A hash as a record declares it: nothing of a record's own text can stand in a verdict.
function shownHash(value) {
  if (value === undefined) return "nothing";
  return /^[0-9a-f]{64}$/.test(value) ? value : "what is no hash";
}
