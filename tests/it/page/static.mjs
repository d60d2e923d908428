// Holds what pages have for readers without scripts against what their script writes of the same records:
// `node static.mjs SCRIPTS PAGES`. Prints a line of JSON for each page: its name, and where the two differ. The last
// line has the characters that are spelled out, and those that a policy passes over.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { inflateRawSync } from "node:zlib";

const [scripts, pages] = process.argv.slice(2);
const names = ["sha256", "canonical", "chain", "text", "cells", "facts", "completeness", "calls", "policy", "static"];
const sources = names.map((name) => readFileSync(join(scripts, `${name}.js`), "utf8"));
const { Chain, Summary, staticDifference, visible, isEqual, isWithin } = new Function(
  `"use strict"; ${sources.join("\n")} return { Chain, Summary, staticDifference, visible, isEqual, isWithin };`,
)();

const between = (text, start, end) => {
  const from = text.indexOf(start) + start.length;
  return text.slice(from, text.indexOf(end, from));
};

for (const name of readdirSync(pages).filter((name) => name.endsWith(".html"))) {
  const page = readFileSync(join(pages, name), "utf8");
  // The whole script, which needs a browser to run, but none to be read.
  new Function(page.slice(page.lastIndexOf("<script>") + 8, page.lastIndexOf("</script>")));
  const shown = between(page, "<noscript>", "</noscript>");
  const statement = JSON.parse(between(page, 'id="statement">', "</script>"));
  const chain = new Chain(statement.window?.first || 1, statement.window?.anchor);
  const summary = new Summary(statement);
  const ends = [];
  for (const [, block] of page.matchAll(/class="records">([^<]*)</g)) {
    const bytes = inflateRawSync(Buffer.from(block, "base64"));
    chain.take(bytes, (record, start, end, number) => {
      summary.add(record, number);
      if (number === statement.window?.first || number === statement.window?.last) ends.push(record.ts);
    });
  }
  console.log(JSON.stringify({
    name,
    difference: staticDifference(summary, chain.head, shown),
    contradiction: summary.calls.contradiction(statement.unresolved),
    records: summary.facts.records === statement.records,
    head: chain.head === statement.head,
    window: !statement.window || ends.every((ts) => isWithin(ts, statement.window)),
    policy: summary.policy?.isNamed ?? true,
  }));
}

const hidden = [];
const invisible = [];
for (let code = 0; code < 0x110000; code += 1) {
  const isSurrogate = code >= 0xd800 && code <= 0xdfff;
  const c = String.fromCodePoint(code);
  if (!isSurrogate && visible(c) !== c) hidden.push(code);
  if (!isSurrogate && isEqual(c, "")) invisible.push(code);
}
console.log(JSON.stringify({ hidden, invisible }));
