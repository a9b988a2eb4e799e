import { SubscriptionError } from "../errors.ts";
import { formatLsn, type Lsn, parseServerLsn } from "../lsn.ts";
import type { Checkpoint, SystemIdentity } from "./checkpoint.ts";
import { runTimelineHistory } from "../replication/run_commands.ts";
import type { Session } from "../session/session.ts";

/** The conditions under which a checkpoint of another server or timeline is accepted. */
export interface CheckSystemOptions {
  /** The position up to which events were delivered, if that is beyond the checkpoint. */
  readonly delivered: Lsn;
  /** Whether the checkpoint may be from an earlier timeline. */
  readonly acceptTimeline: boolean;
  /** Aborts the check. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Rejects a checkpoint that is not valid on this server.
 *
 * @param session A connection to the server.
 * @param found The server, and a position from another server or timeline.
 * @param options What is accepted.
 * @throws {SubscriptionError} `otherServer` or `otherTimeline`.
 */
export async function checkOtherSystem(
  session: Session,
  { system, checkpoint }: {
    readonly system: SystemIdentity;
    readonly checkpoint: Checkpoint;
  },
  { delivered, acceptTimeline, signal }: CheckSystemOptions,
): Promise<void> {
  checkCheckpoint(checkpoint, system, acceptTimeline);
  const { timeline } = system;
  const { content } = await runTimelineHistory(session, timeline, { signal });
  const position = delivered > checkpoint.lsn ? delivered : checkpoint.lsn;
  checkHistory(position, forkPoint(content, checkpoint.timeline));
}

function checkCheckpoint(
  checkpoint: Checkpoint,
  found: SystemIdentity,
  acceptTimeline: boolean,
): void {
  if (checkpoint.systemId !== found.systemId) {
    throw new SubscriptionError(
      "otherServer",
      `Cannot continue at ${
        formatLsn(checkpoint.lsn)
      }: that is a position in system ${checkpoint.systemId}, and this server is ${found.systemId}; connect to the other server, or delete the checkpoint and copy the tables again`,
    );
  }
  const sameTimeline = checkpoint.timeline === found.timeline;
  if (
    sameTimeline || (acceptTimeline && checkpoint.timeline < found.timeline)
  ) {
    return;
  }
  throw new SubscriptionError(
    "otherTimeline",
    `Cannot continue at ${
      formatLsn(checkpoint.lsn)
    }: that is a position on timeline ${checkpoint.timeline}, and this server is on timeline ${found.timeline}, as after a failover, which may have lost transactions; compare the data, then pass acceptTimeline: true`,
  );
}

/**
 * Finds where a server's history left a timeline: anything after that position on the
 * timeline is not part of the history.
 *
 * @param history The history file of the server's current timeline: a line for each earlier
 * one, with its number and the position where it was left. Source: `timeline.c`.
 * @param timeline The earlier timeline.
 * @returns The position, or `null` if the timeline is not in the history.
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
 * Rejects a server whose history does not contain what the consumer has received: it was
 * promoted without it. Continuing there would also silently skip what it has written instead.
 *
 * @param position The consumer's position.
 * @param fork The position where the server's history left the consumer's timeline.
 * @throws {SubscriptionError} `otherTimeline`.
 */
export function checkHistory(position: Lsn, fork: Lsn | null): void {
  if (fork !== null && position <= fork) return;
  throw new SubscriptionError(
    "otherTimeline",
    `Cannot continue at ${formatLsn(position)}: ${
      fork === null
        ? "the timeline of that position is not in this server's history"
        : `this server was promoted at ${formatLsn(fork)}`
    }, so it lacks transactions that were delivered, and may have others instead; delete the checkpoint and copy the tables again`,
  );
}
