// What the records say as a whole.

const RANKED = 12;

function captureTiers(rows) {
  const counts = new Map(rows.words.capture.ranked());
  const captured = counts.get("captured") ?? 0;
  const ingested = counts.get("ingested") ?? 0;
  return section(
    "tiers",
    "How it came to be known",
    terms([
      ["Captured", `${counted(captured, "record")}: the recorder made them itself, at the call`],
      ["Ingested", `${counted(ingested, "record")}: another program told the recorder`],
      ["Not said", counted(rows.length - captured - ingested, "record")],
    ]),
    rankedChart(rows.words.adapter, RANKED, "no source"),
  );
}

function whatWasDone(rows) {
  return [
    section("over-time", "Activity over time", activityChart(rows)),
    make(
      "div",
      { class: "columns" },
      section("by-tool", "By tool", rankedChart(rows.words.tool, RANKED, "no tool")),
      section(
        "by-kind",
        "By kind",
        rankedChart(rows.words.type, RANKED, "no type"),
        rankedChart(rows.words.category, RANKED, "no category"),
      ),
      section("by-scope", "By scope", rankedChart(rows.words.scope, RANKED, "no scope")),
      captureTiers(rows),
    ),
  ];
}

function findingsOf(rows) {
  const found = [...rows.findings].sort(
    ([, a], [, b]) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || b.count - a.count,
  );
  if (found.length === 0 && rows.threats.texts.length === 0) {
    return section("findings", "Findings", make("p", {}, "No record has a finding or a threat."));
  }
  const line = ([type, { severity, count: number }]) =>
    make(
      "tr",
      {},
      make("td", {}, severityMark(severity)),
      make("td", {}, shortName(type)),
      make("td", { class: "number" }, count(number)),
    );
  const threats = rows.threats
    .ranked()
    .slice(0, RANKED)
    .map(([type, number]) => [type, { severity: "threat", count: number }]);
  const lines = [...found.slice(0, 40), ...threats];
  return section(
    "findings",
    "Findings",
    make(
      "table",
      { class: "plain" },
      make(
        "thead",
        {},
        make(
          "tr",
          {},
          ["Severity", "What", "How often"].map((title) => make("th", { scope: "col" }, title)),
        ),
      ),
      make("tbody", {}, lines.map(line)),
    ),
    found.length > 40 ? make("p", { class: "quiet" }, `${count(found.length - 40)} more kinds.`) : null,
  );
}

function severityMark(severity) {
  const level = SEVERITIES.includes(severity) ? severity.toLowerCase() : severity === "threat" ? "threat" : "none";
  return make("span", { class: `severity ${level}` }, level === "none" ? "not said" : severity);
}

// Calls of which one side is missing, as the writer of the page joined them.
function unresolvedCalls({ unresolved, window }, rows, openRecord) {
  const heading = callsHeading(window);
  if (unresolved.total === 0) return section("calls", heading, make("p", {}, "No call is left open."));
  const shown = unresolved.entries.slice(0, 100);
  return section(
    "calls",
    heading,
    make(
      "p",
      {},
      `${counted(unresolved.total, "call")} of which one side is missing or contradicts the other. What a log cannot tell stays open.`,
    ),
    make(
      "ul",
      { class: "calls" },
      shown.map(({ record, kind, meaning }) =>
        make(
          "li",
          {},
          rows.row(record) >= 0 ? recordLink(record, openRecord) : `record ${count(record)}`,
          " ",
          make("b", {}, shortName(kind)),
          " ",
          shortName(meaning, 400),
        ),
      ),
    ),
    unresolved.total > shown.length
      ? make(
          "p",
          { class: "quiet" },
          `${count(unresolved.total - shown.length)} more: sealstone log --unresolved lists all.`,
        )
      : null,
  );
}

function windowNote(window) {
  if (!window) return null;
  return make("aside", { class: "window" }, make("strong", {}, "A window. "), windowOf(window));
}
