
// ---- Texts of records as the page shows them. src/report/text.rs writes the same.

const LONE_SURROGATE = /[\u{D800}-\u{DFFF}]/gu;

// What shows nothing, or turns the text around it (FORMAT.md, "Invisible characters").
const SHOWS_NOTHING = "\\u00AD\\u034F\\u0600-\\u0605\\u061C\\u06DD\\u070F"
  + "\\u0890-\\u0891\\u08E2\\u115F-\\u1160\\u17B4-\\u17B5\\u180B-\\u180F\\u200B-\\u200F\\u202A-\\u202E\\u2060-\\u206F"
  + "\\u2800\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\u{110BD}\\u{110CD}\\u{13430}-\\u{1343F}"
  + "\\u{1BCA0}-\\u{1BCA3}\\u{1D159}\\u{1D173}-\\u{1D17A}\\u{E0000}-\\u{E0FFF}";
const INVISIBLE = new RegExp(`[${SHOWS_NOTHING}]`, "gu");

// The same, and controls and what ends a line.
const HIDDEN = new RegExp(`[\\u0000-\\u001F\\u007F-\\u009F\\u2028\\u2029${SHOWS_NOTHING}]`, "gu");

// Spells out what cannot be seen: ‹U+202E›. Tabs and line ends become blanks, because a cell is one line.
function visible(text) {
  return text.replace(HIDDEN, (c) => "\t\n\r".includes(c)
    ? " "
    : `‹U+${c.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}›`);
}

// The first characters of a text, whole ones, with an ellipsis if that is not all.
function clipped(text, chars) {
  if (text.length <= chars) return text;
  let end = 0;
  for (let taken = 0; taken < chars && end < text.length; taken += 1) {
    end += text.codePointAt(end) > 0xFFFF ? 2 : 1;
  }
  return end < text.length ? `${text.slice(0, end)}…` : text;
}

// Half of a pair is no character.
const wellFormed = (text) => text.replace(LONE_SURROGATE, "\uFFFD");

// Members of a record: the text under a key if there is one, the object under a key or an empty one.
function str(object, key) {
  const value = object[key];
  return typeof value === "string" ? wellFormed(value) : undefined;
}

const NOTHING = Object.freeze(Object.create(null));

function part(object, key) {
  const value = object[key];
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value : NOTHING;
}

// A text that is there and says something.
function there(object, key) {
  return str(object, key) || undefined;
}

const TIMESTAMP =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|([+-])(\d\d):(\d\d))\n?$/;

// Seconds since 1970, or undefined for what is no timestamp of the format (src/time.rs has the same grammar).
function seconds(ts) {
  // Several parts of the page ask for the time of the same record.
  if (ts !== lastAsked.ts) lastAsked = { ts, seconds: secondsOf(ts) };
  return lastAsked.seconds;
}

let lastAsked = { ts: undefined, seconds: undefined };

function secondsOf(ts) {
  const found = TIMESTAMP.exec(ts ?? "");
  if (!found) return undefined;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map(Number);
  if (year < 1 || hour > 23 || minute > 59 || second > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  const offset = (Number(found[8] ?? 0) * 60 + Number(found[9] ?? 0)) * 60 * (found[7] === "-" ? -1 : 1);
  const at = date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offset;
  return at >= -62135596800 && at <= 253402300799 ? at : undefined;
}

// Whether a time is within the bounds of a window, which have microseconds. Windows are read more generously than the
// format (src/window.rs); what only they can read is not judged.
function isWithin(ts, { from, to }) {
  const moments = (text) => {
    const at = seconds(text);
    const fraction = at === undefined ? "" : (/\.(\d+)/.exec(text)?.[1] ?? "");
    return [at, Number(fraction.slice(0, 6).padEnd(6, "0"))];
  };
  const isAfter = ([one, micros], [other, otherMicros]) => one > other || (one === other && micros > otherMicros);
  const isBound = (text) => text === null || seconds(text) !== undefined;
  if (!isBound(from) || !isBound(to)) return false;
  const at = moments(ts);
  return !(from !== null && isAfter(moments(from), at)) && !(to !== null && isAfter(at, moments(to)));
}

// 2026-11-22 15:04:05, in UTC.
function moment(at) {
  return new Date(at * 1000).toISOString().slice(0, 19).replace("T", " ");
}

// What to run instead. A name may begin like an option, or be that of standard input.
function commandFor(log) {
  const name = log === "" || log === "-" ? "LOG" : log;
  const quoted = /^[A-Za-z0-9_./+-]+$/.test(name) ? name : `'${name.replaceAll("'", "'\\''")}'`;
  return visible(`sealstone verify ${name.startsWith("-") ? "-- " : ""}${quoted}`);
}

function plural(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
