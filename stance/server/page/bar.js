// The bar: which actors are asked about, and which of them colours the text.

import { $, el } from "./dom.js";
import { wellFormed } from "./places.js";

const same = (first, second) => first.localeCompare(second, "en", { sensitivity: "accent" }) === 0;

export class Bar {
  /** `onColour(actor)` is called when another actor shall colour the text, `onActors()` when the list changed. */
  constructor({ onColour, onActors }) {
    this.actors = [];
    this.colour = null;
    this.onColour = onColour;
    this.onActors = onActors;
    $("adding").addEventListener("click", () => this.#addTyped());
    $("add").addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key !== "Enter" && event.key !== ",") return;
      event.preventDefault();
      this.#addTyped();
    });
  }

  set(actors, colour = actors[0] ?? null) {
    this.actors = [...actors];
    this.colour = colour;
    this.#draw();
  }

  #addTyped() {
    const name = wellFormed($("add").value.trim().slice(0, 100));
    $("add").value = "";
    $("add").focus();
    if (!name || this.actors.some((actor) => same(actor, name))) return;
    this.set([...this.actors, name], this.colour ?? name);
    this.onActors();
  }

  #remove(name) {
    const place = this.actors.indexOf(name);
    const rest = this.actors.filter((actor) => actor !== name);
    const before = this.colour;
    this.set(rest, before === name ? (rest[0] ?? null) : before);
    const next = $("chips").querySelectorAll("button")[Math.min(place, rest.length - 1)];
    (next ?? $("add")).focus();
    this.onActors();
    if (this.colour !== before) this.onColour(this.colour);
  }

  /** Let another actor colour the text. */
  choose(actor) {
    this.set(this.actors.includes(actor) ? this.actors : [...this.actors, actor], actor);
    this.onColour(actor);
  }

  #draw() {
    const chips = this.actors.map((name) => {
      const radio = el("input", { type: "radio", name: "colour", class: "unseen" });
      radio.checked = name === this.colour;
      radio.addEventListener("change", () => {
        this.colour = name;
        this.onColour(name);
      });
      const remove = el("button", { type: "button", "aria-label": `Remove ${name}`, title: `Remove ${name}` }, "×");
      remove.addEventListener("click", () => this.#remove(name));
      return el("span", { class: "chip" }, el("label", {}, radio, el("span", { dir: "auto" }, name)), remove);
    });
    $("chips").replaceChildren(...chips);
  }
}

const SCHEMES = ["automatic", "light", "dark"];

/** The switch between the colours of the system, light ones and dark ones. */
export function themeSwitch() {
  let place = 0;
  $("theme").addEventListener("click", () => {
    place = (place + 1) % SCHEMES.length;
    const scheme = SCHEMES[place];
    if (place) document.documentElement.dataset.theme = scheme;
    else delete document.documentElement.dataset.theme;
    $("theme").textContent = `Colours: ${scheme}`;
  });
}
