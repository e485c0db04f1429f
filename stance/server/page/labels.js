// What the labels are called and how they are shown where colour alone would not do.

/** Labels of a stance, in the order of the model. */
export const LABELS = ["against", "favor", "neutral", "unrelated"];
export const TONES = ["negative", "neutral", "positive"];
/** The sign that stands for a label; the same as in every picture that the library draws. */
export const SIGNS = { against: "−", favor: "+", neutral: "○", unrelated: "·", pending: "…" };
export const MEANINGS = {
  against: "blames, condemns, threatens, mocks",
  favor: "praises, thanks, defends, supports",
  neutral: "speaks about it without taking a side",
  unrelated: "says nothing about it",
};
/** A tone is coloured like the stance that it resembles. */
export const TONE_LABEL = { negative: "against", neutral: "neutral", positive: "favor" };
/** The label of a statement that no answer has come for, or that was not asked about the chosen actor. */
export const PENDING = "pending";

const LANGUAGES = new Intl.DisplayNames(["en"], { type: "language" });
const NUMBERS = new Intl.NumberFormat("en");

export const count = (number) => NUMBERS.format(number);
export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
export const percent = (share) => `${Math.round(share * 100)} %`;
export const speakerOf = (statement) => statement.speaker ?? "not named";

/** The English name of a language, or its code where the browser knows none. */
export function languageName(code) {
  try {
    return LANGUAGES.of(code) ?? code;
  } catch {
    return code;
  }
}

/** The label of a statement toward an actor. */
export function labelOf(statement, actor) {
  // An actor may be called "constructor": only what the answer itself holds counts.
  const stances = statement.stances;
  return stances && Object.hasOwn(stances, actor) ? stances[actor].label : PENDING;
}
