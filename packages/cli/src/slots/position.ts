import { formatLsn, type Lsn, parseLsn } from "@walbrook/walbrook";
import { UsageError } from "../command/usage_error.ts";
import { bytesText } from "../text/units.ts";

/**
 * Parses the position to which to move a slot.
 *
 * @param option The option's name.
 * @param text Its value.
 * @param end The end of the server's WAL.
 * @throws {UsageError} If it is not a position.
 */
export function readTarget(option: string, text: string, end: Lsn): Lsn {
  if (text === "now") return end;
  try {
    return parseLsn(text);
  } catch {
    throw new UsageError(
      `--${option} "${text}" is not a position: write an LSN such as 0/16B3748, or "now"`,
    );
  }
}

/** Describes what is missing between two positions. */
export function describeGap(from: Lsn, to: Lsn): string {
  return `Changes of transactions that commit between ${formatLsn(from)} and ${
    formatLsn(to)
  } (${
    bytesText(Number(to - from))
  } of WAL) are never delivered through this slot`;
}
