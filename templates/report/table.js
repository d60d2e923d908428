// The table of records. Only the rows in sight exist; their height is fixed, so nothing in one can hide another.

const ROW_HEIGHT = 34;
const AHEAD = 6;
const PRINTED_ROWS = 5000;

// Widths by the ids of COLUMNS; a column without one is `OTHER_WIDTH` wide.
const WIDTHS = {
  record: "6rem",
  time: "11rem",
  agent: "minmax(6.5rem, 1fr)",
  tool: "minmax(8rem, 1.5fr)",
  type: "5.5rem",
  source: "minmax(7.5rem, 0.5fr)",
  scope: "6rem",
  decision: "6rem",
  outcome: "minmax(5.5rem, 0.5fr)",
  findings: "minmax(6.5rem, 0.5fr)",
  summary: "minmax(11rem, 4fr)",
  hash: "6.75rem",
};
const OTHER_WIDTH = "7rem";

class Table {
  #rows;
  #open;
  #view; // The rows that are shown, in their order.
  #active = 0; // The place in the view where the keyboard is.
  #drawn = new Map(); // Places in the view that have an element.
  #keys = new Map(); // Of columns, the text of each row that it is sorted by.
  #pending = false;

  // `open(number)` shows the details of a record.
  constructor(rows, open) {
    this.#rows = rows;
    this.#open = open;
    this.order = { column: COLUMNS[0].id, isDescending: true };
    this.#view = Array.from(rows.times.keys());
    this.header = make(
      "div",
      { role: "row", class: "row header", "aria-rowindex": 1 },
      COLUMNS.map((column, at) => this.#headerCell(column, at)),
    );
    this.canvas = make("div", { class: "canvas", role: "rowgroup" });
    this.grid = make(
      "div",
      {
        class: "grid",
        role: "grid",
        tabindex: "0",
        "aria-label": "Records",
        "aria-colcount": COLUMNS.length,
        scroll: () => this.#drawSoon(),
        keydown: (event) => this.#key(event),
        focus: () => this.#markActive(),
      },
      make("div", { role: "rowgroup", class: "head" }, this.header),
      this.canvas,
    );
    this.grid.style.setProperty("--columns", COLUMNS.map(({ id }) => WIDTHS[id] ?? OTHER_WIDTH).join(" "));
    this.printed = make("div", { class: "printed" });
    this.element = make("div", { class: "table" }, this.grid, this.printed);
    new ResizeObserver(() => this.#drawSoon()).observe(this.grid);
    addEventListener("beforeprint", () => this.#print());
    addEventListener("afterprint", () => this.printed.replaceChildren());
  }

  get length() {
    return this.#view.length;
  }

  // Shows these rows, which come in the order of the log.
  show(rows) {
    this.#view = rows;
    this.#arrange();
  }

  // Returns the number of the record `step` rows away in the table, or null.
  neighbour(number, step) {
    const place = this.#view.indexOf(this.#rows.row(number)) + step;
    return place >= 0 && place < this.#view.length ? this.#rows.number(this.#view[place]) : null;
  }

  // Moves the keyboard to a record, if it is shown.
  goTo(number) {
    const place = this.#view.indexOf(this.#rows.row(number));
    if (place >= 0) this.#moveTo(place);
  }

  async sortBy(column, isDescending) {
    this.order = { column, isDescending };
    await this.#readKeys(column);
    this.#arrange();
  }

  // Reads the texts of a column from the records, a slice at a time.
  async #readKeys(column) {
    const at = COLUMNS.findIndex(({ id }) => id === column);
    if (at === 0 || this.#keys.has(column)) return;
    const keys = new Array(this.#rows.length);
    for (let row = 0; row < keys.length; row += 1) {
      keys[row] = this.#cells(row)[at];
      if (row % 2000 === 1999) await breathe();
    }
    this.#keys.set(column, keys);
  }

  #cells(row) {
    return cellsOf(this.#rows.record(row), this.#rows.number(row));
  }

  #headerCell({ id, title }, at) {
    const sort = () => this.sortBy(id, this.order.column === id && !this.order.isDescending);
    return make(
      "div",
      { role: "columnheader", class: `cell col-${id}`, "aria-colindex": at + 1, "data-column": id },
      make("button", { type: "button", tabindex: "0", click: sort }, title),
    );
  }

  #arrange() {
    const { column, isDescending } = this.order;
    const sign = isDescending ? -1 : 1;
    const keys = this.#keys.get(column);
    // The number of a record goes by the order of the log. A column that is being read still does, too.
    const key = keys ? (row) => keys[row] : (row) => row;
    // What is equal stands in the order of the log.
    this.#view.sort((a, b) => (key(a) < key(b) ? -sign : key(a) > key(b) ? sign : a - b));
    for (const cell of this.header.children) {
      const isSorted = cell.dataset.column === column;
      cell.setAttribute("aria-sort", isSorted ? (isDescending ? "descending" : "ascending") : "none");
    }
    this.grid.setAttribute("aria-rowcount", this.#view.length + 1);
    this.canvas.style.height = `${this.#view.length * ROW_HEIGHT}px`;
    this.grid.scrollTop = 0;
    this.#active = 0;
    this.#clear();
    this.#draw();
  }

  #clear() {
    this.#drawn.clear();
    this.canvas.replaceChildren();
  }

  #drawSoon() {
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.#draw();
    });
  }

  // Makes the rows in sight, and drops the others.
  #draw() {
    const first = Math.max(0, Math.floor(this.grid.scrollTop / ROW_HEIGHT) - AHEAD);
    const last = Math.min(this.#view.length, first + Math.ceil(this.grid.clientHeight / ROW_HEIGHT) + 2 * AHEAD);
    for (const [place, element] of this.#drawn) {
      if (place < first || place >= last) {
        element.remove();
        this.#drawn.delete(place);
      }
    }
    for (let place = first; place < last; place += 1) {
      if (!this.#drawn.has(place)) this.#drawRow(place);
    }
    this.#markActive();
  }

  #drawRow(place) {
    const row = this.#view[place];
    const number = this.#rows.number(row);
    const cells = this.#cells(row);
    const click = () => {
      this.#moveTo(place);
      this.#open(number);
    };
    const severity = this.#rows.words.severity.texts[this.#rows.facets.severity[row]];
    const level = SEVERITIES.includes(severity) ? severity.toLowerCase() : "";
    const made = make(
      "div",
      {
        role: "row",
        id: `row-${number}`,
        class: `row ${this.#rows.flagged[row] ? "flagged" : ""} ${level}`,
        "aria-rowindex": place + 2,
        click,
      },
      COLUMNS.map(({ id }, at) =>
        make(
          "div",
          { role: "gridcell", class: `cell col-${id}`, "aria-colindex": at + 1, title: cells[at] },
          cells[at],
        ),
      ),
    );
    made.style.top = `${place * ROW_HEIGHT}px`;
    this.#drawn.set(place, made);
    this.canvas.append(made);
  }

  #markActive() {
    for (const [place, element] of this.#drawn) element.classList.toggle("active", place === this.#active);
    const active = this.#drawn.get(this.#active);
    if (active) this.grid.setAttribute("aria-activedescendant", active.id);
    else this.grid.removeAttribute("aria-activedescendant");
  }

  #moveTo(place) {
    this.#active = Math.max(0, Math.min(this.#view.length - 1, place));
    const top = this.#active * ROW_HEIGHT;
    const room = this.grid.clientHeight - this.header.offsetHeight - ROW_HEIGHT;
    if (top < this.grid.scrollTop) this.grid.scrollTop = top;
    else if (top > this.grid.scrollTop + room) this.grid.scrollTop = top - room;
    this.#draw();
  }

  #key(event) {
    if (event.target !== this.grid) return;
    const page = Math.max(1, Math.floor(this.grid.clientHeight / ROW_HEIGHT) - 2);
    const places = {
      ArrowDown: this.#active + 1,
      ArrowUp: this.#active - 1,
      PageDown: this.#active + page,
      PageUp: this.#active - page,
      Home: 0,
      End: this.#view.length - 1,
    };
    if (event.key in places) this.#moveTo(places[event.key]);
    else if (event.key === "Enter" && this.#view.length > 0) this.#open(this.#rows.number(this.#view[this.#active]));
    else return;
    event.preventDefault();
  }

  // Paper does not scroll: it gets a table of its own.
  #print() {
    const rows = this.#view.slice(0, PRINTED_ROWS);
    const line = (row) =>
      make(
        "tr",
        {},
        this.#cells(row).map((cell) => make("td", {}, cell)),
      );
    const head = make(
      "tr",
      {},
      COLUMNS.map(({ title }) => make("th", { scope: "col" }, title)),
    );
    const left = this.#view.length - rows.length;
    this.printed.replaceChildren(
      make("table", {}, make("thead", {}, head), make("tbody", {}, rows.map(line))),
      make(
        "p",
        {},
        left > 0
          ? `${count(rows.length)} rows are printed; ${count(left)} more are in the page.`
          : `All ${count(rows.length)} rows of the table are printed.`,
      ),
    );
  }
}
