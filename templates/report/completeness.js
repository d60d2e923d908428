
// ---- What a witness says of the records. src/report/completeness.rs says the same.

// Returns how complete the records are, as a word and as a sentence.
function completenessOf(summary) {
  const { witness } = summary.statement;
  if (witness === null) {
    return {
      state: "none",
      text: "No witness checkpoint was given: records that were cut off at the end would not be missed.",
    };
  }
  const { state, text } = witnessedOf(summary);
  return {
    state: state === "complete" && witness.damaged > 0 ? "undecided" : state,
    text: text + damagedOf(witness) + othersOf(witness),
  };
}

function damagedOf({ damaged }) {
  return damaged > 0
    ? ` The witness is damaged: ${plural(damaged, "line")} of it cannot be read, and could say more.`
    : "";
}

function othersOf({ others }) {
  return others > 0 ? ` It has checkpoints of ${plural(others, "other log")} of the same subject too.` : "";
}

// Returns what the checkpoints say of the records.
function witnessedOf({ statement, facts, hashes }) {
  const { witness, window } = statement;
  if (witness.checkpoints.length === 0) {
    return {
      state: "unwitnessed",
      text: "The witness has no checkpoint of this log: records that were cut off at the end would not be missed.",
    };
  }
  const first = window?.first || 1;
  const last = Math.max(first + facts.records - 1, 0);
  const within = witness.checkpoints.filter(({ count }) => !window || (count >= first && count <= last));
  const isThere = (count) => count >= first && count <= last;
  const unfit = within.find(({ count, head }) => !isThere(count) || hashes[count - first] !== head);
  if (unfit) {
    const head = visible(clipped(unfit.head, 64));
    return {
      state: "incomplete",
      text: `Incomplete: a witness names ${plural(unfit.count, "record")} up to head ${head}, and this log does not `
        + "have them.",
    };
  }
  if (within.length === 0) {
    return { state: "outside", text: "No checkpoint of the witness falls inside this window." };
  }
  const latest = within.reduce((most, { count }) => Math.max(most, count), 0);
  return {
    state: "complete",
    text: `Complete up to record ${latest}: ${plural(within.length, "checkpoint")} of a witness fit. `
      + `${plural(last - latest, "record")} behind it, which no checkpoint covers.`,
  };
}

// Returns what is known of the times.
function timeOf({ statement }) {
  const stamp = statement.witness?.stamp ?? null;
  return stamp === null
    ? "Times are what the recorder's clock said. Nothing outside of it vouches for them."
    : `Times are what the recorder's clock said. A stamp on a checkpoint claims ${visible(clipped(stamp, 64))}; nobody `
      + "has checked its signature here.";
}
