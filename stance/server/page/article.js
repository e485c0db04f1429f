// The article with its statements marked. The text is cut at every edge of a statement and at line breaks, so that
// statements may overlap, nest and have several spans; a piece takes the colour of the innermost statement over it.

import { PENDING } from "./labels.js";
import { el } from "./dom.js";

const lengthOf = (statement) => statement.spans.reduce((sum, [start, end]) => sum + end - start, 0);

/** Give classes; nothing is invalidated where they are the same. */
function rename(node, classes) {
  if (node.className !== classes) node.className = classes;
}

/** Edges of statements, in units, in order: `[unit, statements that begin, statements that end]`. */
function edgesOf(statements, places) {
  const edges = new Map();
  const at = (unit) => {
    if (!edges.has(unit)) edges.set(unit, { unit, begin: [], end: [], sign: [] });
    return edges.get(unit);
  };
  statements.forEach((statement, number) => {
    statement.spans.forEach(([start, end], span) => {
      const [from, to] = [places.unit(start), places.unit(end)];
      if (span === 0) at(from).sign.push(number);
      if (from >= to) return;
      at(from).begin.push(number);
      at(to).end.push(number);
    });
  });
  for (const line of places.text.matchAll(/\n+/g)) at(line.index + line[0].length).block = true;
  at(places.text.length);
  return [...edges.values()].sort((first, second) => first.unit - second.unit);
}

/** The marked text in an element of the page. */
export class Article {
  constructor(root) {
    this.root = root;
    this.clear();
  }

  clear() {
    this.root.replaceChildren();
    this.pieces = [];
    this.ofStatement = [];
    this.signs = [];
    this.active = -1;
    this.dimmed = null;
    /** The statement whose sign Tab leads to. */
    this.reached = 0;
  }

  /** Build the marked text in one pass. */
  show(places, statements, language) {
    this.clear();
    this.ofStatement = statements.map(() => []);
    const lengths = statements.map(lengthOf);
    const outerFirst = (first, second) => lengths[second] - lengths[first] || first - second;
    const content = document.createDocumentFragment();
    let block = el("div", { class: "block", dir: "auto" });
    let over = [];
    let place = 0;
    for (const edge of edgesOf(statements, places)) {
      const words = places.text.slice(place, edge.unit);
      if (words) block.append(over.length ? this.#piece(words, over) : words);
      place = edge.unit;
      if (edge.block) {
        content.append(block);
        block = el("div", { class: "block", dir: "auto" });
      }
      if (edge.end.length) over = over.filter((number) => !edge.end.includes(number));
      if (edge.begin.length) over = [...over, ...edge.begin].sort(outerFirst);
      for (const number of edge.sign.sort(outerFirst)) block.append(this.#sign(number));
    }
    if (block.hasChildNodes()) content.append(block);
    if (language) this.root.lang = language;
    else this.root.removeAttribute("lang");
    this.root.replaceChildren(content);
    if (this.signs.length) this.signs[0].tabIndex = 0;
  }

  #piece(words, over) {
    const node = el("mark", { class: "s pending", "data-s": over.at(-1) });
    node.textContent = words;
    const piece = { node, over };
    this.pieces.push(piece);
    for (const number of over) this.ofStatement[number].push(piece);
    return node;
  }

  #sign(number) {
    const node = el("span", {
      class: "sign pending",
      role: "button",
      tabindex: "-1",
      "aria-haspopup": "dialog",
      "data-s": number,
      "data-sign": number,
    });
    this.signs[number] = node;
    return node;
  }

  /** Colour by `labels` (one a statement) and name the signs; only classes and names change. */
  paint(labels, names) {
    this.labels = labels;
    for (const piece of this.pieces) this.#paintPiece(piece);
    this.signs.forEach((sign, number) => {
      rename(sign, `sign ${labels[number]}${this.#isDim([number]) ? " dim" : ""}`);
      if (sign.ariaLabel !== names[number]) sign.ariaLabel = names[number];
    });
  }

  #paintPiece({ node, over }) {
    const inner = this.labels[over.at(-1)] ?? PENDING;
    const outer = over.length > 1 ? ` within within-${this.labels[over.at(-2)] ?? PENDING}` : "";
    const active = over.includes(this.active) ? " active" : "";
    rename(node, `s ${inner}${outer}${active}${this.#isDim(over) ? " dim" : ""}`);
  }

  #isDim(over) {
    return this.dimmed !== null && !over.some((number) => this.dimmed.has(number));
  }

  /** Draw only `numbers` strongly (a Set), or all of them (null). */
  only(numbers) {
    this.dimmed = numbers;
  }

  /** Mark one statement as the one that is read now (-1: none), and let Tab lead to its sign. */
  activate(number) {
    const before = this.active;
    this.active = number;
    for (const one of [before, number]) for (const piece of this.ofStatement[one] ?? []) this.#paintPiece(piece);
    if (number < 0 || !this.signs[number]) return;
    this.signs[this.reached].tabIndex = -1;
    this.reached = number;
    this.signs[number].tabIndex = 0;
  }

  /** The other statements that share words with one. */
  overlapping(number) {
    const others = new Set((this.ofStatement[number] ?? []).flatMap((piece) => piece.over));
    others.delete(number);
    return [...others].sort((first, second) => first - second);
  }
}
