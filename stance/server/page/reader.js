// The marked article, its card and the findings beside it, kept in step.

import { Article } from "./article.js";
import { Card } from "./card.js";
import { $, throttled } from "./dom.js";
import { Findings } from "./findings.js";
import { PENDING, labelOf, languageName, plural, speakerOf } from "./labels.js";

const HOVER = 140;
const LINGER = 260;
/** Pixels of a statement that a card may stand away from the line that was pointed at. */
const SHORT = 130;
const keyOf = (one) => JSON.stringify([one.spans, one.kind]);

export class Reader {
  /** `onColour(actor)` is called when a cell of the grid asks for another actor. */
  constructor({ onColour }) {
    this.article = new Article($("article"));
    this.card = new Card({
      onMove: (step) => this.step(step, { intoCard: true }),
      onClose: () => this.closeCard({ back: true }),
      onChoose: (number) => this.choose(number),
    });
    this.findings = new Findings({ onFilter: (filter) => this.filterBy(filter, onColour), onChoose: (number) => this.choose(number) });
    this.slowly = throttled(() => this.#drawFindings({ grid: true }), 700);
    this.soon = throttled(() => this.#paint(), 120);
    this.clear();
    this.#listen();
  }

  clear() {
    this.slowly.cancel();
    this.soon.cancel();
    this.statements = [];
    this.actors = [];
    this.colour = null;
    this.language = null;
    this.warnings = [];
    this.filter = null;
    this.current = -1;
    this.places = null;
    this.card.close();
    this.findings.reset();
    this.article.clear();
    this.draw();
  }

  /** Begin with a text; its statements come later. */
  begin(places, actors, colour) {
    this.clear();
    this.places = places;
    this.actors = actors;
    this.colour = colour;
    this.article.show(places, [], null);
    $("summary").textContent = "";
  }

  /** Show statements as they were found. With `carry`, answers that came before stay where the words are the same. */
  found(statements, language, { carry }) {
    const before = new Map(carry ? this.statements.filter((one) => one.stances).map((one) => [keyOf(one), one]) : []);
    const next = statements.map((one) => {
      const known = before.get(keyOf(one));
      return known ? { ...one, stances: known.stances, sentiment: known.sentiment, carried: true } : one;
    });
    this.#replace(next, language);
  }

  /** Put in answers from the statement `first` on. */
  judged(first, statements) {
    statements.forEach((one, place) => {
      const known = this.statements[first + place];
      if (known && known.start === one.start && known.end === one.end) this.statements[first + place] = one;
    });
    this.soon();
    this.slowly();
  }

  /** Show the whole answer. */
  finish(document) {
    this.warnings = document.warnings;
    const same =
      document.language === this.language &&
      document.statements.length === this.statements.length &&
      document.statements.every((one, number) => keyOf(one) === keyOf(this.statements[number]));
    if (same) this.statements = document.statements;
    else this.#replace(document.statements, document.language);
    this.draw();
  }

  /** Show another list of statements, and stay at the one that is being read. */
  #replace(statements, language) {
    const reading = this.statements[this.current];
    const open = this.card.open;
    const focused = document.activeElement?.matches?.(".sign");
    this.statements = statements;
    this.language = language;
    this.filter = null;
    this.article.show(this.places, statements, language);
    this.current = reading ? statements.findIndex((one) => keyOf(one) === keyOf(reading)) : -1;
    this.card.close();
    this.draw();
    if (this.current < 0) return;
    this.article.activate(this.current);
    if (focused) this.article.signs[this.current].focus({ preventScroll: true });
    else if (open) this.#showCard(this.current, { pinned: true });
  }

  /** How many statements have their answer. */
  get done() {
    return this.statements.filter((one) => one.stances && !one.carried).length;
  }

  /** Statements as an answer holds them: those that were judged. */
  get answered() {
    return this.statements.filter((one) => one.stances).map(({ carried, ...one }) => one);
  }

  draw() {
    this.slowly.cancel();
    this.soon.cancel();
    this.#paint();
    this.#drawFindings({ grid: true, list: true });
  }

  #labels() {
    return this.statements.map((one) => (this.colour === null ? PENDING : labelOf(one, this.colour)));
  }

  #paint() {
    const labels = this.#labels();
    const names = this.statements.map((one, number) => {
      const answer = labels[number] === PENDING ? "not judged" : `${labels[number]}, as to ${this.colour}`;
      return `Statement ${number + 1}, ${speakerOf(one)}: ${answer}`;
    });
    this.article.paint(labels, names);
    this.findings.paint(labels);
    for (const tag of $("legend").querySelectorAll(".pending")) tag.hidden = !labels.includes(PENDING);
    const { card } = this;
    const stale = card.statement !== this.statements[card.number] || card.colour !== this.colour;
    // Answers to other statements leave the card alone, and with it the place of who works in it by keyboard.
    if (card.open && card.pinned && stale) this.#showCard(card.number, { pinned: true, stay: true });
  }

  #drawFindings({ grid = false, list = false }) {
    const judged = this.statements.some((one) => one.stances);
    if (grid) this.findings.grid(this.statements, this.actors, this.filter);
    if (list) this.findings.list(this.#shown(), { labels: this.#labels(), filter: this.filter });
    $("export-section").hidden = !judged;
    document.body.classList.toggle("found", this.statements.length > 0);
    $("notes-section").hidden = this.warnings.length === 0;
    const notes = this.warnings.map((warning) => Object.assign(document.createElement("li"), { textContent: warning }));
    $("notes").replaceChildren(...notes);
    if (this.places) $("summary").textContent = this.#summary();
  }

  #summary() {
    if (!this.statements.length) return "No statements";
    const speakers = new Set(this.statements.map((one) => one.speaker).filter((name) => name !== null)).size;
    const language = this.language ? ` · ${languageName(this.language)}` : "";
    return `${plural(this.statements.length, "statement")} · ${plural(speakers, "named speaker")}${language}`;
  }

  /** Statements that the filter lets through, with their numbers. */
  #shown() {
    const pairs = [...this.statements.entries()];
    if (!this.filter) return pairs;
    const { speaker, actor } = this.filter;
    return pairs.filter(([, one]) => {
      const label = labelOf(one, actor);
      return (one.speaker ?? null) === speaker && label !== PENDING && label !== "unrelated";
    });
  }

  /** Colour by another actor: only classes and the names of signs change. */
  colourBy(actor) {
    this.colour = actor;
    this.#paint();
  }

  /** Show what one speaker says about one actor (null: everything), and go to the first statement. */
  filterBy(filter, onColour) {
    this.filter = filter;
    const shown = this.#shown();
    this.article.only(filter ? new Set(shown.map(([number]) => number)) : null);
    if (filter && filter.actor !== this.colour) onColour(filter.actor);
    this.draw();
    if (filter && shown.length) this.choose(shown[0][0], { focus: false });
  }

  /** Go to a statement: scroll there, focus its sign, open its card. */
  choose(number, { focus = true, near = null } = {}) {
    const sign = this.article.signs[number];
    if (!sign) return;
    const box = sign.getBoundingClientRect();
    const hidden = box.top < $("bar").getBoundingClientRect().bottom + 8 || box.bottom > innerHeight * 0.62;
    if (hidden && !near) sign.scrollIntoView({ block: "center", behavior: "instant" });
    if (focus) sign.focus({ preventScroll: true });
    this.#showCard(number, { pinned: true, near });
  }

  /** Go some statements on among those that the filter lets through. */
  step(step, { intoCard = false } = {}) {
    const numbers = this.#shown().map(([number]) => number);
    if (!numbers.length) return;
    const after = numbers.findIndex((number) => number > this.current);
    const here = numbers.indexOf(this.current);
    let place = here + step;
    if (here < 0) place = step > 0 ? after : (after < 0 ? numbers.length : after) - 1;
    this.choose(numbers[Math.min(Math.max(0, place), numbers.length - 1)], { focus: !intoCard });
    if (intoCard) this.card.root.focus({ preventScroll: true });
  }

  #showCard(number, { pinned, stay = false, near = null }) {
    const statement = this.statements[number];
    if (!statement) return;
    clearTimeout(this.hovering);
    clearTimeout(this.leaving);
    this.current = number;
    this.article.activate(number);
    for (const sign of this.article.root.querySelectorAll(".sign[aria-expanded]")) sign.removeAttribute("aria-expanded");
    this.article.signs[number].setAttribute("aria-expanded", "true");
    const inside = stay && this.card.root.contains(document.activeElement);
    this.card.show({
      number,
      total: this.statements.length,
      statement,
      actors: this.actors,
      colour: this.colour,
      places: this.places,
      overlapping: this.article.overlapping(number),
      anchor: stay ? null : this.#anchor(number, near),
      pinned,
      stay,
    });
    if (inside) this.card.root.focus({ preventScroll: true });
  }

  /** Where the card stands: beside the line that is pointed at, and below the whole statement where that is short. */
  #anchor(number, near) {
    const { left, top, bottom } = near ?? this.article.signs[number].getBoundingClientRect();
    const end = this.article.ofStatement[number].at(-1)?.node.getBoundingClientRect().bottom ?? bottom;
    return { left, top, bottom: end > bottom && end - bottom < SHORT ? end : bottom };
  }

  closeCard({ back = false } = {}) {
    clearTimeout(this.hovering);
    clearTimeout(this.leaving);
    if (!this.card.open) return;
    const sign = this.article.signs[this.card.number];
    this.card.close();
    this.article.activate(-1);
    sign?.removeAttribute("aria-expanded");
    if (back && sign) {
      this.quiet = true;
      sign.focus({ preventScroll: true });
      this.quiet = false;
    }
  }

  #listen() {
    const statementOf = (target) => {
      const node = target.closest?.("[data-s]");
      return node && this.article.root.contains(node) ? Number(node.dataset.s) : -1;
    };
    const lineAt = (node, y) => [...node.getClientRects()].find((box) => box.top <= y && y <= box.bottom) ?? node.getBoundingClientRect();
    const { root } = this.article;
    root.addEventListener("pointerover", (event) => {
      const number = statementOf(event.target);
      if (event.pointerType !== "mouse" || number < 0 || (this.card.open && this.card.pinned)) return;
      clearTimeout(this.leaving);
      clearTimeout(this.hovering);
      if (this.card.open && this.card.number === number) return;
      const near = lineAt(event.target, event.clientY);
      this.hovering = setTimeout(() => this.#showCard(number, { pinned: false, near }), HOVER);
    });
    const leave = () => {
      clearTimeout(this.hovering);
      clearTimeout(this.leaving);
      if (this.card.open && !this.card.pinned) this.leaving = setTimeout(() => this.closeCard(), LINGER);
    };
    root.addEventListener("pointerout", (event) => {
      if (event.pointerType === "mouse") leave();
    });
    this.card.root.addEventListener("pointerenter", () => clearTimeout(this.leaving));
    this.card.root.addEventListener("pointerleave", leave);
    root.addEventListener("click", (event) => {
      const number = statementOf(event.target);
      // Who selects words to copy them does not ask for a card.
      if (number >= 0 && getSelection().isCollapsed) this.choose(number, { near: lineAt(event.target, event.clientY) });
    });
    root.addEventListener("focusin", (event) => {
      const number = statementOf(event.target);
      if (number >= 0 && !this.quiet) this.#showCard(number, { pinned: true });
    });
    const outside = (event) => {
      const kept = "#card, .sign, mark, #grid, #list, #bar";
      if (this.card.open && this.card.pinned && !event.target.closest?.(kept)) this.closeCard();
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    document.addEventListener("keydown", (event) => this.#key(event));
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const { target } = event;
    if (event.key === "Escape" && this.card.open) {
      this.closeCard({ back: this.card.pinned });
      event.preventDefault();
      return;
    }
    const typing = "textarea, select, input:not([type=radio], [type=checkbox], [type=file])";
    if ($("reader").hidden || target.closest?.(typing)) return;
    const onSign = target.matches?.(".sign");
    const steps = { n: 1, p: -1, ...(onSign ? { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 } : {}) };
    if (Object.hasOwn(steps, event.key)) this.step(steps[event.key]);
    else if (onSign && (event.key === "Home" || event.key === "End")) this.step(event.key === "Home" ? -1e9 : 1e9);
    else if (onSign && (event.key === "Enter" || event.key === " ")) {
      this.#showCard(Number(target.dataset.s), { pinned: true });
      this.card.root.focus({ preventScroll: true });
    } else return;
    event.preventDefault();
  }
}
