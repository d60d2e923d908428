// What the writer of the page says, as the format has it (FORMAT.md, "Report page"). Nothing of another form is shown:
// a text where a number belongs could say anything in the middle of a verdict.

const isCount = (value) => Number.isSafeInteger(value) && value >= 0;
const isText = (value) => typeof value === "string";
const isHash = (value) => isText(value) && /^[0-9a-f]{64}$/.test(value);
const isNullOr = (is) => (value) => value === null || is(value);
const isListOf = (is) => (value) => Array.isArray(value) && value.every(is);
const isObjectOf = (members) => (value) =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.keys(value).length === Object.keys(members).length &&
  Object.entries(members).every(([key, is]) => Object.hasOwn(value, key) && is(value[key]));

// What has a name is no longer than names of files are, and a moment as windows and stamps have it.
const isName = (value) => isText(value) && value.length <= 255;
const isMoment = (value) => isText(value) && value.length <= 64;

const KINDS = ["conflicting", "lost-event", "never-arrived", "no-intent", "no-outcome"];

const isStatement = isObjectOf({
  format: (value) => value === "sealstone.report/1",
  version: (value) => isText(value) && /^\d{1,4}\.\d{1,4}\.\d{1,4}$/.test(value),
  log: isName,
  records: isCount,
  root: isNullOr(isHash),
  head: isHash,
  window: isNullOr(
    isObjectOf({
      from: isNullOr(isMoment),
      to: isNullOr(isMoment),
      first: isCount,
      last: isCount,
      total: isCount,
      anchor: isHash,
      log_head: isNullOr(isHash),
      findings_elsewhere: isCount,
      first_elsewhere: isNullOr(isCount),
    }),
  ),
  expected_subject: isNullOr(isText),
  policy: isNullOr(isObjectOf({ name: isName, sha256: isHash, text: isText })),
  unresolved: isObjectOf({
    total: isCount,
    entries: isListOf(
      isObjectOf({
        record: isCount,
        kind: (value) => KINDS.includes(value),
        has_id: (value) => typeof value === "boolean",
        meaning: isText,
      }),
    ),
  }),
  witness: isNullOr(
    isObjectOf({
      checkpoints: isListOf(isObjectOf({ count: isCount, head: isText })),
      damaged: isCount,
      others: isCount,
      stamp: isNullOr(isMoment),
    }),
  ),
});

function statementOf(text) {
  let statement;
  try {
    statement = JSON.parse(text);
  } catch {
    statement = null;
  }
  if (!isStatement(statement)) throw new Changed("The statement of this page is not of the form that it has.");
  const { window, records } = statement;
  if (window && records > 0 && window.last - window.first + 1 !== records)
    throw new Changed("The page is a window, and says that it has other records than it has.");
  return statement;
}
