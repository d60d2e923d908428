// Small charts, each with the same in words.

const BARS = 60;

// How many records there are over time.
function activityChart(rows) {
  const span = rows.span();
  if (!span) return make("p", { class: "quiet" }, "No record has a time that can be read.");
  const width = Math.max(1, span.to - span.from);
  const bars = new Array(BARS).fill(0);
  const flagged = new Array(BARS).fill(0);
  rows.times.forEach((time, row) => {
    if (Number.isNaN(time)) return;
    const bar = Math.min(BARS - 1, Math.floor(((time - span.from) / width) * BARS));
    bars[bar] += 1;
    if (rows.flagged[row]) flagged[bar] += 1;
  });
  const most = Math.max(...bars);
  const busiest = bars.indexOf(most);
  const words = `${counted(rows.length, "record")} from ${utc(span.from)} to ${utc(span.to)} UTC; most of them, ${count(most)} in a ${BARS}th of that time, from ${utc(span.from + (busiest * width) / BARS)} on`;
  const height = (number) => (number === 0 ? 0 : Math.max(2, (number / most) * 100));
  const bar = (kind) => (number, at) =>
    make("svg:rect", { class: kind, x: at * 10 + 1, y: 100 - height(number), width: 8, height: height(number) });
  return make(
    "figure",
    {},
    make(
      "svg:svg",
      { viewBox: `0 0 ${BARS * 10} 100`, preserveAspectRatio: "none", role: "img", "aria-label": words },
      bars.map(bar("bar")),
      flagged.map(bar("bar flagged")),
    ),
    make(
      "figcaption",
      {},
      make("span", {}, utc(span.from)),
      make(
        "span",
        {},
        `at most ${count(most)} in a bar; `,
        make("span", { class: "legend" }, "medium or higher, or a threat"),
      ),
      make("span", {}, utc(span.to)),
    ),
  );
}

// Names with a bar each, most first; what is past `limit` is added up.
function rankedChart(words, limit, none) {
  const ranked = words.ranked();
  const shown = ranked.slice(0, limit);
  const rest = ranked.slice(limit).reduce((sum, [, number]) => sum + number, 0);
  const entries = shown.map(([name, number]) => [name ? shortName(name, 60) : none, number]);
  if (rest > 0) entries.push([counted(ranked.length - limit, "other"), rest]);
  const most = Math.max(...entries.map(([, number]) => number));
  return make(
    "ul",
    { class: "ranked" },
    entries.map(([name, number]) =>
      make(
        "li",
        {},
        make("span", { class: "name" }, name),
        make(
          "svg:svg",
          { viewBox: "0 0 100 8", preserveAspectRatio: "none", "aria-hidden": "true" },
          make("svg:rect", { class: "track", width: 100, height: 8 }),
          make("svg:rect", { class: "bar", width: Math.max(0.5, (number / most) * 100), height: 8 }),
        ),
        make("span", { class: "number" }, count(number)),
      ),
    ),
  );
}
