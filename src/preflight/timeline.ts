import { SubscriptionError } from "../errors.ts";
import { formatLsn, type Lsn, parseServerLsn } from "../lsn.ts";

/**
 * Finds where a server's history has left a timeline: what lies behind that position on
 * it is not part of the history.
 *
 * @param history The history file of the server's present timeline: a line for each one
 * before it, with its number and where it was left. Source: `timeline.c`.
 * @param timeline The earlier timeline.
 * @returns The position, or `null` if the history does not know that timeline.
 */
export function forkPoint(history: string, timeline: number): Lsn | null {
  for (const line of history.split("\n")) {
    const [id, end] = line.trim().split(/\s+/);
    if (id !== `${timeline}`) continue;
    return parseServerLsn(end ?? null, "the end of a timeline");
  }
  return null;
}

/**
 * Refuses a server whose history does not hold what the consumer has got: it was
 * promoted without it. To go on there would also skip, in silence, what it has written
 * instead.
 *
 * @param position How far the consumer is.
 * @param fork Where the server's history has left the consumer's timeline.
 * @throws {SubscriptionError} `otherTimeline`.
 */
export function checkHistory(position: Lsn, fork: Lsn | null): void {
  if (fork !== null && position <= fork) return;
  throw new SubscriptionError(
    "otherTimeline",
    `Cannot go on at ${formatLsn(position)}: ${
      fork === null
        ? "this server's history does not know the timeline of that position"
        : `this server was promoted at ${formatLsn(fork)}`
    }, so that it lacks transactions that were delivered, and may have others instead; forget the checkpoint and copy the tables anew`,
  );
}
