
// ---- The policy's rules, held against the records again (FORMAT.md, "Policy"; src/policy decides the same).

const DECISIVE = 5;

class Policy {
  constructor({ name, sha256, text }) {
    this.name = name;
    this.sha256 = sha256;
    this.isNamed = sha256OfText(text) === sha256;
    const policy = JSON.parse(text);
    const rules = Array.isArray(policy) ? policy : policy.rules;
    this.rules = rules.map((rule) => ({
      id: wellFormed(rule.id),
      severity: rule.severity ?? "MEDIUM",
      description: wellFormed(rule.description ?? ""),
      expectsEvidence: rule.expect_evidence === true,
      isAssertion: rule.forbid !== undefined || rule.require !== undefined,
      when: condition(rule.when),
      forbid: condition(rule.forbid),
      require: condition(rule.require),
      matched: 0,
      violations: 0,
      decisive: [],
    }));
    this.checked = 0;
  }

  add(record, number) {
    this.checked += 1;
    for (const rule of this.rules) {
      if (rule.when && !rule.when(record)) continue;
      rule.matched += 1;
      const isViolated = (rule.forbid?.(record) ?? false) || !(rule.require?.(record) ?? true);
      // The first that breaks a rule decides it, whatever the ones before did.
      if (isViolated && rule.violations === 0) rule.decisive = [];
      if (isViolated) rule.violations += 1;
      if ((isViolated || rule.violations === 0) && rule.decisive.length < DECISIVE) rule.decisive.push(number);
    }
  }

  verdict() {
    const has = (status) => this.rules.some((rule) => statusOf(rule) === status);
    if (has("violated")) return "NON-COMPLIANT";
    if (this.checked === 0) return "NO EVIDENCE";
    if (this.rules.every((rule) => statusOf(rule) === "no_match")) return "NO APPLICABLE EVIDENCE";
    return has("no_evidence") ? "COMPLIANT, WITH GAPS" : "COMPLIANT";
  }
}

function statusOf(rule) {
  if (rule.violations > 0) return "violated";
  if (rule.matched > 0) return "pass";
  return rule.expectsEvidence ? "no_evidence" : "no_match";
}

function ruleDetail(rule) {
  const about = `about ${plural(rule.matched, "record")}`;
  const named = rule.decisive.join(", ");
  switch (statusOf(rule)) {
    case "violated": return `${about}, ${rule.violations} of them break it: ${named}`;
    case "pass": return `${about}: ${named}`;
    case "no_evidence": return "no record of what it expects";
    default: return "about no record";
  }
}

// A function that says whether all fields of a record are as a condition has them.
function condition(fields) {
  if (fields === undefined) return undefined;
  const tests = Object.entries(fields).map(([path, matcher]) => {
    const steps = path.split(".").map((step) => step.endsWith("[]")
      ? { name: step.slice(0, -2), fansOut: true }
      : { name: step, fansOut: false });
    const isBare = typeof matcher !== "object" || matcher === null;
    const operators = Object.entries(isBare ? { eq: matcher } : matcher);
    return (record) => {
      const values = [];
      reach(record, steps, values);
      return operators.every(([operator, operand]) => testOf(operator)(values, operand));
    };
  });
  return (record) => tests.every((test) => test(record));
}

function reach(value, steps, values) {
  if (steps.length === 0) {
    values.push(value);
    return;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return;
  const [{ name, fansOut }, ...rest] = steps;
  if (!Object.hasOwn(value, name)) return;
  const next = value[name];
  if (!fansOut) reach(next, rest, values);
  else if (Array.isArray(next)) for (const item of next) reach(item, rest, values);
}

const any = (values, operand) => values.some((value) => isEqual(value, operand));
const within = (values, admits) => values.some((value) => typeof value === "number" && admits(value));

const OPERATORS = {
  contains: (values, operand) => values.some((value) => Array.isArray(value) && any(value, operand)),
  eq: any,
  exists: (values, operand) => (values.length > 0) === operand,
  gt: (values, bound) => within(values, (value) => value > bound),
  gte: (values, bound) => within(values, (value) => value >= bound),
  in: (values, operands) => operands.some((operand) => any(values, operand)),
  lt: (values, bound) => within(values, (value) => value < bound),
  lte: (values, bound) => within(values, (value) => value <= bound),
  ne: (values, operand) => !any(values, operand),
  nin: (values, operands) => !operands.some((operand) => any(values, operand)),
};

function testOf(operator) {
  if (!Object.hasOwn(OPERATORS, operator)) throw new Changed("A rule of the policy asks what no rule can ask.");
  return OPERATORS[operator];
}

// Texts by what they show; true and false as 1 and 0.
function isEqual(value, operand) {
  if (typeof value === "string" && typeof operand === "string") {
    return value.replace(INVISIBLE, "") === operand.replace(INVISIBLE, "");
  }
  const counted = (of) => (typeof of === "boolean" ? Number(of) : of);
  return typeof counted(value) === "number" && counted(value) === counted(operand);
}
