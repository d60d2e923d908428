// Checks the page, then the records, then what the page says of them; and shows only what held.

const SCRIPT = document.currentScript;

document.addEventListener("DOMContentLoaded", () => checkPage());

async function checkPage() {
  let statement = null;
  try {
    const page = partsOfPage(SCRIPT);
    const lacking = missingForUnpacking();
    if (lacking) {
      page.banner.textContent = `Nothing has been checked. ${lacking}`;
      return;
    }
    const began = performance.now();
    statement = statementOf(page.statement);
    const verified = await verifyRecords(page, statement);
    expectStatement(statement, verified);
    expectStill(page.still, statement, verified);
    show(statement, verified, (performance.now() - began) / 1000);
  } catch (error) {
    if (error instanceof Changed) showChanged(error, statement);
    else showUnchecked(error, statement);
  }
}

// Unpacks and verifies block after block, and collects of each record what will be shown.
async function verifyRecords(page, statement) {
  const { window } = statement;
  const chain = new Chain(window?.first, window?.anchor);
  const rows = new Rows(chain.next);
  const summary = new Summary(statement);
  const progress = new Progress(page.banner, Number(statement.records));
  const taken = (record, start, end, number) => {
    summary.add(record, number);
    rows.add(record, start, end, chain.numberOf(record.parent_id));
  };
  for (const [at, block] of page.records.entries()) {
    const bytes = await unpacked(block, at, chain);
    try {
      chain.take(bytes, taken);
    } catch (error) {
      throw error instanceof ChainBreak ? new Changed(error.message, error.record) : error;
    }
    rows.blocks.push(bytes);
    await progress.show(rows.length);
  }
  return { chain, rows, summary };
}

async function unpacked(block, at, chain) {
  try {
    return await unpack(block.textContent);
  } catch (error) {
    // There is no memory for it.
    if (error instanceof RangeError) throw error;
    throw new Changed(`block ${at + 1} of the records, which begins with it, cannot be unpacked`, chain.next);
  }
}

// Holds what the writer of the page says against what the records say.
function expectStatement(statement, { chain, rows, summary }) {
  const expect = (holds, message, record = null) => {
    if (!holds) throw new Changed(message, record);
  };
  const { window, policy } = statement;
  expect(
    rows.length === statement.records,
    `the page says that it has ${statement.records} records, and it has ${rows.length}`,
  );
  expect(
    chain.head === statement.head,
    `the page says that the last record has another hash than it has: ${chain.head}`,
    rows.length > 0 ? chain.next - 1 : null,
  );
  const root = rows.length > 0 ? rows.record(0).integrity.hash : null;
  expect(root === statement.root, "the page says that the first record has another hash than it has", rows.number(0));
  if (window) {
    const [first, last] = rows.length > 0 ? [rows.number(0), chain.next - 1] : [0, 0];
    expect(
      window.first === first && window.last === last && window.last <= window.total,
      "the page is a window, and says that it has other records than it has",
    );
    expect(
      window.first !== 1 || window.anchor === GENESIS,
      "the page begins with the first record of a log, and says that one was before it",
      window.first,
    );
    for (const row of rows.length > 0 ? [0, rows.length - 1] : []) {
      const ts = str(rows.record(row), "ts");
      expect(isWithin(ts, window), "it is not in the window that the page names", rows.number(row));
    }
    expect(
      rows.length === 0 || last < window.total || window.log_head === null || window.log_head === chain.head,
      "the page has the last record of the log, and names another head of it",
      last,
    );
  }
  const { expected_subject: subject } = statement;
  if (typeof subject === "string") {
    for (let row = 0; row < rows.length; row += 1) {
      expect(
        rows.words.subjectId.texts[rows.facets.subjectId[row]].toWellFormed() === subject,
        "it is of another subject than the page says",
        rows.number(row),
      );
    }
  }
  expect(!policy || summary.policy.isNamed, "the page names another SHA-256 of the policy than it has");
  const contradiction = summary.calls.contradiction(statement.unresolved);
  expect(
    contradiction === null,
    `the page says otherwise than the records of calls without an outcome: ${contradiction}`,
  );
}

// Holds what is read without scripts against what the records say.
function expectStill(still, statement, { chain, summary }) {
  const difference = staticDifference(summary, chain.head, still);
  if (difference === null) return;
  const record = /^(?:the calls that do not join, )?record (\d+)$/.exec(difference);
  throw new Changed(
    `what this page shows without scripts is not what the records say: ${shortName(difference, 200)}`,
    record && Number(record[1]),
  );
}

function show(statement, verified, seconds) {
  const { chain, rows, summary } = verified;
  const { facts } = summary;
  const children = rows.children();
  const drawer = new Drawer(rows, children, (number, step) => table.neighbour(number, step));
  const openRecord = (number) => {
    if (rows.row(number) < 0) return;
    table.goTo(number);
    drawer.open(number);
  };
  const table = new Table(rows, openRecord);
  const filters = new Filters(rows, table);
  document.title = `${facts.title()}: what the agent did`;
  replacePage(
    verdictBanner(statement, verified, seconds),
    make(
      "main",
      {},
      make(
        "div",
        { class: "title" },
        make("p", { class: "eyebrow" }, visible(textOf(statement.log))),
        make("h1", {}, facts.title()),
      ),
      windowNote(statement.window),
      section("facts", "Summary", terms(facts.lines(chain.head, false).filter(([label]) => label !== "Head"))),
      verdicts(summary, rows),
      summary.policy ? policyPanel(summary.policy, openRecord) : null,
      whatWasDone(rows),
      make("div", { class: "columns" }, findingsOf(rows), unresolvedCalls(statement, rows, openRecord)),
      children.size > 0 ? section("delegation", "Who caused what", delegationTree(rows, children, openRecord)) : null,
      section(
        "records",
        "Records",
        filters.element,
        make("div", { class: "bar" }, filters.count, saveButton(statement, rows)),
        table.element,
        make("p", { class: "quiet keys" }, "Arrow keys move in the table, Enter opens a record, Escape closes it."),
      ),
    ),
    make(
      "footer",
      {},
      `Written by sealstone ${visible(textOf(statement.version))}. This page has loaded nothing and sends nothing.`,
    ),
    drawer.element,
  );
  filters.apply();
}

function verdictBanner(statement, { chain, rows, summary }, seconds) {
  if (rows.length === 0) {
    return bannerOf("idle", "No record, so nothing is attested", howToCheck(statement, null));
  }
  const { window } = statement;
  const which = window
    ? `records ${count(window.first)} to ${count(window.last)} of ${count(window.total)}`
    : counted(rows.length, "record");
  const { state, text } = completenessOf(summary);
  const isIncomplete = state === "incomplete";
  const title = `Verified in this browser: ${which}, unaltered and in order`;
  return bannerOf(
    isIncomplete ? "bad" : "good",
    isIncomplete ? "Incomplete: records are missing, or others than a witness knows" : title,
    isIncomplete ? make("p", {}, `${text} What is here: ${which}, unaltered and in order.`) : null,
    make("p", { class: "quiet" }, `Every hash and every link was computed again, in ${seconds.toFixed(1)} s.`),
    howToCheck(statement, chain.head),
    whatItProves(),
  );
}

// The bytes of the records as they stand in the log, for another program to verify.
function saveButton({ log, window }, rows) {
  const name = (textOf(log) || "log.jsonl").replace(/[^\w.-]/g, "_");
  const save = () => {
    const address = URL.createObjectURL(new Blob(rows.blocks, { type: "application/x-ndjson" }));
    make("a", { href: address, download: window ? `window-${name}` : name }).click();
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  };
  return make("button", { type: "button", click: save }, "Save the records");
}
