// Offsets of the service count characters (code points); strings of the browser count UTF-16 units.

const isHigh = (code) => code >= 0xd800 && code <= 0xdbff;
const isLow = (code) => code >= 0xdc00 && code <= 0xdfff;

/** The places of a text: from offsets of the service to those of the browser. */
export class Places {
  constructor(text) {
    this.text = text;
    /** Offsets (characters) of those that take two units. */
    this.wide = [];
    let points = 0;
    for (let unit = 0; unit < text.length; unit += 1, points += 1) {
      if (isHigh(text.charCodeAt(unit)) && isLow(text.charCodeAt(unit + 1))) {
        this.wide.push(points);
        unit += 1;
      }
    }
    /** Length in characters. */
    this.length = points;
  }

  /** The unit at which a character stands; a place outside the text is moved to its edge. */
  unit(point) {
    const inside = Math.min(Math.max(0, point), this.length);
    let low = 0;
    let high = this.wide.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.wide[middle] < inside) low = middle + 1;
      else high = middle;
    }
    return inside + low;
  }

  slice(start, end) {
    return this.text.slice(this.unit(start), this.unit(end));
  }
}

/** What the service reads: half a surrogate pair is no character in UTF-8, and one unit stands for it. */
export function wellFormed(text) {
  return text.toWellFormed ? text.toWellFormed() : text.replace(/\p{Surrogate}/gu, "\ufffd");
}
