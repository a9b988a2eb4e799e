// What could move the cursor, ring the bell, or make text run backwards: control
// characters, line separators, marks of direction, halves of surrogate pairs.
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Makes text harmless for a terminal: what is no plain text is shown as an escape. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (character) =>
    SHORT_ESCAPES[character] ??
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Cuts text to a number of characters, the last of them `…` if something is missing. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  // Enough of it, should every character be a pair.
  const characters = [...text.slice(0, 2 * length + 2)];
  return characters.length <= length
    ? text
    : characters.slice(0, length - 1).join("") + "…";
}

/** How many characters of text a terminal shows, colours left out. */
export function visibleLength(text: string): number {
  // deno-lint-ignore no-control-regex
  return [...text.replace(/\x1b\[[\d;]*m/g, "")].length;
}

/** Text on one line, for messages that the server may have broken into several. */
export function oneLine(text: string): string {
  return escapeControls(text.trim().replace(/\s+/g, " "));
}

/** Wraps text into the colours of a terminal, or leaves it as it is. */
export interface Palette {
  /** For what is less important. */
  readonly dim: (text: string) => string;
  /** For headings. */
  readonly bold: (text: string) => string;
  /** For what is gone. */
  readonly red: (text: string) => string;
  /** For what is new. */
  readonly green: (text: string) => string;
  /** For what is different. */
  readonly yellow: (text: string) => string;
  /** For what was said. */
  readonly cyan: (text: string) => string;
}

/** The palette of a terminal with colours, or of everything else. */
export function palette(color: boolean): Palette {
  const paint = (on: number, off: number) => (text: string): string =>
    color ? `\x1b[${on}m${text}\x1b[${off}m` : text;
  return {
    dim: paint(2, 22),
    bold: paint(1, 22),
    red: paint(31, 39),
    green: paint(32, 39),
    yellow: paint(33, 39),
    cyan: paint(36, 39),
  };
}
