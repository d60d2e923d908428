
// ---- What the records say as a whole. src/report/facts.rs counts the same.

const LISTED_NAMES = 4;

const shownName = (name) => visible(clipped(name, 80));

// Different names, in the order in which they came.
class Names {
  constructor() {
    this.known = new Set();
    this.isMissing = false;
  }

  add(name) {
    if (name === undefined) this.isMissing = true;
    else this.known.add(name);
  }

  text() {
    const names = [...this.known].slice(0, LISTED_NAMES).map(shownName);
    if (this.known.size > LISTED_NAMES) names.push(`${this.known.size - LISTED_NAMES} more`);
    if (names.length === 0) return this.isMissing ? "not said" : "none";
    if (this.isMissing) names.push("not said in some records");
    return names.join(", ");
  }
}

class Facts {
  constructor() {
    this.records = 0;
    this.subjects = new Names();
    this.agents = new Names();
    this.models = new Names();
    this.sessions = new Set();
    this.tools = new Set();
    this.first = Infinity;
    this.last = -Infinity;
    this.captured = 0;
    this.ingested = 0;
    this.flagged = 0;
    this.errors = 0;
    this.denied = 0;
  }

  add(record) {
    const agent = part(record, "agent");
    const withVersion = (name, version) => (name !== undefined && version ? `${name} ${version}` : name);
    this.records += 1;
    this.subjects.add(nameOf(part(record, "subject")));
    this.agents.add(withVersion(nameOf(agent), str(agent, "version")));
    this.models.add(withVersion(there(agent, "model"), str(agent, "model_version")));
    const session = there(record, "session_id");
    if (session !== undefined) this.sessions.add(session);
    const tool = there(part(record, "action"), "tool");
    if (tool !== undefined) this.tools.add(tool);
    const at = seconds(str(record, "ts"));
    if (at !== undefined) {
      this.first = Math.min(this.first, at);
      this.last = Math.max(this.last, at);
    }
    const capture = str(part(record, "source"), "capture");
    if (capture === "captured") this.captured += 1;
    if (capture === "ingested") this.ingested += 1;
    if (["MEDIUM", "HIGH", "CRITICAL"].includes(str(record, "severity"))) this.flagged += 1;
    const status = str(part(record, "outcome"), "status");
    if (status === "error") this.errors += 1;
    if (status === "denied") this.denied += 1;
  }

  // Whom the records are of, or by whom, for a heading.
  title() {
    const subjects = [...this.subjects.known];
    const agents = [...this.agents.known];
    if (subjects.length === 1) return shownName(subjects[0]);
    if (subjects.length > 1) return `${subjects.length} subjects`;
    return agents.length === 1 ? shownName(agents[0]) : "agent activity";
  }

  // `isWindow` is whether the log may go on behind the last record.
  lines(head, isWindow) {
    const span = this.last === -Infinity
      ? "no time that can be read"
      : `${moment(this.first)} to ${moment(this.last)} UTC`;
    return [
      ["Records", String(this.records)],
      ["Subject", this.subjects.text()],
      ["Agent", this.agents.text()],
      ["Model", this.models.text()],
      ["Time span", span],
      ["Sessions", String(this.sessions.size)],
      ["Tools", String(this.tools.size)],
      ["Captured first-hand", String(this.captured)],
      ["Ingested from another source", String(this.ingested)],
      ["Source not said", String(this.records - this.captured - this.ingested)],
      ["Flagged medium or higher", String(this.flagged)],
      ["Outcome error", String(this.errors)],
      ["Outcome denied", String(this.denied)],
      [isWindow ? "Hash of this window's last record" : "Head", head],
    ];
  }
}

// The records of a page, looked at one after the other once each is known to hold.
class Summary {
  constructor(statement) {
    this.statement = statement;
    this.facts = new Facts();
    this.calls = new Calls();
    this.policy = statement.policy ? new Policy(statement.policy) : null;
    // Readers without scripts are shown the newest records.
    this.rows = [];
    this.firstShown = (statement.window?.first || 1) + statement.records - STATIC_ROWS;
    this.hashes = [];
  }

  add(record, number) {
    this.facts.add(record);
    this.calls.add(record, number);
    if (this.policy) this.policy.add(record, number);
    if (number >= this.firstShown) this.rows.push(cellsOf(record, number));
    this.hashes.push(record.integrity.hash);
  }
}
