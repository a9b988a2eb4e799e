import { createCodecFinder, type TextParser } from "@walbrook/walbrook/values";

const codecFor = createCodecFinder();

/** The library's own function for values of a type in text format. */
export function textParser(typeOid: number): TextParser {
  return codecFor(typeOid).fromText;
}
