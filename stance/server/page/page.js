// The page: what the reader does, one run at a time, and what is said when something goes wrong.

import { Bar, themeSwitch } from "./bar.js";
import { Problem, model, predict } from "./client.js";
import { $, el, tag, throttled } from "./dom.js";
import { EXAMPLE } from "./example.js";
import { csvOf, jsonOf, save } from "./exports.js";
import { LABELS, MEANINGS, PENDING, count, plural } from "./labels.js";
import { Places, wellFormed } from "./places.js";
import { Reader } from "./reader.js";

/** Characters from which the quoted statements are marked first. */
const LARGE = 60_000;
/** Characters from which a browser takes seconds to paste, because it keeps every line for undoing. */
const LARGE_PASTE = 30_000;
const LARGEST_FILE = 50_000_000;
const DEFAULT_ACTORS = ["NATO", "Russia", "DPRK", "China"];

let key = null;
let limits = {};
/** The run that goes on: its AbortController, or null. */
let running = null;
let afterKey = null;
/** A second click on what was the button to begin shall not stop the run. */
const DOUBLE_CLICK = 500;
let began = 0;

const bar = new Bar({
  onColour: (actor) => {
    reader.colourBy(actor);
    hint();
  },
  onActors: hint,
});
const reader = new Reader({ onColour: (actor) => bar.choose(actor) });

function view(name) {
  document.body.dataset.view = name;
  $("editor").hidden = name !== "edit";
  $("reader").hidden = name !== "read";
  $("back").hidden = !reader.places;
  if (name === "edit") reader.closeCard();
}

/** Say something to a screen reader, without words that change every second. */
const say = (words) => {
  $("spoken").textContent = words;
};

/** Tell when the chosen actor is not in the answers that are shown. */
function hint() {
  const missing = reader.statements.length > 0 && bar.colour !== null && !reader.actors.includes(bar.colour);
  $("hint").textContent = missing ? `${bar.colour} has not been asked about yet: read the article again.` : "";
}

function tell(problem) {
  $("problem").hidden = false;
  $("problem-title").textContent = problem.title;
  $("problem-advice").textContent = problem.advice;
  $("problem-detail").textContent = problem.detail;
  $("again").hidden = problem.status === 413;
  $("problem").scrollIntoView({ block: "nearest" });
}

const untell = () => {
  $("problem").hidden = true;
};

function askForKey(then) {
  afterKey = then;
  $("key-wrong").hidden = key === null;
  key = null;
  $("keyform").hidden = false;
  $("key").value = "";
  $("key").focus();
}

// ---- Progress

const speakNow = throttled(() => say($("doing").textContent), 5000);

function doing(words, done = null, total = null) {
  $("doing").textContent = words;
  const meter = $("meter");
  if (done === null || !total) meter.removeAttribute("value");
  else {
    meter.max = total;
    meter.value = Math.min(done, total);
  }
}

function progress(event, before) {
  if (event.event === "progress" && event.stage === "find") {
    const part = event.total && event.done ? `, ${Math.floor((100 * event.done) / event.total)} %` : "";
    doing(`${before}Looking for statements${part}`, event.done || null, event.total);
  } else {
    const total = event.total ?? reader.statements.length;
    const done = Math.max(event.done ?? 0, reader.done);
    doing(`${before}${plural(total, "statement")} found, ${count(done)} judged`, done, total);
  }
  speakNow();
}

// ---- A run

function questionOf(places) {
  const question = { text: places.text, actors: [...bar.actors], mode: $("mode").value };
  return $("explain").checked ? { ...question, explain: true } : question;
}

/** What is missing before a run can begin, or null. */
function missing(text) {
  if (!text.trim()) return ["There is no text yet", "Paste an article, drop a text file or use the example.", "text"];
  if (!bar.actors.length) return ["There is no actor yet", "Add at least one: a country, an organisation, a person.", "add"];
  return null;
}

/** One question and its answer; `before` is said in front of what is going on. */
async function pass(question, { signal, before, carry, begin }) {
  const looking = () => doing(`${before}Looking for statements`);
  looking();
  const onEvent = (event) => {
    if (event.event === "found") begin();
    if (event.event === "found") reader.found(event.statements, event.language, { carry });
    if (event.event === "judged") reader.judged(event.first, event.statements);
    progress(event, before);
  };
  const onWait = (left) => {
    if (left === 0) return looking();
    const words = `The service is busy. Trying again in ${plural(left, "second")}; Stop ends the waiting.`;
    if (!$("doing").textContent.startsWith("The service is busy")) say(words);
    doing(words);
  };
  const answer = await predict(question, { key, signal, onEvent, onWait });
  begin();
  reader.finish(answer);
}

/** The text as it will be read, or null when something is missing, which is told. */
function textToRead() {
  const places = new Places(wellFormed($("text").value));
  const lack = missing(places.text);
  if (lack) {
    tell(new Problem(413, lack[0], "", lack[1]));
    if (lack[2] === "text") view("edit");
    $(lack[2]).focus();
    return null;
  }
  if (limits.characters && places.length > limits.characters) {
    const detail = `It has ${count(places.length)} characters; the service reads ${count(limits.characters)} at once.`;
    tell(new Problem(413, "The text is too large", detail));
    return null;
  }
  return places;
}

async function run() {
  if (running) return;
  untell();
  $("keyform").hidden = true;
  const places = textToRead();
  if (!places) return;
  running = new AbortController();
  began = performance.now();
  busy(true);
  const question = questionOf(places);
  let begun = false;
  const begin = () => {
    if (!begun) reader.begin(places, question.actors, bar.colour);
    begun = true;
  };
  // Of the same text, what is marked already stays until there is something better.
  if (reader.places?.text !== places.text || !reader.statements.length) begin();
  view("read");
  const twice = question.mode === "full" && places.length > LARGE;
  try {
    if (twice) {
      const before = "A long text, so first what is quoted and speaks of these actors. ";
      await pass({ ...question, mode: "rules", only_named: true }, { signal: running.signal, before, carry: false, begin });
    }
    const before = twice ? "What is quoted of these actors is marked; now everything. " : "";
    await pass(question, { signal: running.signal, before, carry: twice, begin });
    say(reader.statements.length ? `Done: ${$("summary").textContent}` : "Done: no statements were found in this text.");
  } catch (error) {
    failed(error, begun);
  } finally {
    running = null;
    busy(false);
    hint();
  }
}

function failed(error, begun) {
  const kept = reader.answered.length;
  if (error.name === "AbortError") {
    say(kept ? `Stopped. ${plural(kept, "statement")} judged until then stay.` : "Stopped.");
  } else if (error instanceof Problem) {
    if (error.status === 401) askForKey(run);
    else tell(error);
  } else {
    tell(new Problem(0, "The page broke", String(error), "Reload the page. If it happens again, tell whoever runs the service."));
  }
  if (!reader.statements.length) {
    reader.clear();
    view("edit");
  } else if (begun) {
    const words = `The run did not come to its end: ${count(reader.done)} of ${plural(reader.statements.length, "statement")} judged.`;
    reader.warnings = [words, ...reader.warnings];
    reader.draw();
  }
}

function busy(is) {
  const focused = document.activeElement;
  $("run").hidden = is;
  $("stop").hidden = !is;
  $("progress").hidden = !is;
  speakNow.cancel();
  // Who works by keyboard keeps a place when the button that was pressed goes.
  if (focused === $("run")) $("stop").focus();
  else if (focused === $("stop")) $("run").focus();
  else if (is && $("editor").contains(focused)) $("paper").focus({ preventScroll: true });
}

// ---- Texts and files

function setText(text) {
  running?.abort();
  $("text").value = text;
  size();
  view("edit");
  $("text").focus();
  $("text").setSelectionRange(0, 0);
  $("text").scrollTop = 0;
}

function size() {
  const places = new Places($("text").value);
  $("size").textContent = plural(places.length, "character");
}

async function open(file) {
  untell();
  const wrong = (detail) => tell(new Problem(413, "This file cannot be read", detail, "Open a plain text file (.txt) in UTF-8, or paste the text."));
  if (!/\.txt$/i.test(file.name) && file.type !== "text/plain") return wrong(`“${file.name}” is not a .txt file.`);
  if (file.size > LARGEST_FILE) return wrong(`“${file.name}” has more than ${count(LARGEST_FILE / 1e6)} MB.`);
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
    if (text.includes("\0")) return wrong(`“${file.name}” holds no text.`);
    setText(text);
  } catch {
    wrong(`“${file.name}” is not in UTF-8.`);
  }
}

function listenToFiles() {
  $("file").addEventListener("change", () => {
    if ($("file").files[0]) open($("file").files[0]);
    $("file").value = "";
  });
  const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    document.body.classList.remove("dropping");
    if (event.dataTransfer.files[0]) open(event.dataTransfer.files[0]);
  });
}

// ---- Beginning

const answer = () => ({ language: reader.language, warnings: reader.warnings, statements: reader.answered });

function listen() {
  $("bar").addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  $("stop").addEventListener("click", () => {
    if (performance.now() - began > DOUBLE_CLICK) running?.abort();
  });
  $("again").addEventListener("click", run);
  $("dismiss").addEventListener("click", untell);
  $("edit").addEventListener("click", () => {
    view("edit");
    $("text").focus();
  });
  $("back").addEventListener("click", () => view("read"));
  $("example").addEventListener("click", () => setText(EXAMPLE));
  const sizeSoon = throttled(size, 200);
  $("text").addEventListener("input", sizeSoon);
  $("text").addEventListener("paste", (event) => {
    const pasted = event.clipboardData?.getData("text/plain") ?? "";
    if (pasted.length < LARGE_PASTE) return;
    event.preventDefault();
    const { selectionStart, selectionEnd } = $("text");
    $("text").setRangeText(pasted, selectionStart, selectionEnd, "end");
    size();
  });
  $("text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) run();
  });
  $("save-json").addEventListener("click", () => save("stance.json", "application/json", jsonOf(answer(), reader.places)));
  $("save-csv").addEventListener("click", () => save("stance.csv", "text/csv;charset=utf-8", csvOf(answer(), reader.places)));
  $("keyform").addEventListener("submit", (event) => {
    event.preventDefault();
    key = $("key").value.trim();
    $("key").value = "";
    $("keyform").hidden = true;
    afterKey?.();
  });
}

/** Learn what the service can do; the page works without it too. */
async function meet() {
  try {
    const about = await model(key);
    limits = about.limits ?? {};
    $("about").textContent = `Model ${about.name}, version ${about.version}`;
    const known = Array.isArray(about.actors) ? about.actors : Object.keys(about.actors ?? {});
    $("known").replaceChildren(...known.map((name) => el("option", { value: name })));
  } catch (error) {
    if (error.status === 401) askForKey(meet);
    else $("about").textContent = "";
  }
}

function explainLabels() {
  const items = LABELS.map((label) => el("li", {}, tag(label), ` ${MEANINGS[label]}`));
  $("guide-labels").replaceChildren(...items);
  $("legend").replaceChildren(...[...LABELS, PENDING].map(tag));
}

// The bar grows with its actors; what sticks below it has to know.
new ResizeObserver(([entry]) => {
  document.documentElement.style.setProperty("--bar", `${Math.ceil(entry.borderBoxSize[0].blockSize)}px`);
}).observe($("bar"));
themeSwitch();
explainLabels();
bar.set(DEFAULT_ACTORS);
listen();
listenToFiles();
meet();
size();
view("edit");
