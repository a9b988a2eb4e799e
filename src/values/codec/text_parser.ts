/**
 * Makes a value of the text that the server has for it. It may throw, if the text
 * has another form than the type's.
 */
export type TextParser = (text: string) => unknown;
