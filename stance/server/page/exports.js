// What a reader takes along: the service's document with the text that its offsets count, and a table.

import { LABELS } from "./labels.js";

/** A cell of a table. Programs run what begins like a formula: an apostrophe before it makes it text again. */
export function cell(value) {
  let text = value === null || value === undefined ? "" : String(value);
  if (typeof value === "string" && /^[=+\-@\t\r＝＋－＠]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const HEAD = ["statement", "start", "end", "kind", "speaker", "cue", "text", "actor", "label", "confidence"];
const TAIL = ["mentions", "sentiment", "sentiment_confidence"];

/** A table with a row a statement and actor; with the mark by which Excel knows UTF-8. */
export function csvOf(document, places) {
  const rows = [[...HEAD, ...LABELS.map((label) => `p_${label}`), ...TAIL]];
  document.statements.forEach((one, number) => {
    const told = [number + 1, one.start, one.end, one.kind, one.speaker, one.cue, one.text];
    for (const [actor, stance] of Object.entries(one.stances)) {
      const mentions = stance.mentions.map(([start, end]) => places.slice(start, end)).join("; ");
      const shares = LABELS.map((label) => stance.probabilities[label]);
      const tone = [one.sentiment.label, one.sentiment.confidence];
      rows.push([...told, actor, stance.label, stance.confidence, ...shares, mentions, ...tone]);
    }
  });
  return `\ufeff${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

export const jsonOf = (document, places) => JSON.stringify({ text: places.text, ...document }, null, 1);

/** Let the browser save a file. */
export function save(name, type, content) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
