// SHA-256 (FIPS 180-4), in plain script: a browser's own is there for pages from https only, and this page has to
// check itself from a folder as well.

// The first 32 bits of the fractional parts of the cube roots of the first 64 primes, and for the state at the
// beginning of the square roots of the first 8 (FIPS 180-4, 4.2.2 and 5.3.3). Computed, since a table of digits can
// have a wrong one: the tests hold the result to another implementation.
const primes = [];
for (let n = 2; primes.length < 64; n += 1) {
  if (primes.every((prime) => n % prime !== 0)) primes.push(n);
}
const fraction = (x) => ((x - Math.floor(x)) * 2 ** 32) | 0;
const ROUNDS = Int32Array.from(primes, (prime) => fraction(Math.cbrt(prime)));
const START = Int32Array.from(primes.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const schedule = new Int32Array(64);

// How many bytes `sha256` writes behind a message, at most.
const PADDING = 72;

// Returns the SHA-256 of the first `length` bytes of `buffer`, as 64 hexadecimal digits. It writes its padding
// behind them, so the buffer must be at least `PADDING` bytes longer.
function sha256(buffer, length) {
  // A one bit, zeros, and the length in bits, so that it all fills blocks of 64 bytes.
  const end = Math.ceil((length + 9) / 64) * 64;
  buffer.fill(0, length, end);
  buffer[length] = 0x80;
  new DataView(buffer.buffer, buffer.byteOffset).setBigUint64(end - 8, BigInt(length) * 8n);
  const state = START.slice();
  for (let at = 0; at < end; at += 64) compress(state, buffer, at);
  return Array.from(state, (word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}

// Works the 64 bytes at `at` into the state (FIPS 180-4, 6.2.2).
function compress(state, bytes, at) {
  const w = schedule;
  for (let t = 0; t < 16; t += 1, at += 4) {
    w[t] = (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3];
  }
  for (let t = 16; t < 64; t += 1) {
    const x = w[t - 15];
    const y = w[t - 2];
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    w[t] = (w[t - 16] + s0 + w[t - 7] + s1) | 0;
  }
  let a = state[0],
    b = state[1],
    c = state[2],
    d = state[3],
    e = state[4],
    f = state[5],
    g = state[6],
    h = state[7];
  for (let t = 0; t < 64; t += 1) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + (g ^ (e & (f ^ g))) + ROUNDS[t] + w[t]) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] += a;
  state[1] += b;
  state[2] += c;
  state[3] += d;
  state[4] += e;
  state[5] += f;
  state[6] += g;
  state[7] += h;
}

// Returns the SHA-256 of a text in UTF-8.
function sha256OfText(text) {
  const bytes = new TextEncoder().encode(text);
  const buffer = new Uint8Array(bytes.length + PADDING);
  buffer.set(bytes);
  return sha256(buffer, bytes.length);
}

// Returns the same in base64, which is how a Content-Security-Policy spells it.
function sha256OfTextBase64(text) {
  const digits = sha256OfText(text).match(/../g);
  return btoa(String.fromCharCode(...digits.map((pair) => parseInt(pair, 16))));
}
