// Judges the logs of a folder with the scripts of the report's page: `node chain.mjs SCRIPTS LOGS`.
// Prints a line of JSON for each: its name, how many records hold, the head, and where and why it does not go on.

import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

const [scripts, logs] = process.argv.slice(2);
const sources = ["sha256", "canonical", "chain"].map((name) => readFileSync(join(scripts, `${name}.js`), "utf8"));
const scope = `"use strict"; ${sources.join("\n")} return { Chain, ChainBreak };`;
const { Chain, ChainBreak } = new Function(scope)();

for (const name of readdirSync(logs)) {
  const bytes = new Uint8Array(readFileSync(join(logs, name)));
  const chain = new Chain();
  let records = 0;
  let broken = null;
  try {
    chain.take(bytes, () => (records += 1));
  } catch (error) {
    if (!(error instanceof ChainBreak)) throw error;
    broken = { record: error.record, code: error.code };
  }
  console.log(JSON.stringify({ name, records, head: chain.head, broken }));
}
