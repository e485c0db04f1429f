// The model in Node 20: `npm install --ignore-scripts`, then `node classify.mjs FOLDER STATEMENT ACTOR`.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer } from "@huggingface/tokenizers";
import * as ort from "onnxruntime-node";

/** Opens a model folder; the answer maps a statement and an actor's name to ids, logits, label and probabilities. */
export async function load(folder) {
  const read = (name) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  const described = read("stance.json");
  const tokenizer = new Tokenizer(read("tokenizer.json"), read("tokenizer_config.json"));
  const session = await ort.InferenceSession.create(join(folder, "onnx", "model_quantized.onnx"), {
    intraOpNumThreads: 1,
  });
  const tensor = (values) => new ort.Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
  const labels = described.heads.stance;

  return async function classify(statement, actor) {
    const encoded = tokenizer.encode(statement.normalize("NFC"), { text_pair: actor });
    const inputs = { input_ids: tensor(encoded.ids), attention_mask: tensor(encoded.attention_mask) };
    const logits = Array.from((await session.run(inputs, ["logits"])).logits.data);
    const scaled = logits.map((v, i) => v / described.temperatures.stance[i] + described.offsets.stance[i]);
    const exponents = scaled.map((v) => Math.exp(v - Math.max(...scaled)));
    const total = exponents.reduce((sum, v) => sum + v, 0);
    const probabilities = Object.fromEntries(labels.map((label, i) => [label, exponents[i] / total]));
    return { ids: encoded.ids, logits, label: labels[scaled.indexOf(Math.max(...scaled))], probabilities };
  };
}
