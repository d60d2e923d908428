// The verdict. It stands alone at the top, and no text of a record comes into it.

const PROVES = [
  "Every record in this page has the hash that was sealed with it, and names the record before it: none of them was altered, removed, added or moved since, up to the last one.",
  "What the page shows, it has derived from these records, here, after it checked them. It has loaded nothing from anywhere.",
];

const DOES_NOT_PROVE = [
  "That the page is honest: whoever writes a page can write one that claims anything, this sentence included. So check the log itself, with a program of your own, and compare the head.",
  "That everything was recorded, or that no records were cut off at the end. A checkpoint that somebody else holds shows that.",
  "That what a record says is true: it says what its recorder saw, at the time its recorder's clock showed.",
];

// Returns the banner: `kind` is good, bad or idle.
function bannerOf(kind, title, ...children) {
  return make(
    "header",
    { id: "banner", class: kind },
    make(
      "p",
      { class: "verdict", role: "status" },
      make("span", { class: "mark", "aria-hidden": "true" }, { good: "✓", bad: "✕", idle: "–" }[kind]),
      make("strong", {}, title),
    ),
    children,
  );
}

// How to do without the page.
function howToCheck(statement, head) {
  const { window } = statement ?? {};
  const named = (what, hash) => (hash ? make("p", {}, what, make("code", { class: "hash" }, visible(hash))) : null);
  return make(
    "div",
    { class: "check" },
    make("p", {}, "Check the log without this page:"),
    make("pre", { class: "command" }, commandFor(textOf(statement?.log))),
    window ? named("The head to compare, as the writer of this page says: ", head && textOf(window.log_head)) : null,
    named(window ? "The last record of this window has the hash " : "The head to compare: ", head),
  );
}

function whatItProves() {
  const list = (lines) =>
    make(
      "ul",
      {},
      lines.map((line) => make("li", {}, line)),
    );
  const proof = make(
    "details",
    { class: "proof" },
    make("summary", {}, "What this proves, and what it cannot"),
    make(
      "div",
      { class: "columns" },
      make("div", {}, make("h3", {}, "It proves"), list(PROVES)),
      make("div", {}, make("h3", {}, "It does not prove"), list(DOES_NOT_PROVE)),
    ),
  );
  addEventListener("beforeprint", () => (proof.open = true));
  return proof;
}

// The banner while the records are being checked.
class Progress {
  #banner;
  #total;
  #drawn = 0;

  constructor(banner, total) {
    this.#banner = banner;
    this.#total = total;
  }

  async show(done) {
    if (performance.now() - this.#drawn < 60) return;
    this.#banner.textContent = `Checking in this browser: ${count(done)} of ${counted(this.#total, "record")} …`;
    await breathe();
    this.#drawn = performance.now();
  }
}

// Something else is wrong than the page, as far as anybody knows: memory, say, or the script.
function showUnchecked(error, statement) {
  document.title = "Could not be checked here";
  replacePage(
    bannerOf(
      "idle",
      "Could not be checked here",
      make("p", {}, `This browser could not finish (${describeError(error)}), so nothing of this page is shown.`),
      howToCheck(statement, null),
    ),
  );
}

// Only letters: the message may hold a text of the page.
function describeError(error) {
  return String(error?.name ?? "").replace(/[^A-Za-z]/g, "").slice(0, 40) || "for no reason that it names";
}

function showChanged(error, statement) {
  const said = error.record === null ? error.message : `record ${count(error.record)}: ${error.message}`;
  const sentence = said[0].toUpperCase() + said.slice(1) + (said.endsWith(".") ? "" : ".");
  document.title = "Not as it was written";
  replacePage(
    bannerOf(
      "bad",
      error.record === null ? "Not as it was written" : `Not as it was written: record ${count(error.record)}`,
      make("p", {}, sentence),
      make("p", {}, "Nothing of this page is shown, because nothing of it can be relied on."),
      howToCheck(statement, null),
    ),
  );
}
