import { type Checkpoint, formatLsn, parseLsn } from "@walbrook/walbrook";

/** Writes a checkpoint as JSON, which has no `bigint`. */
export function formatCheckpoint(
  { lsn, systemId, timeline }: Checkpoint,
): string {
  return JSON.stringify({ lsn: formatLsn(lsn), systemId, timeline });
}

/** Reads what {@linkcode formatCheckpoint} wrote. */
export function parseCheckpoint(text: string): Checkpoint {
  const { lsn, systemId, timeline } = JSON.parse(text);
  return { lsn: parseLsn(lsn), systemId, timeline };
}
