
// ---- Calls of which one side is missing, or contradicts the other. They are joined again here as src/calls joins them,
// by their ids and by their order, so that none can be left out or made up.

const LISTED_CALLS = 10000;

class Calls {
  constructor() {
    this.sessions = new Map();
    // Contradictions and events that were lost: nothing behind them changes that.
    this.found = [];
  }

  add(record, number) {
    const action = part(record, "action");
    const extension = part(record, "sealstone");
    const phase = str(extension, "phase");
    const side = {
      record: number,
      phase,
      id: there(extension, "call_id"),
      tool: there(action, "tool"),
      input: there(part(action, "input"), "hash"),
    };
    switch (phase) {
      case "intent":
      case "outcome":
        this.#side(this.#session(record), record, side);
        break;
      case "batch":
        this.#batch(this.#session(record), extension.calls, number);
        break;
      case undefined:
        if (extension !== NOTHING && side.tool === "recorder.lost") this.#find("lost-event", side);
        break;
      default:
    }
  }

  #session(record) {
    const key = JSON.stringify([there(part(record, "agent"), "id"), there(record, "session_id")]);
    if (!this.sessions.has(key)) this.sessions.set(key, { hasIntents: false, byId: new Map(), lanes: new Map() });
    return this.sessions.get(key);
  }

  #find(kind, { record, id }) {
    this.found.push({ record, kind, has_id: id !== undefined });
  }

  #side(session, record, side) {
    if (side.phase === "intent") session.hasIntents = true;
    if (side.id === undefined) laneOf(session, record, side.tool).add(side);
    else this.#named(session, side);
  }

  #batch(session, calls, number) {
    for (const call of Array.isArray(calls) ? calls : []) {
      const id = typeof call === "object" && call !== null ? there(call, "call_id") : undefined;
      if (id !== undefined) this.#named(session, { record: number, phase: "batch", id });
    }
  }

  // One more record says something of a call with an id.
  #named({ byId }, side) {
    const before = byId.get(side.id);
    if (before === undefined) {
      byId.set(side.id, side);
      return;
    }
    if (side.phase === "batch") return;
    if (isContradicted(before, side)) this.#find("conflicting", side);
    else if (before.phase === "batch") byId.set(side.id, side);
    else if (before.phase !== "joined" && before.phase !== side.phase) {
      const [intent, outcome] = side.phase === "intent" ? [side, before] : [before, side];
      byId.set(side.id, { phase: "joined", tool: intent.tool ?? outcome.tool, input: intent.input });
    }
  }

  // Returns all that does not join, in the order of the records.
  unresolved() {
    const all = [...this.found];
    for (const { hasIntents, byId, lanes } of this.sessions.values()) {
      const open = [...byId.values(), ...[...lanes.values()].flatMap((lane) => lane.open())];
      for (const { phase, record, id } of open) {
        const kind = { intent: "no-outcome", batch: "never-arrived", outcome: hasIntents ? "no-intent" : null }[phase];
        if (kind) all.push({ record, kind, has_id: id !== undefined });
      }
    }
    return all.sort((a, b) => a.record - b.record);
  }

  // Returns what is wrong with the writer's list, if anything is.
  contradiction({ total, entries }) {
    const expected = this.unresolved();
    const listed = expected.slice(0, LISTED_CALLS);
    for (let at = 0; at < Math.max(listed.length, entries.length); at += 1) {
      const [is, said] = [listed[at], entries[at]];
      if (said === undefined || is?.record < said.record) return `record ${is.record} is ${is.kind}, and is not listed`;
      if (is === undefined || said.record < is.record) {
        return `a record is listed of which no call is open: ${shortNumber(said.record)}`;
      }
      if (is.record !== said.record || is.kind !== said.kind || is.has_id !== said.has_id) {
        return `record ${is.record} is ${is.kind}, and is listed as something else`;
      }
    }
    return total === expected.length ? null : "the list of calls that do not join is not as long as it says";
  }
}

const shortNumber = (number) => (Number.isSafeInteger(number) ? String(number) : "what is no number");

// Whether two records of one id cannot be of one call. Until the outcome its input may change.
function isContradicted(before, side) {
  const differ = (one, other) => one !== undefined && other !== undefined && one !== other;
  const input = (of) => (of.phase === "outcome" ? undefined : of.input);
  return differ(before.tool, side.tool) || differ(input(before), input(side));
}

// Calls of one tool, by one agent or sub-agent, that have no id.
class Lane {
  constructor() {
    this.intents = [];
    this.byInput = new Map();
    this.strays = [];
  }

  add(side) {
    const alike = this.byInput.get(side.input);
    if (side.phase === "intent") {
      this.intents.push(side);
      if (alike) alike.open.push(side);
      else this.byInput.set(side.input, { open: [side], next: 0 });
    } else if (alike && alike.next < alike.open.length) {
      alike.open[alike.next].isJoined = true;
      alike.next += 1;
    } else this.strays.push(side);
  }

  // Returns what is left over when the outcomes of another input went to the oldest intents before them.
  open() {
    const intents = this.intents.filter((intent) => !intent.isJoined);
    let oldest = 0;
    const strays = this.strays.filter(({ record }) => {
      const joins = oldest < intents.length && intents[oldest].record < record;
      if (joins) oldest += 1;
      return !joins;
    });
    return [...intents.slice(oldest), ...strays];
  }
}

function laneOf({ lanes }, record, tool) {
  const key = JSON.stringify([there(part(record, "sealstone"), "agent_id"), tool]);
  if (!lanes.has(key)) lanes.set(key, new Lane());
  return lanes.get(key);
}
