import { formatLsn, parseLsn } from "../lsn.ts";
import type { Checkpoint } from "../preflight/checkpoint.ts";

/**
 * Writes a checkpoint as JSON. JSON has no `bigint`, so the position is text, in the format
 * of {@linkcode formatLsn}.
 *
 * @example
 * ```ts
 * import { formatCheckpoint } from "@walbrook/walbrook/checkpoint";
 * import { parseLsn } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * const lsn = parseLsn("16/B374D848");
 * assertEquals(
 *   formatCheckpoint({ lsn, systemId: "7", timeline: 1 }),
 *   '{"lsn":"16/B374D848","systemId":"7","timeline":1}',
 * );
 * ```
 *
 * @param checkpoint The position, its server, and the progress of the copies if there is one.
 * @returns The text, for {@linkcode parseCheckpoint}.
 */
export function formatCheckpoint(
  { lsn, systemId, timeline, snapshot }: Checkpoint,
): string {
  return JSON.stringify({
    lsn: formatLsn(lsn),
    ...{ systemId, timeline, snapshot },
  });
}

/**
 * Parses the output of {@linkcode formatCheckpoint}.
 *
 * @example
 * ```ts
 * import { parseCheckpoint } from "@walbrook/walbrook/checkpoint";
 * import { assertEquals } from "@std/assert";
 *
 * const text = '{"lsn":"0/10","systemId":"7","timeline":1}';
 * assertEquals(parseCheckpoint(text).lsn, 16n);
 * ```
 *
 * @param text The text.
 * @returns The checkpoint.
 * @throws {SyntaxError} If the text is not a checkpoint.
 */
export function parseCheckpoint(text: string): Checkpoint {
  const value: unknown = readJson(text);
  const { lsn, systemId, timeline, snapshot } = (value ?? {}) as Partial<
    Record<keyof Checkpoint, unknown>
  >;
  const isOne = typeof lsn === "string" && typeof systemId === "string" &&
    Number.isInteger(timeline);
  if (!isOne) throw noCheckpoint(text);
  const position = {
    lsn: parseLsn(lsn),
    ...{ systemId, timeline: timeline as number },
  };
  return snapshot === undefined || snapshot === null ? position : {
    ...position,
    snapshot: snapshot as NonNullable<Checkpoint["snapshot"]>,
  };
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw noCheckpoint(text);
  }
}

const MOST_QUOTED = 80;

function noCheckpoint(text: string): SyntaxError {
  const quoted = JSON.stringify(text.slice(0, MOST_QUOTED));
  return new SyntaxError(
    `Cannot read a checkpoint from ${quoted}: expected JSON with "lsn", "systemId" and "timeline"`,
  );
}
