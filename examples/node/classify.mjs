// node classify.mjs FOLDER STATEMENT ACTOR: prints the label and the probabilities as JSON.
import { load } from "./stance.mjs";

const [folder, statement, actor] = process.argv.slice(2);
if (actor === undefined) {
  console.error("usage: node classify.mjs FOLDER STATEMENT ACTOR");
  process.exit(2);
}
const classify = await load(folder);
const { label, probabilities } = await classify(statement, actor);
console.log(JSON.stringify({ label, probabilities }, null, 2));
