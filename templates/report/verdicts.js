// The verdicts, each with its own wording and colour.

const POLICY_KINDS = { COMPLIANT: "good", "NON-COMPLIANT": "bad" };
const RULE_MARKS = { violated: "FAIL", no_evidence: "GAP", no_match: "NONE", pass: "PASS" };

function verdicts(summary, rows) {
  const isAny = rows.length > 0;
  return section(
    "verdicts",
    "Verdicts",
    make(
      "div",
      { class: "cards" },
      verdictCard(
        "Integrity",
        isAny ? "good" : "idle",
        isAny ? "Intact" : "Nothing to judge",
        integrityOf(rows.length),
      ),
      completenessCard(completenessOf(summary)),
      verdictCard("Time", "open", "As the recorder says", timeOf(summary)),
    ),
  );
}

const COMPLETENESS = {
  none: ["open", "Not witnessed"],
  unwitnessed: ["open", "Not witnessed"],
  incomplete: ["bad", "Incomplete"],
  outside: ["open", "Not witnessed in this window"],
  undecided: ["open", "Witnessed by one that is damaged"],
  complete: ["good", "Witnessed"],
};

function completenessCard({ state, text }) {
  const [kind, word] = COMPLETENESS[state];
  return verdictCard("Completeness", kind, word, text);
}

function verdictCard(title, kind, lead, text) {
  return make(
    "article",
    { class: `card ${kind}` },
    make("h3", {}, title),
    make("p", { class: "lead" }, lead),
    make("p", {}, text),
  );
}

function policyPanel(policy, openRecord) {
  const verdict = policy.verdict();
  const ranks = Object.keys(RULE_MARKS);
  const rules = policy.rules.toSorted((a, b) => ranks.indexOf(statusOf(a)) - ranks.indexOf(statusOf(b)));
  return section(
    "policy",
    "Policy",
    make(
      "article",
      { class: `card ${POLICY_KINDS[verdict] ?? "open"}` },
      make("p", { class: "lead" }, verdict),
      make("p", {}, `${shortName(policy.name)}, SHA-256 `, make("code", { class: "hash" }, policy.sha256)),
      make("p", { class: "quiet" }, "The rules were held against the records again, in this browser. Their name is the writer's word: compare the hash with your own file's."),
    ),
    make(
      "ul",
      { class: "rules" },
      rules.map((rule) => ruleLine(rule, openRecord)),
    ),
  );
}

function ruleLine(rule, openRecord) {
  const status = statusOf(rule);
  const broken = rule.violations > 0 ? `, ${count(rule.violations)} break it` : "";
  return make(
    "li",
    {},
    make("span", { class: `status ${status}` }, RULE_MARKS[status]),
    severityMark(rule.severity),
    make(
      "div",
      { class: "asks" },
      make("strong", {}, shortName(rule.id)),
      make("p", {}, shortName(rule.description, 400)),
    ),
    make(
      "div",
      { class: "decided" },
      counted(rule.matched, "record"),
      broken,
      rule.decisive.length > 0
        ? [": ", recordLinks(rule.decisive, openRecord), rule.matched > rule.decisive.length ? " …" : ""]
        : null,
    ),
  );
}
