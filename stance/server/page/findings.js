// Beside the article: who speaks how about whom, and the statements as a list.

import { $, el, tag } from "./dom.js";
import { SIGNS, count, labelOf, plural, speakerOf } from "./labels.js";

const FEW_SPEAKERS = 12;
const FEW_STATEMENTS = 150;
const LONGEST = 170;
/** Steps of the colours from against to favor. */
const STEPS = 11;

/** Speakers with their counts of labels toward every actor; those who say most first. */
function tally(statements, actors) {
  const speakers = new Map();
  for (const statement of statements) {
    if (!statement.stances) continue;
    const key = statement.speaker ?? null;
    if (!speakers.has(key)) {
      const counts = actors.map(() => ({ against: 0, favor: 0, neutral: 0 }));
      speakers.set(key, { speaker: key, said: 0, counts });
    }
    const entry = speakers.get(key);
    entry.said += 1;
    actors.forEach((actor, place) => {
      const label = labelOf(statement, actor);
      if (label in SIGNS && Object.hasOwn(entry.counts[place], label)) entry.counts[place][label] += 1;
    });
  }
  // Statements without a speaker stand last, however many they are.
  return [...speakers.values()].sort(
    (first, second) => (first.speaker === null) - (second.speaker === null) || second.said - first.said,
  );
}

/** The step of colour for a mean of favor minus against. */
function stepOf({ against, favor, neutral }) {
  const mean = (favor - against) / (against + favor + neutral);
  return Math.round(((mean + 1) / 2) * (STEPS - 1));
}

export class Findings {
  /** `onFilter(filter | null)` and `onChoose(number)` tell the page what the reader wants. */
  constructor({ onFilter, onChoose }) {
    this.onFilter = onFilter;
    this.onChoose = onChoose;
    this.allSpeakers = false;
    this.allStatements = false;
    this.items = new Map();
    $("more").addEventListener("click", () => {
      this.allStatements = true;
      this.list(this.shown);
    });
    $("unfilter").addEventListener("click", () => onFilter(null));
    $("list").addEventListener("click", (event) => {
      const item = event.target.closest("[data-s]");
      if (item) onChoose(Number(item.dataset.s));
    });
  }

  /** Begin with another run. */
  reset() {
    this.allSpeakers = false;
    this.allStatements = false;
  }

  grid(statements, actors, filter) {
    const speakers = tally(statements, actors);
    $("grid-section").hidden = speakers.length === 0;
    if (!speakers.length) return;
    const shown = this.allSpeakers ? speakers : speakers.slice(0, FEW_SPEAKERS);
    const head = el("tr", {}, el("td"), ...actors.map((actor) => el("th", { scope: "col", title: actor, dir: "auto" }, actor)));
    const rows = shown.map((entry) => this.#row(entry, actors, filter));
    const table = el("table", {}, el("thead", {}, head), el("tbody", {}, ...rows));
    const focused = document.activeElement?.dataset?.cell;
    $("grid").replaceChildren(table);
    if (shown.length < speakers.length) {
      const all = el("button", { type: "button", class: "plain" }, `Show all ${count(speakers.length)} speakers`);
      all.addEventListener("click", () => {
        this.allSpeakers = true;
        this.grid(statements, actors, filter);
        $("grid").focus();
      });
      $("grid").append(all);
    }
    // The table is made anew while answers arrive: who stood in a cell stays there.
    if (focused) for (const one of $("grid").querySelectorAll("button")) if (one.dataset.cell === focused) one.focus();
  }

  #row(entry, actors, filter) {
    const cells = entry.counts.map((counts, place) => {
      const total = counts.against + counts.favor + counts.neutral;
      if (!total) return el("td", { class: "none" }, el("span", { "aria-label": "none" }, "·"));
      const chosen = filter && filter.speaker === entry.speaker && filter.actor === actors[place];
      const name = `${speakerOf(entry)} on ${actors[place]}: ${counts.against} against, ${counts.favor} in favor, ${counts.neutral} neutral`;
      const parts = ["against", "favor", "neutral"].filter((label) => counts[label]);
      const button = el(
        "button",
        {
          type: "button",
          class: `cell d${stepOf(counts)}`,
          "aria-label": name,
          "aria-pressed": String(Boolean(chosen)),
          "data-cell": JSON.stringify([entry.speaker, actors[place]]),
        },
        ...parts.map((label) => el("span", {}, `${SIGNS[label]}${counts[label]}`)),
      );
      button.addEventListener("click", () => {
        this.onFilter(chosen ? null : { speaker: entry.speaker, actor: actors[place] });
      });
      return el("td", {}, button);
    });
    const who = entry.speaker === null ? el("em", {}, "not named") : entry.speaker;
    return el("tr", {}, el("th", { scope: "row", dir: "auto" }, who, el("span", { class: "quiet" }, ` ${count(entry.said)}`)), ...cells);
  }

  /** List statements: pairs of number and statement. `labels` is one a statement of the document. */
  list(shown, { labels, filter } = this.last) {
    this.last = { labels, filter };
    this.shown = shown;
    $("list-section").hidden = shown.length === 0 && !filter;
    const some = this.allStatements ? shown : shown.slice(0, FEW_STATEMENTS);
    this.items.clear();
    $("list").replaceChildren(...some.map(([number, statement]) => this.#item(number, statement, labels[number])));
    $("more").hidden = some.length === shown.length;
    $("more").textContent = `Show all ${plural(shown.length, "statement")}`;
    $("unfilter").hidden = !filter;
    if (filter) $("unfilter").textContent = `Only ${speakerOf(filter)} on ${filter.actor} – show all`;
  }

  #item(number, statement, label) {
    const words = statement.text.length > LONGEST ? `${statement.text.slice(0, LONGEST).replace(/\p{Surrogate}$/u, "")}…` : statement.text;
    const sign = tag(label);
    this.items.set(number, sign);
    const who = el("span", { class: "who", dir: "auto" }, statement.speaker ?? el("em", {}, "not named"));
    return el(
      "li",
      { value: number + 1 },
      el("button", { type: "button", "data-s": number }, el("span", { class: "row" }, who, sign), el("span", { class: "words", dir: "auto" }, words)),
    );
  }

  /** Colour the list by `labels`: only classes change. */
  paint(labels) {
    this.last = { ...this.last, labels };
    for (const [number, sign] of this.items) sign.className = `tag ${labels[number]}`;
  }
}
