// The service: one question, answered as a stream of events; what goes wrong is a Problem in plain words.

const ADVICE = {
  400: "The service did not understand the question. Check the actors and the text.",
  401: "Enter the key of this service, or ask for one.",
  403: "This key may not be used here. Enter another one.",
  404: "The service was not found at this address. Is it the right server, and up to date?",
  408: "The service took too long. Try a shorter text, or “quoted only”.",
  413: "The text is too large for this service. Cut it into parts and read them one after the other.",
  422: "The service cannot read this. Check the actors and the text; the reason is below.",
  429: "The service is busy.",
  500: "Something broke in the service. Try again; if it happens once more, tell whoever runs it.",
  503: "The service is not ready or is being restarted. Wait a moment and try again.",
  504: "The service took too long. Try a shorter text, or “quoted only”.",
};

/** What went wrong: `title`, `advice` (what to do), `detail`, `status` (0: no answer at all). */
export class Problem extends Error {
  constructor(status, title, detail = "", advice = null) {
    super(title);
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.advice = advice ?? ADVICE[status] ?? (status >= 500 ? ADVICE[500] : "Try again; the reason is below.");
  }

  static gone() {
    return new Problem(
      0,
      "The service cannot be reached",
      "",
      "Check the connection, and that the server is still running, then try again. Your text is still here.",
    );
  }

  static cut() {
    return new Problem(0, "The answer broke off", "", "What had come until then is still shown. Try again to get the rest.");
  }

  static of(given, status) {
    const known = given && typeof given === "object" ? given : {};
    const number = Number.isInteger(known.status) ? known.status : status;
    return new Problem(number, String(known.title ?? `The service answered ${number}`), String(known.detail ?? ""));
  }
}

/** Seconds of a Retry-After header, which is a number or a date; 5 where there is none. */
function secondsOf(header) {
  if (!header) return 5;
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.min(Math.max(Math.ceil(seconds), 1), 3600) : 5;
}

async function problemOf(response) {
  let given = null;
  try {
    given = await response.json();
  } catch {
    // A proxy's own page: the status alone says what happened.
  }
  return Problem.of(given, response.status);
}

async function ask(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw Problem.gone();
  }
}

const headersOf = (key) => (key ? { Authorization: `Bearer ${key}` } : {});

/** What the service says about its model. */
export async function model(key) {
  const response = await ask("v1/model", { headers: headersOf(key) });
  if (!response.ok) throw await problemOf(response);
  return response.json();
}

/** Wait some seconds, telling how many are left, at last 0; ends with an AbortError when the reader stops. */
function wait(seconds, signal, onWait) {
  return new Promise((resolve, reject) => {
    const until = performance.now() + seconds * 1000;
    const end = (work, value) => {
      clearInterval(timer);
      signal.removeEventListener("abort", stopped);
      work(value);
    };
    const stopped = () => end(reject, signal.reason);
    const look = () => {
      const left = Math.ceil((until - performance.now()) / 1000);
      onWait(Math.max(0, left));
      if (left <= 0) end(resolve);
    };
    const timer = setInterval(look, 250);
    signal.addEventListener("abort", stopped);
    look();
  });
}

/** The lines of a stream of JSON, parsed. */
async function* linesOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = [];
  while (true) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = value.split("\n");
    rest.push(lines[0]);
    if (lines.length === 1) continue;
    // A document of megabytes comes in many pieces: they are joined once, when its line is over.
    for (const line of [rest.join(""), ...lines.slice(1, -1)]) if (line.trim()) yield JSON.parse(line);
    rest = [lines.at(-1)];
  }
  const last = rest.join("");
  if (last.trim()) yield JSON.parse(last);
}

/** Ask about one text; gives each event of the stream to `onEvent` and returns the document. */
export async function predict(question, { key, signal, onEvent, onWait }) {
  let response;
  for (;;) {
    response = await ask("v1/predict", {
      method: "POST",
      signal,
      headers: { "Content-Type": "application/json", Accept: "application/x-ndjson", ...headersOf(key) },
      body: JSON.stringify(question),
    });
    if (response.status !== 429) break;
    await wait(secondsOf(response.headers.get("Retry-After")), signal, onWait);
  }
  if (!response.ok) throw await problemOf(response);
  try {
    if (!response.headers.get("Content-Type")?.includes("ndjson")) return await response.json();
    for await (const event of linesOf(response.body)) {
      if (event.event === "document") return event.document;
      if (event.event === "error") throw Problem.of(event.problem, 500);
      onEvent(event);
    }
  } catch (error) {
    if (error instanceof Problem || error.name === "AbortError") throw error;
    throw Problem.cut();
  }
  throw Problem.cut();
}
