
// ---- What is read without scripts, written again: templates/report/static.html writes the same text.

const STATIC_ROWS = 5000;
const NAMED_CALLS = 100;

const escaped = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
const longText = (text) => visible(clipped(text, 400));

function integrityOf(records) {
  return records === 0
    ? "There is no record, so nothing is attested."
    : `${plural(records, "record")}, each sealed over the one before it.`;
}

function windowOf(window) {
  const { from, to, first, last, total } = window;
  const bounds = [from === null ? null : `from ${from}`, to === null ? null : `to ${to}`].filter(Boolean).join(" ");
  const which = first === 0
    ? `No record is in this window, ${bounds}: the log has ${plural(total, "record")}.`
    : `This page has records ${first} to ${last} of ${total}, not the whole log: what is ${bounds}.`;
  const says = "The writer of this page says";
  const elsewhere = window.findings_elsewhere > 0
    ? `${says} that the log does not hold elsewhere: ${plural(window.findings_elsewhere, "finding")}, the first at `
      + `record ${window.first_elsewhere}.`
    : `${says} that the rest of the log is intact.`;
  const head = window.log_head === null ? "" : ` ${says} that its head is ${window.log_head}.`;
  return visible(`${which} ${elsewhere}${head} What is outside cannot be checked here.`);
}

// The heading of the calls that do not join.
function callsHeading(window) {
  const outside = window ? "; the other side of a call may be outside of this window" : "";
  return `Calls that do not join${outside}`;
}

// The parts of that text, each with what it is about, so that a difference can be named.
function staticParts(summary, head) {
  const { statement, facts, policy, rows } = summary;
  const parts = [];
  const put = (about, text) => parts.push({ about, text });
  const log = escaped(longText(statement.log));
  put("the heading", `<main><h1>${escaped(facts.title())}</h1>\n`);
  put("the introduction", `<p>This is what the writer of this page found in <code>${log}</code>. Nothing has been `
    + `checked here: that takes JavaScript, or <code>${escaped(commandFor(statement.log))}</code> on the log itself.</p>\n`);
  if (statement.window) put("the window", `<p><strong>${escaped(windowOf(statement.window))}</strong></p>\n`);
  put("the summary", "<h2>Summary</h2>\n<dl>");
  for (const [label, text] of facts.lines(head, Boolean(statement.window))) {
    put(`the summary's line "${label}"`, `<dt>${escaped(label)}</dt><dd>${escaped(text)}</dd>\n`);
  }
  put("the verdicts", "</dl>\n<h2>Verdicts</h2>\n"
    + `<dl><dt>Integrity</dt><dd>${integrityOf(facts.records)}</dd>\n`
    + `<dt>Completeness</dt><dd>${escaped(completenessOf(summary).text)}</dd>\n`
    + `<dt>Time</dt><dd>${escaped(timeOf(summary))}</dd>\n</dl>\n`);
  if (policy) staticPolicy(policy, put);
  staticCalls(statement, put);
  const shown = rows.slice(-STATIC_ROWS).reverse();
  put("the table", `<h2>Records</h2>\n<p>${shown.length} of ${facts.records}, the newest first.</p>\n`
    + `<table><thead><tr>${COLUMNS.map(({ title }) => `<th>${escaped(title)}</th>`).join("")}</tr></thead><tbody>\n`);
  for (const cells of shown) {
    put(`record ${cells[0]}`, `<tr>${cells.map((text) => `<td>${escaped(text)}</td>`).join("")}</tr>\n`);
  }
  put("the end", "</tbody></table></main>");
  return parts;
}

function staticPolicy(policy, put) {
  put("the policy", `<h2>Policy</h2>\n<p>${escaped(longText(policy.name))} (SHA-256 ${policy.sha256}): `
    + `${policy.verdict()}</p>\n<table><thead><tr><th>Status</th><th>Rule</th><th>Severity</th>`
    + "<th>What it asks</th><th>Records</th></tr></thead><tbody>\n");
  for (const rule of policy.rules) {
    const cells = [statusOf(rule), longText(rule.id), rule.severity, longText(rule.description), ruleDetail(rule)];
    put(`the policy's rule ${rule.id}`, `<tr>${cells.map((text) => `<td>${escaped(text)}</td>`).join("")}</tr>\n`);
  }
  put("the policy", "</tbody></table>\n");
}

function staticCalls({ window, unresolved: { total, entries } }, put) {
  put("the calls that do not join", `<h2>${escaped(callsHeading(window))}</h2>\n<p>${total}</p>\n<ul>`);
  for (const { record, kind, meaning } of entries.slice(0, NAMED_CALLS)) {
    put(`the calls that do not join, record ${record}`,
      `<li>record ${record}, ${kind}: ${escaped(longText(meaning))}</li>\n`);
  }
  put("the calls that do not join", "</ul>\n");
}

// Returns where what is read without scripts is not what the records say, or null.
function staticDifference(summary, head, text) {
  let at = 0;
  for (const { about, text: expected } of staticParts(summary, head)) {
    if (!text.startsWith(expected, at)) return about;
    at += expected.length;
  }
  return at === text.length ? null : "the end";
}
