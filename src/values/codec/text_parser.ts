/**
 * Parses the server's text for a value. It may throw if the text does not have the type's
 * format.
 */
export type TextParser = (text: string) => unknown;
