// The records that were verified: their bytes as they stand in the log, and of each the little that the overview, the
// filters and the order need. A record itself is read again from its bytes when it is shown.

const SEVERITIES = ["", "INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"];

// Texts that come up again and again, each kept once.
class Words {
  texts = [];
  counts = [];
  #places = new Map();

  // Returns the place of a text, and counts it.
  place(text) {
    let place = this.#places.get(text);
    if (place === undefined) {
      place = this.texts.length;
      this.#places.set(text, place);
      this.texts.push(text);
      this.counts.push(0);
    }
    this.counts[place] += 1;
    return place;
  }

  // The texts with how often each came, most first.
  ranked() {
    const pairs = this.texts.map((text, place) => [text, this.counts[place]]);
    return pairs.sort(([, a], [, b]) => b - a);
  }
}

// What filters and counts go by, and where it stands in a record.
const FACETS = {
  tool: (record) => textOf(record.action?.tool) || textOf(record.action?.type),
  type: (record) => textOf(record.action?.type),
  category: (record) => textOf(record.action?.category),
  scope: (record) => textOf(record.action?.authorization?.scope),
  severity: (record) => textOf(record.severity),
  session: (record) => textOf(record.session_id),
  outcome: (record) => textOf(record.outcome?.status),
  subjectId: (record) => textOf(record.subject?.id),
  adapter: (record) => textOf(record.source?.adapter),
  capture: (record) => textOf(record.source?.capture),
};

function agentOf(agent) {
  const name = textOf(agent?.name) || textOf(agent?.id);
  const model = textOf(agent?.model);
  return [name, textOf(agent?.version), model && `(${model})`].filter((part) => part).join(" ");
}

class Rows {
  #decoder = new TextDecoder();
  blocks = [];
  #block = [];
  #start = [];
  #end = [];
  #parent = [];
  times = [];
  flagged = [];
  facets = {};
  words = {};
  findings = new Map();
  threats = new Words();

  constructor(first) {
    this.first = first;
    for (const facet of Object.keys(FACETS)) {
      this.facets[facet] = [];
      this.words[facet] = new Words();
    }
  }

  get length() {
    return this.#start.length;
  }

  // Takes a record that holds. `parent` is the number of the record that its parent_id names, if that is known.
  add(record, start, end, parent) {
    this.#block.push(this.blocks.length);
    this.#start.push(start);
    this.#end.push(end);
    this.#parent.push(parent ?? 0);
    this.times.push((seconds(textOf(record.ts)) ?? NaN) * 1000);
    for (const facet in FACETS) this.facets[facet].push(this.words[facet].place(FACETS[facet](record)));
    const findings = Array.isArray(record.findings) ? record.findings : [];
    for (const finding of findings) this.#found(textOf(finding?.type), textOf(finding?.severity));
    const threats = Array.isArray(record.threats) ? record.threats : [];
    for (const threat of threats) this.threats.place(textOf(threat?.type));
    this.flagged.push(SEVERITIES.indexOf(record.severity) >= 3 || threats.length > 0);
  }

  #found(type, severity) {
    const found = this.findings.get(type) ?? { severity: "", count: 0 };
    found.count += 1;
    if (SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(found.severity)) found.severity = severity;
    this.findings.set(type, found);
  }

  number(row) {
    return this.first + row;
  }

  // The row of a record, or -1 if it is not in the page.
  row(number) {
    const row = number - this.first;
    return row >= 0 && row < this.length ? row : -1;
  }

  // The row of what caused this one, or -1.
  parent(row) {
    return this.row(this.#parent[row]);
  }

  // The line of a record as it stands in the log.
  line(row) {
    return this.#decoder.decode(this.blocks[this.#block[row]].subarray(this.#start[row], this.#end[row]));
  }

  record(row) {
    return JSON.parse(this.line(row));
  }

  // First and last time that can be read, or null.
  span() {
    let [from, to] = [Infinity, -Infinity];
    for (const time of this.times) {
      if (time < from) from = time;
      if (time > to) to = time;
    }
    return from <= to ? { from, to } : null;
  }

  // The rows that each row has caused, of those that caused any.
  children() {
    const children = new Map();
    for (let row = 0; row < this.length; row += 1) {
      const parent = this.parent(row);
      if (parent < 0) continue;
      const siblings = children.get(parent);
      if (siblings) siblings.push(row);
      else children.set(parent, [row]);
    }
    return children;
  }
}
