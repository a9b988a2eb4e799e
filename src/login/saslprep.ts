import {
  type CodePointRanges,
  includesCodePoint,
  LEFT_TO_RIGHT,
  PROHIBITED,
  RIGHT_TO_LEFT,
  UNASSIGNED,
} from "./stringprep_tables.ts";

// Tables C.1.2 and B.1 of RFC 3454. A zero-width space is in both; the server treats it as a
// space.
const NON_ASCII_SPACE = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u3000]/g;
const MAPPED_TO_NOTHING =
  /[\u00ad\u034f\u1806\u180b-\u180d\u200c\u200d\u2060\ufe00-\ufe0f\ufeff]/g;

/**
 * Normalizes a password for SCRAM. As in the server, a password that SASLprep prohibits is
 * used unchanged.
 *
 * Source: RFC 4013; `pg_saslprep` in src/common/saslprep.c.
 *
 * @param password The password as the user wrote it.
 */
export function saslPrep(password: string): string {
  if (!/[^\0-\x7f]/.test(password)) return password;
  const prepared = password
    .replace(NON_ASCII_SPACE, " ")
    .replace(MAPPED_TO_NOTHING, "")
    .normalize("NFKC");
  return isAllowed(prepared) ? prepared : password;
}

function isAllowed(text: string): boolean {
  const codePoints = Array.from(text, (character) => codePointOf(character));
  const has = (ranges: CodePointRanges) =>
    codePoints.some((codePoint) => includesCodePoint(ranges, codePoint));
  if (text === "" || has(PROHIBITED) || has(UNASSIGNED)) return false;
  if (!has(RIGHT_TO_LEFT)) return true;
  // RFC 3454, section 6: right-to-left text begins and ends with such characters, and
  // contains none of the other direction.
  return !has(LEFT_TO_RIGHT) &&
    [codePoints[0], codePoints[codePoints.length - 1]].every((codePoint) =>
      includesCodePoint(RIGHT_TO_LEFT, codePoint ?? 0)
    );
}

function codePointOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}
