// Characters that could move the cursor, ring the bell, or reverse the direction of text:
// control characters, line separators, direction marks, and halves of surrogate pairs.
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;

const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Makes text safe for a terminal: characters that are not plain text are escaped. */
export function escapeControls(text: string): string {
  return text.replace(UNSAFE, (character) =>
    SHORT_ESCAPES[character] ??
      `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Truncates text to a number of characters, ending with `…` if something is missing. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  // Enough of it, even if every character is a pair.
  const characters = [...text.slice(0, 2 * length + 2)];
  return characters.length <= length
    ? text
    : characters.slice(0, length - 1).join("") + "…";
}

/** Returns the number of characters that a terminal shows, excluding colours. */
export function visibleLength(text: string): number {
  // deno-lint-ignore no-control-regex
  return [...text.replace(/\x1b\[[\d;]*m/g, "")].length;
}

/** Joins text to one line, for messages in which the server may use several. */
export function oneLine(text: string): string {
  return escapeControls(text.trim().replace(/\s+/g, " "));
}

/** Formats text in the colours of a terminal, or leaves it unchanged. */
export interface Palette {
  /** For less important text. */
  readonly dim: (text: string) => string;
  /** For headings. */
  readonly bold: (text: string) => string;
  /** For deleted values. */
  readonly red: (text: string) => string;
  /** For new values. */
  readonly green: (text: string) => string;
  /** For changed values. */
  readonly yellow: (text: string) => string;
  /** For messages. */
  readonly cyan: (text: string) => string;
}

/** Returns the palette with or without colours. */
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
