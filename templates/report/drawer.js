// The details of one record: the exact bytes that were sealed, and the same laid out.

class Drawer {
  #rows;
  #children;
  #neighbour;

  // `neighbour(number, step)` gives the number of the record before or behind in the table, or null.
  constructor(rows, children, neighbour) {
    this.#rows = rows;
    this.#children = children;
    this.#neighbour = neighbour;
    this.title = make("h2", { id: "record-title", tabindex: "-1" });
    this.content = make("div", { class: "content" });
    this.back = make("button", { type: "button", click: () => this.#step(-1) }, "Previous");
    this.on = make("button", { type: "button", click: () => this.#step(1) }, "Next");
    const close = make("button", { type: "button", click: () => this.element.close() }, "Close");
    const bar = make("div", { class: "bar" }, this.title, make("div", { class: "buttons" }, this.back, this.on, close));
    this.element = make(
      "dialog",
      { class: "drawer", "aria-labelledby": "record-title", click: (event) => this.#outside(event) },
      make("div", { class: "inside" }, bar, this.content),
    );
  }

  open(number) {
    this.number = number;
    const row = this.#rows.row(number);
    const line = this.#rows.line(row);
    const record = JSON.parse(line);
    this.title.textContent = `Record ${count(number)}`;
    this.back.disabled = this.#neighbour(number, -1) === null;
    this.on.disabled = this.#neighbour(number, 1) === null;
    const laidOut = JSON.stringify(record, null, 2).split("\n").map(visible).join("\n");
    this.content.replaceChildren(
      this.#relations(row, record),
      make("h3", {}, "What was sealed, laid out"),
      make("pre", { class: "laid-out", tabindex: "0" }, laidOut),
      make("h3", {}, "The line as it stands in the log"),
      make("div", { class: "buttons" }, copyButton(line)),
      make("pre", { class: "line", tabindex: "0" }, visible(line)),
    );
    this.content.scrollTop = 0;
    if (!this.element.open) this.element.showModal();
    this.title.focus();
  }

  #relations(row, record) {
    const link = (other) => recordLink(this.#rows.number(other), (number) => this.open(number));
    const parent = this.#rows.parent(row);
    const caused = this.#children.get(row) ?? [];
    const named = textOf(record.parent_id);
    return terms([
      ["Hash", make("code", {}, visible(textOf(record.integrity?.hash)))],
      ["Record before it", make("code", {}, visible(textOf(record.integrity?.prev_hash)))],
      ["Caused by", parent >= 0 ? link(parent) : named ? `${shortName(named)}, which is not in this page` : null],
      ["Caused", caused.length > 0 ? this.#caused(caused) : null],
    ]);
  }

  #caused(rows) {
    const numbers = rows.slice(0, 20).map((row) => this.#rows.number(row));
    const left = rows.length - numbers.length;
    return [recordLinks(numbers, (number) => this.open(number)), left > 0 ? ` and ${count(left)} more` : ""];
  }

  #step(step) {
    const number = this.#neighbour(this.number, step);
    if (number !== null) this.open(number);
  }

  #outside(event) {
    if (event.target === this.element) this.element.close();
  }
}

function copyButton(text) {
  const button = make(
    "button",
    {
      type: "button",
      click: () =>
        copy(text).then(
          () => (button.textContent = "Copied"),
          () => (button.textContent = "Not copied: the browser does not allow it"),
        ),
    },
    "Copy",
  );
  return button;
}

async function copy(text) {
  await navigator.clipboard.writeText(text);
}
