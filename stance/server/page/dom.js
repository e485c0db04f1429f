// Making nodes. Data only ever becomes text or an attribute's value: nothing here reads markup.

export const $ = (id) => document.getElementById(id);

/** An element with attributes and children; a child is a node or text, and null is left out. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "class") node.className = value;
    else if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** A label as a sign and a word; both are drawn by its class, so that a new colour changes classes alone. */
export const tag = (label) => el("span", { class: `tag ${label}` });

/** Whether the reader asked for little movement. */
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** For every millisecond of work so many pass before the next. */
const SHARE = 20;

/** A function that runs at most every `wait` milliseconds, and more seldom where it takes long: the browser may have the
 * same processors as the model. It runs once more after the last call. */
export function throttled(work, wait) {
  let timer = 0;
  let last = -Infinity;
  const run = () => {
    timer = 0;
    const begun = performance.now();
    work();
    const ended = performance.now();
    last = ended + SHARE * (ended - begun);
  };
  const call = () => {
    if (!timer) timer = setTimeout(run, Math.max(0, last + wait - performance.now()));
  };
  call.now = () => {
    clearTimeout(timer);
    run();
  };
  call.cancel = () => {
    clearTimeout(timer);
    timer = 0;
  };
  return call;
}
