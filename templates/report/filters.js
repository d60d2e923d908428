// Which rows of the table are shown: by a text in the record, by facets, by time.

const MAX_OPTIONS = 500;
const DAY = 86_400_000;

class Filters {
  #rows;
  #table;
  #run = 0; // A search that is not the last one any more stops.

  constructor(rows, table) {
    this.#rows = rows;
    this.#table = table;
    const changed = () => this.apply();
    this.text = make("input", {
      type: "search",
      id: "search",
      placeholder: "Any text of a record",
      autocomplete: "off",
      spellcheck: "false",
      input: changed,
    });
    this.facets = ["tool", "type", "severity", "session", "outcome"].map((facet) => [
      facet,
      this.#select(facet, changed),
    ]);
    this.from = make("input", { type: "date", id: "from", change: changed });
    this.to = make("input", { type: "date", id: "to", change: changed });
    this.flagged = make("input", { type: "checkbox", id: "flagged", change: changed });
    this.count = make("p", { id: "row-count", role: "status", "aria-live": "polite" });
    this.element = make(
      "form",
      {
        class: "filters",
        role: "search",
        "aria-label": "Filter the records",
        submit: (event) => event.preventDefault(),
      },
      field("search", "Search", this.text),
      this.facets.map(([facet, select]) => field(`filter-${facet}`, facet[0].toUpperCase() + facet.slice(1), select)),
      field("from", "From (UTC)", this.from),
      field("to", "To (UTC)", this.to),
      make(
        "div",
        { class: "field check" },
        this.flagged,
        make("label", { for: "flagged", title: "Of severity MEDIUM or above, or with a threat" }, "Only flagged"),
      ),
      make("button", { type: "reset", click: () => this.#reset() }, "Reset"),
    );
  }

  #select(facet, changed) {
    const { texts } = this.#rows.words[facet];
    const places = [...texts.keys()].sort((a, b) => (texts[a] < texts[b] ? -1 : 1));
    const option = (place) => make("option", { value: place }, texts[place] ? shortName(texts[place], 60) : "(none)");
    const left = places.length - MAX_OPTIONS;
    return make(
      "select",
      { id: `filter-${facet}`, change: changed },
      make("option", { value: "" }, "All"),
      places.slice(0, MAX_OPTIONS).map(option),
      left > 0 ? make("option", { disabled: true }, `${count(left)} more: search for them`) : null,
    );
  }

  #reset() {
    this.element.reset();
    this.apply();
  }

  async apply() {
    const run = (this.#run += 1);
    const wanted = this.#wanted();
    const rows = [];
    for (let row = 0; row < this.#rows.length; row += 1) {
      if (wanted(row)) rows.push(row);
      if (row % 2000 === 1999) {
        await breathe();
        if (run !== this.#run) return;
      }
    }
    this.#table.show(rows);
    const all = this.#rows.length;
    this.count.textContent =
      rows.length === all ? counted(all, "record") : `${count(rows.length)} of ${counted(all, "record")}`;
  }

  // Returns the test that a row has to pass; the search, which reads the record, comes last.
  #wanted() {
    const tests = [];
    for (const [facet, select] of this.facets) {
      if (select.value !== "") tests.push((row) => this.#rows.facets[facet][row] === Number(select.value));
    }
    if (this.flagged.checked) tests.push((row) => this.#rows.flagged[row]);
    const [from, to] = [Date.parse(this.from.value), Date.parse(this.to.value)];
    if (!Number.isNaN(from)) tests.push((row) => this.#rows.times[row] >= from);
    if (!Number.isNaN(to)) tests.push((row) => this.#rows.times[row] < to + DAY);
    const searched = this.text.value.trim().toLowerCase();
    if (searched) tests.push((row) => searchable(this.#rows.line(row)).includes(searched));
    return (row) => tests.every((test) => test(row));
  }
}

function field(id, title, control) {
  return make("div", { class: `field for-${id}` }, make("label", { for: id }, title), control);
}

// The text of a line without its escapes, as a reader would search for it.
function searchable(line) {
  const plain = line.includes("\\") ? line.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, unescaped) : line;
  return plain.toLowerCase();
}

function unescaped(_, digits, sign) {
  if (digits) return String.fromCharCode(parseInt(digits, 16));
  return { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" }[sign] ?? sign;
}
