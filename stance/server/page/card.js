// The card of one statement: who said it and how, and the answer toward every actor.

import { $, el, still, tag } from "./dom.js";
import { LABELS, TONES, TONE_LABEL, count, percent, speakerOf } from "./labels.js";

const KINDS = {
  direct: "in the speaker’s words",
  mixed: "partly in the speaker’s words",
  indirect: "reported in other words",
};
const PHONE = matchMedia("(max-width: 719px)");

/** A share as a number and a small bar. */
function share(label, value, chosen) {
  const bar = el("span", { class: `bar-of ${label}` });
  bar.style.setProperty("--share", String(value));
  return el("td", { class: chosen ? `chosen ${label}` : "" }, String(Math.round(value * 100)), bar);
}

function probabilities(statement, actors, colour, places) {
  const head = el("tr", {}, el("th", { scope: "col" }, el("span", { class: "unseen" }, "Actor")), ...LABELS.map((label) => el("th", { scope: "col" }, tag(label))));
  const rows = actors
    .filter((actor) => Object.hasOwn(statement.stances, actor))
    .map((actor) => {
      const stance = statement.stances[actor];
      const named = [...new Set(stance.mentions.map(([start, end]) => places.slice(start, end)))];
      const mentions = named.length ? el("span", { class: "quiet mentions" }, `named: ${named.join(", ")}`) : null;
      return el(
        "tr",
        { class: actor === colour ? "colour" : "" },
        el("th", { scope: "row", dir: "auto" }, actor, mentions),
        ...LABELS.map((label) => share(label, stance.probabilities[label] ?? 0, label === stance.label)),
      );
    });
  return el("table", { class: "shares" }, el("caption", { class: "unseen" }, "Stance toward each actor, in percent"), el("thead", {}, head), el("tbody", {}, ...rows));
}

function tone(sentiment) {
  const parts = TONES.map((label) => {
    const chosen = label === sentiment.label ? `chosen ${TONE_LABEL[label]}` : "";
    const bar = el("span", { class: `bar-of ${TONE_LABEL[label]}` });
    bar.style.setProperty("--share", String(sentiment.probabilities[label] ?? 0));
    return el("span", { class: `tone ${chosen}` }, `${label} ${percent(sentiment.probabilities[label] ?? 0)}`, bar);
  });
  return el("div", { class: "tones" }, el("span", { class: "quiet" }, "Tone"), ...parts);
}

/** The statement's words, those that carry the stance underlined by their weight. */
function explained(statement, colour, places) {
  const stance = colour !== null && Object.hasOwn(statement.stances, colour) ? statement.stances[colour] : null;
  if (!stance?.words) return null;
  if (!stance.words.length) {
    return el("p", { class: "quiet small" }, `No words to explain: it is ${stance.label} as to ${colour}.`);
  }
  const quote = el("p", { class: "explained", dir: "auto" });
  const greatest = Math.max(...stance.words.map((word) => Math.abs(word.weight)), 0.05);
  for (const [start, end] of statement.spans) {
    let place = start;
    for (const word of stance.words) {
      if (word.start < place || word.end > end) continue;
      quote.append(places.slice(place, word.start));
      const step = Math.ceil((Math.abs(word.weight) / greatest) * 4 - 0.5);
      const way = word.weight < 0 ? "counter" : stance.label;
      const points = `${word.weight < 0 ? "−" : "+"}${Math.abs(Math.round(word.weight * 100))} points`;
      quote.append(el("span", { class: step > 0 ? `word w${step} ${way}` : "word", title: points }, places.slice(word.start, word.end)));
      place = word.end;
    }
    quote.append(places.slice(place, end), " ");
  }
  return el(
    "div",
    { class: "explanation" },
    el("p", { class: "quiet small" }, `Words that make it ${stance.label} toward ${colour}: the thicker the line, the more the answer rests on them; dotted ones speak against it.`),
    quote,
  );
}

export class Card {
  constructor({ onMove, onClose, onChoose }) {
    this.root = $("card");
    this.onMove = onMove;
    this.onClose = onClose;
    this.onChoose = onChoose;
    this.number = -1;
    /** A card that was asked for stays; one that the pointer passes over goes with it. */
    this.pinned = false;
  }

  get open() {
    return !this.root.hidden;
  }

  /** Fill the card for a statement and show it beside `anchor`. */
  show({ number, total, statement, actors, colour, places, overlapping, anchor, pinned, stay = false }) {
    Object.assign(this, { number, pinned, statement, colour });
    const about = [KINDS[statement.kind] ?? statement.kind, statement.cue ? `“${statement.cue}”` : null].filter(Boolean).join(" · ");
    const button = (name, sign, work) => el("button", { type: "button", class: "plain", "aria-label": name, title: name, onclick: work }, sign);
    const judged = statement.stances
      ? [probabilities(statement, actors, colour, places), tone(statement.sentiment), explained(statement, colour, places)]
      : [el("p", { class: "quiet" }, "Not judged yet.")];
    const others = overlapping.map((other) =>
      el("button", { type: "button", class: "plain", onclick: () => this.onChoose(other) }, `statement ${count(other + 1)}`),
    );
    this.root.replaceChildren(
      el(
        "div",
        { class: "row" },
        el("p", { class: "quiet small" }, `Statement ${count(number + 1)} of ${count(total)}`),
        el("span", { class: "actions" }, button("Statement before", "‹", () => this.onMove(-1)), button("Next statement", "›", () => this.onMove(1)), button("Close the card", "×", () => this.onClose())),
      ),
      el("h3", { id: "card-speaker", dir: "auto" }, statement.speaker ?? el("em", {}, `speaker ${speakerOf(statement)}`)),
      el("p", { class: "quiet small", dir: "auto" }, about),
      ...judged.filter(Boolean),
      others.length ? el("p", { class: "quiet small" }, "Shares words with ", ...others) : "",
    );
    this.root.hidden = false;
    if (stay) return;
    this.root.scrollTop = 0;
    this.place(anchor);
  }

  /** Stand below the words, or above them where there is no room. On a phone the card is a sheet at the bottom. */
  place(anchor) {
    const style = this.root.style;
    const { top: edge, width, height } = this.root.getBoundingClientRect();
    if (PHONE.matches || !anchor) {
      style.removeProperty("left");
      style.removeProperty("top");
      // The sheet shall not lie on the words that it speaks of.
      if (anchor && anchor.bottom > edge - 16) scrollBy({ top: anchor.bottom - edge + 48, behavior: "instant" });
      return;
    }
    const left = Math.min(Math.max(8, anchor.left - 24), document.documentElement.clientWidth - width - 8);
    const below = anchor.bottom + 8;
    const above = anchor.top - height - 8;
    // The bar stays free: it holds the actors by which a reader looks at the same statement.
    const top = below + height > innerHeight && above > $("bar").getBoundingClientRect().bottom ? above : below;
    style.left = `${left + scrollX}px`;
    style.top = `${top + scrollY}px`;
    const beyond = top + height + 8 - innerHeight;
    if (this.pinned && beyond > 0) scrollBy({ top: beyond, behavior: still() ? "auto" : "smooth" });
  }

  close() {
    this.root.hidden = true;
    this.number = -1;
    this.pinned = false;
  }
}
