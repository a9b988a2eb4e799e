import type { TypeParsers } from "@walbrook/walbrook";

/**
 * A json or jsonb value that was not parsed: JavaScript's numbers would lose digits
 * that the database has.
 */
export class JsonText {
  /** The JSON, on one line. */
  readonly text: string;

  /** @param text The JSON, as the server sent it. */
  constructor(text: string) {
    // Within JSON's strings a line break is always escaped.
    this.text = text.replace(/[\r\n]+/g, " ");
  }
}

/** Leaves json and jsonb as they are. */
export const JSON_AS_TEXT: TypeParsers = {
  json: (text) => new JsonText(text),
  jsonb: (text) => new JsonText(text),
};
