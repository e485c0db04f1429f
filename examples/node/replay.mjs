// node replay.mjs FOLDER reference.jsonl: replays the reference cases and prints how many agree, and what differs.
import { readFileSync } from "node:fs";
import { load } from "./stance.mjs";

const [folder, file] = process.argv.slice(2);
const classify = await load(folder);
const cases = readFileSync(file, "utf8").trim().split("\n").map((line) => JSON.parse(line));
const result = { cases: cases.length, ids: 0, labels: 0, greatest_difference: 0, differ: [] };
for (const one of cases) {
  const found = await classify(one.text, one.actor);
  const same = JSON.stringify(found.ids.map(Number)) === JSON.stringify(one.input_ids);
  result.ids += same ? 1 : 0;
  result.labels += found.label === one.label ? 1 : 0;
  const differences = one.logits.map((value, place) => Math.abs(value - found.logits[place]));
  result.greatest_difference = Math.max(result.greatest_difference, ...differences);
  if (!same || found.label !== one.label) result.differ.push(one.text);
}
console.log(JSON.stringify(result));
