
// ---- A record as a row of the table. src/report/cells.rs makes the same of it.

const COLUMNS = [
  { id: "record", title: "Record" },
  { id: "time", title: "Time (UTC)" },
  { id: "agent", title: "Agent" },
  { id: "tool", title: "Tool" },
  { id: "type", title: "Type" },
  { id: "source", title: "Source" },
  { id: "scope", title: "Scope" },
  { id: "decision", title: "Decision" },
  { id: "outcome", title: "Outcome" },
  { id: "findings", title: "Findings" },
  { id: "summary", title: "Summary" },
  { id: "hash", title: "Hash" },
];

// What of a tool's input says at a glance what was done, the first that is there.
const TELLING = [
  "command", "file_path", "url", "query", "description", "path", "pattern", "prompt", "to", "summary", "task_id",
];

const cell = (text) => visible(clipped(text ?? "", 80));

function cellsOf(record, number) {
  const action = part(record, "action");
  const authorization = part(action, "authorization");
  return [
    String(number),
    timeCell(str(record, "ts")),
    cell(nameOf(part(record, "agent"))),
    cell(str(action, "tool")),
    cell(str(action, "type")),
    sourceCell(part(record, "source")),
    cell(str(authorization, "scope")),
    cell(str(authorization, "decision")),
    outcomeCell(part(record, "outcome"), part(record, "verification")),
    findingsCell(record),
    summaryCell(part(action, "input")),
    (str(part(record, "integrity"), "hash") ?? "").slice(0, 12),
  ];
}

// What an agent, or a subject, is called.
function nameOf(object) {
  return there(object, "name") ?? there(object, "id");
}

function timeCell(ts) {
  const at = seconds(ts);
  return at === undefined ? cell(ts) : moment(at);
}

function sourceCell(source) {
  const capture = str(source, "capture");
  const adapter = str(source, "adapter");
  return cell(capture !== undefined && adapter !== undefined ? `${capture}: ${adapter}` : capture ?? adapter);
}

// What a gate says and what came of it are two claims, and neither stands for the other.
function outcomeCell(outcome, verification) {
  const status = str(outcome, "status") ?? "not recorded";
  const gate = str(verification, "status");
  return cell(gate === undefined ? status : `${status}; gate: ${gate}`);
}

function findingsCell(record) {
  const parts = [];
  const severity = str(record, "severity");
  if (severity !== undefined && severity !== "INFO") parts.push(cell(severity));
  for (const [key, noun] of [["findings", "finding"], ["threats", "threat"]]) {
    const list = record[key];
    if (Array.isArray(list) && list.length > 0) parts.push(plural(list.length, noun));
  }
  return parts.join(", ");
}

// What tells most of an input: of an object its first telling member, else all of it.
function summaryCell(input) {
  const text = str(input, "summary") ?? "";
  let telling;
  if (text.startsWith("{")) {
    for (const key of TELLING) {
      telling = member(text, key);
      if (telling) break;
    }
  }
  return visible(clipped(telling || text, 160));
}

// A text member of an object that is written as JSON or as Python writes it, and may be cut off anywhere.
function member(text, key) {
  let at = -1;
  for (const quote of ["\"", "'"]) {
    const name = `${quote}${key}${quote}:`;
    at = text.indexOf(name);
    if (at >= 0) {
      at += name.length;
      break;
    }
  }
  if (at < 0) return undefined;
  while (text[at] === " ") at += 1;
  const quote = text[at];
  if (quote !== "\"" && quote !== "'") return undefined;
  let out = "";
  for (at += 1; at < text.length && text[at] !== quote; at += 1) {
    if (text[at] !== "\\") {
      out += text[at];
      continue;
    }
    at += 1;
    const escaped = text[at] ?? "";
    if (escaped !== "" && "\"'\\/".includes(escaped)) out += escaped;
    else if (escaped !== "" && "nrt".includes(escaped)) out += " ";
    else out += `\\${escaped}`;
  }
  return out;
}
