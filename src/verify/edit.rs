//! Logs that differ from sound ones in odd ways, made of bytes that say how, and sealed again where that can
//! be done: then no hash gives the change away, and only the rules of the format can. For tests; the fuzz
//! target `paths` has this file too.

use crate::{chain, digest::Digest, json};

/// What a leaf may become: values at the edges of the rules.
#[rustfmt::skip]
const VALUES: &[&str] = &[
    "null", "true", "false", "nul", "True", "0", "-0", "1", "-1", "00", "01", "+1", "1.", ".5", "1.0", "1e0",
    "1E2", "-0.0", "0e0", "9", "123456789012345", "999999999999999", "1234567890123456", "9007199254740991",
    "-9007199254740991", "9007199254740992", "-9007199254740992", "123456789012345678901234567890", "NaN",
    "Infinity", "-Infinity", "-", "", "[]", "{}", "[[]]", "[{}]", "[null]", "[1,]", "{\"a\":1}",
    "{\"a\":1,\"a\":1}", "{\"b\":1,\"a\":2}", "{\"\":\"\"}", "\"\"", "\"a\"", "\"0.1\"", "\"sha-256\"",
    "\"rfc8785\"", "\"ed25519\"", "\"INFO\"", "\"info\"", "\"MEDIUM\"", "\"LOW \"", "\"read\"", "\"network\"",
    "\"privacy\"", "\"allowed\"", "\"denied\"", "\"blocked\"", "\"ok\"", "\"captured\"", "\"o\\u006b\"",
    "\"\\u006fk\"", "\"\\\"\"", "\"\\\\\"", "\"\\/\"", "\"\\b\\f\\n\\r\\t\"", "\"\\u0000\"", "\"\\u001f\"",
    "\"\\u0022\"", "\"\\u005c\"", "\"\\u005C\"", "\"\\u002f\"", "\"\\u007f\"", "\"\\u0080\"", "\"\\u00E9\"",
    "\"\\u2028\"", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud83d\\ude00\"", "\"\\uD83D\\uDE00\"",
    "\"\\ud83d\\u0041\"", "\"\\ud83d\\ud83d\\ude00\"", "\"\\ude00\\ud83d\"", "\"\\u12\"", "\"\\x41\"", "\"\\",
    "\"é\"", "\"\u{7f}\"", "\"\u{2028}\"", "\"\u{feff}\"", "\"\u{fffd}\"", "\"😀\"", "\"ｦ\"", "\"a\tb\"",
    "\"a\u{1}b\"", "\"2026-01-01T00:00:00Z\"", "\"2026-01-01T00:00:00.123456789+23:59\"",
    "\"2026-02-30T00:00:00Z\"", "\"2026-01-01T00:00:00Z\\n\"", "\"0190f8e4-55cc-4d1c-9d3b-000000000001\"",
    "\"0190F8E4-55cc-4d1c-9d3b-000000000001\"",
    "\"0000000000000000000000000000000000000000000000000000000000000000\"",
    "\"000000000000000000000000000000000000000000000000000000000000000A\"",
];

/// What a key may become.
#[rustfmt::skip]
const KEYS: &[&str] = &[
    "\"action\"", "\"agent\"", "\"alg\"", "\"authority\"", "\"canon\"", "\"category\"", "\"data\"",
    "\"findings\"", "\"hash\"", "\"id\"", "\"input\"", "\"integrity\"", "\"kind\"", "\"loaded\"", "\"mcp\"",
    "\"name\"", "\"outcome\"", "\"parent_id\"", "\"prev_hash\"", "\"record_id\"", "\"scope\"", "\"severity\"",
    "\"sig\"", "\"status\"", "\"summary\"", "\"tool\"", "\"ts\"", "\"type\"", "\"zdr\"", "\"cross_region\"",
    "\"same_as_previous\"", "\"schema_version\"", "\"session_id\"", "\"\"", "\"a\"", "\"b\"", "\"é\"",
    "\"\\u00e9\"", "\"t\\u0073\"", "\"\\u0074s\"", "\"ts \"", "\"Ts\"", "\"😀\"", "\"\\ud83d\\ude00\"", "\"ｦ\"",
    "\"\\ud800\"", "\"a/b\"", "\"a\\/b\"", "\"a~b\"", "\"\\\"\"", "\"\\\\\"", "\"\\n\"", "ts", "\"ts", "\"a\tb\"",
];

/// Lengths at which something is done in another way.
const LENGTHS: &[usize] = &[
    1, 6, 7, 8, 14, 15, 16, 17, 30, 31, 32, 33, 47, 48, 63, 64, 65, 127, 128, 129, 255, 256, 257,
    1000, 4000,
];

/// Where the line that is learned from may not be longer.
const LONG_LENGTHS: &[usize] = &[65_000, 65_535, 65_536, 70_000];

/// Says how to change what.
#[derive(Debug)]
pub(crate) struct Script<'a>(&'a [u8]);

impl<'a> Script<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The next byte, or 0 behind the last one.
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    fn coin(&mut self) -> bool {
        self.byte() & 1 == 0
    }

    fn below(&mut self, count: usize) -> usize {
        let low = usize::from(self.byte());
        let number = match count {
            0..=256 => low,
            _ => low << 8 | usize::from(self.byte()),
        };
        number % count.max(1)
    }

    fn of<'t, T: ?Sized>(&mut self, items: &[&'t T]) -> &'t T {
        items[self.below(items.len())]
    }
}

/// A value by its text, in which anything may stand.
#[derive(Debug, Clone)]
pub(crate) enum Node {
    Leaf(Vec<u8>),
    Array(Vec<Self>),
    Object(Vec<(Vec<u8>, Self)>),
}

impl Node {
    /// Takes a sound line apart.
    pub(crate) fn of(line: &[u8]) -> Self {
        Parser { line, at: 0 }.value()
    }

    fn leaf(text: &str) -> Self {
        Self::Leaf(text.into())
    }

    pub(crate) fn text(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Leaf(text) => out.extend_from_slice(text),
            Self::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    out.push(if at == 0 { b'[' } else { b',' });
                    item.write(out);
                }
                out.extend_from_slice(if items.is_empty() { b"[]" } else { b"]" });
            }
            Self::Object(members) => {
                for (at, (key, value)) in members.iter().enumerate() {
                    out.push(if at == 0 { b'{' } else { b',' });
                    out.extend_from_slice(key);
                    out.push(b':');
                    value.write(out);
                }
                out.extend_from_slice(if members.is_empty() { b"{}" } else { b"}" });
            }
        }
    }

    fn inner(&mut self) -> Vec<&mut Self> {
        match self {
            Self::Leaf(_) => Vec::new(),
            Self::Array(items) => items.iter_mut().collect(),
            Self::Object(members) => members.iter_mut().map(|(_, value)| value).collect(),
        }
    }

    fn count(&mut self) -> usize {
        1 + self.inner().into_iter().map(Self::count).sum::<usize>()
    }

    /// Returns one of the values in it, itself included.
    fn nth(&mut self, mut n: usize) -> &mut Self {
        if n == 0 {
            return self;
        }
        n -= 1;
        for inner in self.inner() {
            let count = inner.count();
            if n < count {
                return inner.nth(n);
            }
            n -= count;
        }
        unreachable!("there are as many as were counted")
    }

    fn any(&mut self, script: &mut Script<'_>) -> &mut Self {
        let count = self.count();
        self.nth(script.below(count))
    }

    /// Returns the members of one of the objects in it: of the record itself, if the value is none.
    fn members(&mut self, script: &mut Script<'_>) -> Option<&mut Vec<(Vec<u8>, Self)>> {
        let count = self.count();
        let at = script.below(count);
        let at = if matches!(self.nth(at), Self::Object(_)) {
            at
        } else {
            0
        };
        match self.nth(at) {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// Makes one change.
    pub(crate) fn edit(&mut self, script: &mut Script<'_>) {
        match script.byte() % 14 {
            0 => *self.any(script) = Self::leaf(script.of(VALUES)),
            1 => self.reorder(script),
            2 => self.repeat(script),
            3 => self.remove(script),
            4 => self.insert(script),
            5 => self.rename(script),
            6 => {
                let other = self.any(script).clone();
                *self.any(script) = other;
            }
            7 => self.exchange(script),
            8 => self.wrap(script),
            9 => self.space(script),
            10 => self.change_byte(script),
            11 => self.lengthen(script),
            12 => self.escape(script),
            _ => {
                let value = Self::leaf(script.of(VALUES));
                if let Self::Array(items) = self.any(script) {
                    items.push(value);
                }
            }
        }
    }

    fn reorder(&mut self, script: &mut Script<'_>) {
        if let Some(members) = self.members(script)
            && !members.is_empty()
        {
            let (a, b) = (script.below(members.len()), script.below(members.len()));
            members.swap(a, b);
        }
    }

    fn repeat(&mut self, script: &mut Script<'_>) {
        if let Some(members) = self.members(script)
            && !members.is_empty()
        {
            let member = members[script.below(members.len())].clone();
            let at = script.below(members.len() + 1);
            members.insert(at, member);
        }
    }

    fn remove(&mut self, script: &mut Script<'_>) {
        match self.any(script) {
            Self::Array(items) if !items.is_empty() => {
                items.remove(script.below(items.len()));
            }
            Self::Object(members) if !members.is_empty() => {
                members.remove(script.below(members.len()));
            }
            _ => {}
        }
    }

    fn insert(&mut self, script: &mut Script<'_>) {
        let member = (
            script.of(KEYS).as_bytes().to_vec(),
            Self::leaf(script.of(VALUES)),
        );
        if let Some(members) = self.members(script) {
            let at = script.below(members.len() + 1);
            members.insert(at, member);
        }
    }

    /// Gives a member another key, of the same length if there is such.
    fn rename(&mut self, script: &mut Script<'_>) {
        if let Some(members) = self.members(script)
            && !members.is_empty()
        {
            let at = script.below(members.len());
            let length = members[at].0.len();
            let alike: Vec<&str> = KEYS
                .iter()
                .copied()
                .filter(|key| key.len() == length)
                .collect();
            let is_alike = !alike.is_empty() && script.coin();
            let keys = if is_alike { &alike } else { KEYS };
            members[at].0 = script.of(keys).into();
        }
    }

    /// Exchanges the values, or the keys, of two members of an object.
    fn exchange(&mut self, script: &mut Script<'_>) {
        if let Some(members) = self.members(script)
            && !members.is_empty()
        {
            let (a, b) = (script.below(members.len()), script.below(members.len()));
            members.swap(a, b);
            if script.coin() {
                let key = std::mem::take(&mut members[a].0);
                members[a].0 = std::mem::replace(&mut members[b].0, key);
            }
        }
    }

    fn wrap(&mut self, script: &mut Script<'_>) {
        const DEPTHS: [usize; 8] = [1, 2, 3, 62, 63, 64, 65, 66];
        let depth = DEPTHS[script.below(DEPTHS.len())];
        let is_array = script.coin();
        let node = self.any(script);
        for _ in 0..depth {
            let inner = std::mem::replace(node, Self::Array(Vec::new()));
            *node = if is_array {
                Self::Array(vec![inner])
            } else {
                Self::Object(vec![(b"\"k\"".to_vec(), inner)])
            };
        }
    }

    fn space(&mut self, script: &mut Script<'_>) {
        let space = [b' ', b'\t', b'\r', 0x0B, 0, 0xA0][script.below(6)];
        let is_before = script.coin();
        let node = self.any(script);
        let text = node.text();
        *node = Self::Leaf(if is_before {
            [&[space], &text[..]].concat()
        } else {
            [&text[..], &[space]].concat()
        });
    }

    fn change_byte(&mut self, script: &mut Script<'_>) {
        let node = self.any(script);
        let mut text = node.text();
        change_byte(&mut text, script);
        *node = Self::Leaf(text);
    }

    /// Makes a string longer, from its inside.
    fn lengthen(&mut self, script: &mut Script<'_>) {
        let length = match script.byte() {
            0 => LONG_LENGTHS[script.below(LONG_LENGTHS.len())],
            n => LENGTHS[usize::from(n) % LENGTHS.len()],
        };
        let fill = script.of(&[
            "a",
            "é",
            "\\n",
            "\\/",
            "\\u00e9",
            "😀",
            "\\\"",
            "\\\\",
            "\\ud83d\\ude00",
        ]);
        let at_start = script.coin();
        if let Self::Leaf(text) = self.any(script)
            && text.len() >= 2
            && text.starts_with(b"\"")
        {
            let at = if at_start { 1 } else { text.len() - 1 };
            let filling = fill.as_bytes().repeat(length.div_ceil(fill.len()));
            text.splice(at..at, filling);
        }
    }

    /// Writes a character of a string as an escape.
    fn escape(&mut self, script: &mut Script<'_>) {
        let is_upper = script.coin();
        let node = self.any(script);
        let text = match node {
            Self::Leaf(text) => text,
            Self::Array(_) => return,
            Self::Object(members) if members.is_empty() => return,
            Self::Object(members) => {
                let at = script.below(members.len());
                &mut members[at].0
            }
        };
        if text.len() <= 2 || !text.starts_with(b"\"") {
            return;
        }
        let at = 1 + script.below(text.len() - 2);
        let byte = text[at];
        if byte.is_ascii() {
            let escape = if is_upper {
                format!("\\u00{byte:02X}")
            } else {
                format!("\\u00{byte:02x}")
            };
            text.splice(at..=at, escape.into_bytes());
        }
    }

    fn member(&mut self, key: &str) -> Option<&mut Self> {
        let Self::Object(members) = self else {
            return None;
        };
        let is = |member: &&mut (Vec<u8>, Self)| member.0 == format!("\"{key}\"").as_bytes();
        members.iter_mut().find(is).map(|(_, value)| value)
    }

    /// Gives it another id, and no parent.
    pub(crate) fn set_id(&mut self, id: &str) {
        if let Self::Object(members) = self {
            members.retain(|(key, _)| key != b"\"parent_id\"");
        }
        if let Some(value) = self.member("record_id") {
            *value = Self::Leaf(format!("\"{id}\"").into_bytes());
        }
    }

    /// Seals it behind `previous`, as far as it is a record: returns its hash, if it has one now.
    pub(crate) fn seal(&mut self, previous: Digest) -> Option<Digest> {
        let quoted = |digest: Digest| Self::Leaf(format!("\"{digest}\"").into_bytes());
        *self.member("integrity")?.member("prev_hash")? = quoted(previous);
        let read = json::read(&self.text()).ok()?;
        let hash = chain::record_hash(read.value.as_object()?).ok()?;
        *self.member("integrity")?.member("hash")? = quoted(hash);
        Some(hash)
    }
}

/// Changes, puts in or leaves out a byte.
pub(crate) fn change_byte(text: &mut Vec<u8>, script: &mut Script<'_>) {
    let kind = script.byte() % 3;
    let at = script.below(text.len() + 1);
    let byte = script.byte();
    match kind {
        0 if at < text.len() => text[at] = byte,
        1 if at < text.len() => drop(text.remove(at)),
        _ => text.insert(at, byte),
    }
}

/// Makes a log of `bases`, which goes on from `previous`.
pub(crate) fn log(bases: &[Node], mut previous: Digest, script: &mut Script<'_>) -> Vec<u8> {
    let mut log = Vec::new();
    for number in 0..8 {
        if script.is_empty() {
            break;
        }
        let mut record = bases[script.below(bases.len())].clone();
        record.set_id(&format!("e{number}"));
        let edits = script.byte();
        for _ in 0..edits % 4 {
            record.edit(script);
        }
        // Most are sealed; a few keep what they declared.
        if edits < 240
            && let Some(hash) = record.seal(previous)
        {
            previous = hash;
        }
        let mut line = record.text();
        if edits & 0x30 == 0x30 {
            change_byte(&mut line, script);
        }
        log.extend_from_slice(&line);
        let ends: [&[u8]; 8] = [b"\n", b"\n", b"\n", b"\n", b"\n", b"\r\n", b"\n \n", b" \n"];
        log.extend_from_slice(ends[usize::from(edits >> 5)]);
    }
    if script.byte() % 8 == 1 {
        log.pop();
    }
    log
}

/// Takes a compact text apart that is known to be sound.
struct Parser<'a> {
    line: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn value(&mut self) -> Node {
        match self.line[self.at] {
            b'{' => Node::Object(self.list(b'}', |parser| {
                let key = parser.leaf();
                parser.at += 1;
                (key, parser.value())
            })),
            b'[' => Node::Array(self.list(b']', Self::value)),
            _ => Node::Leaf(self.leaf()),
        }
    }

    fn list<T>(&mut self, close: u8, mut item: impl FnMut(&mut Self) -> T) -> Vec<T> {
        let mut items = Vec::new();
        self.at += 1;
        while self.line[self.at] != close {
            self.at += usize::from(self.line[self.at] == b',');
            items.push(item(self));
        }
        self.at += 1;
        items
    }

    /// A string, a number or a word.
    fn leaf(&mut self) -> Vec<u8> {
        let start = self.at;
        if self.line[start] == b'"' {
            self.at += 1;
            while self.line[self.at] != b'"' {
                self.at += if self.line[self.at] == b'\\' { 2 } else { 1 };
            }
            self.at += 1;
        } else {
            let is_end = |byte: &u8| matches!(byte, b',' | b'}' | b']');
            let length = self.line[start..].iter().position(is_end);
            self.at += length.expect("something closes behind it");
        }
        self.line[start..self.at].to_vec()
    }
}
