
// ---- Calls without an outcome. The writer joins calls by their ids and by their order; what has an id is joined
// again here, so that an intent without an outcome can be neither left out nor made up.

class Calls {
  constructor() {
    this.byId = new Map();
    this.intents = new Set();
  }

  add(record, number) {
    const extension = part(record, "sealstone");
    const phase = str(extension, "phase");
    const id = there(extension, "call_id");
    if (id === undefined || (phase !== "intent" && phase !== "outcome")) return;
    const key = JSON.stringify([there(part(record, "agent"), "id"), there(record, "session_id"), id]);
    const call = this.byId.get(key) ?? { intent: 0, outcomes: 0 };
    if (phase === "outcome") call.outcomes += 1;
    else {
      call.intent ||= number;
      this.intents.add(number);
    }
    this.byId.set(key, call);
  }

  // Returns what is wrong with the writer's list, if anything is.
  contradiction({ total, entries }) {
    if (entries.length > total || (entries.length < total && entries.length < 10000)) {
      return "the list of calls that do not join is not as long as it says";
    }
    const listed = entries.filter((entry) => entry.kind === "no-outcome" && entry.has_id);
    for (const { record } of listed) {
      if (!this.intents.has(record)) return `record ${record} is listed as an intent, and is none`;
    }
    // Where records contradict each other, or the list is cut, the writer's rules are finer than these.
    if (entries.length < total || entries.some((entry) => entry.kind === "conflicting")) return null;
    const known = new Set(listed.map((entry) => entry.record));
    for (const { intent, outcomes } of this.byId.values()) {
      if (intent > 0 && (outcomes === 0) !== known.has(intent)) {
        return `record ${intent} is an intent ${outcomes ? "with" : "without"} an outcome, and is ${
          outcomes ? "" : "not "}listed`;
      }
    }
    return null;
  }
}
