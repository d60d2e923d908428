// What caused what: the records that name another as their parent.

const TREE_LINES = 300;

// Returns the tree as lines with their depth, parents before children: a chain of causes may be as long as the log.
function treeLines(rows, children) {
  const lines = [];
  const isRoot = (row) => rows.parent(row) < 0;
  const open = [...children.keys()]
    .filter(isRoot)
    .sort((a, b) => b - a)
    .map((row) => [row, 1]);
  while (open.length > 0 && lines.length < TREE_LINES) {
    const [row, depth] = open.pop();
    lines.push([row, depth]);
    for (const child of (children.get(row) ?? []).toReversed()) open.push([child, depth + 1]);
  }
  return lines;
}

function delegationTree(rows, children, openRecord) {
  let links = 0;
  for (const caused of children.values()) links += caused.length;
  const lines = treeLines(rows, children);
  const label = (row) => {
    const record = rows.record(row);
    const tool = textOf(record.action?.tool) || textOf(record.action?.type);
    return `${shortName(tool, 48)} · ${shortName(agentOf(record.agent), 48)}`;
  };
  const item = ([row, depth]) => {
    const made = make("li", { "aria-level": depth }, recordLink(rows.number(row), openRecord), " ", label(row));
    made.style.paddingInlineStart = `${Math.min(depth - 1, 8) * 1.25}rem`;
    return made;
  };
  const shown = links + [...children.keys()].filter((row) => rows.parent(row) < 0).length;
  return [
    make("p", {}, `${counted(links, "record")} ${links === 1 ? "names" : "name"} the record that caused it.`),
    make("ul", { class: "tree" }, lines.map(item)),
    lines.length < shown
      ? make(
          "p",
          { class: "quiet" },
          `The first ${count(lines.length)} of ${count(shown)} are shown; each record names its own in its details.`,
        )
      : null,
  ];
}

// A button that opens the details of a record.
function recordLink(number, openRecord, label = `record ${count(number)}`) {
  const name = label.startsWith("record") ? null : `record ${count(number)}`;
  return make("button", { type: "button", class: "link", "aria-label": name, click: () => openRecord(number) }, label);
}

// The numbers of some records, each of which opens its details.
function recordLinks(numbers, openRecord) {
  return numbers.flatMap((number, at) => [at > 0 ? ", " : "", recordLink(number, openRecord, count(number))]);
}
