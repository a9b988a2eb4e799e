import { SubscriptionError } from "../errors.ts";
import { formatLsn, type Lsn, parseServerLsn } from "../lsn.ts";
import type { Checkpoint, SystemIdentity } from "./checkpoint.ts";
import { ReplicationConnection } from "../replication/replication_connection.ts";
import type { Session } from "../session/session.ts";

/** What allows a checkpoint of another server or timeline. */
export interface OtherSystemOptions {
  /** How far events were delivered, if that is further than the checkpoint. */
  readonly delivered: Lsn;
  /** Whether the checkpoint may be one of an earlier timeline. */
  readonly acceptTimeline: boolean;
  /** Gives up. */
  readonly signal: AbortSignal | undefined;
}

/**
 * Refuses a checkpoint that is of no use on this server.
 *
 * @param session A connection to the server.
 * @param found Which server it is, and a position on another one or on another timeline.
 * @param options What is allowed.
 * @throws {SubscriptionError} `otherServer` or `otherTimeline`.
 */
export async function checkOtherSystem(
  session: Session,
  { system, checkpoint }: {
    readonly system: SystemIdentity;
    readonly checkpoint: Checkpoint;
  },
  { delivered, acceptTimeline, signal }: OtherSystemOptions,
): Promise<void> {
  checkCheckpoint(checkpoint, system, acceptTimeline);
  const { timeline } = system;
  const connection = new ReplicationConnection(session);
  const { content } = await connection.timelineHistory(timeline, { signal });
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
      `Cannot go on at ${
        formatLsn(checkpoint.lsn)
      }: that is a position in system ${checkpoint.systemId}, and this server is ${found.systemId}; connect to the other one, or forget the checkpoint and copy the tables anew`,
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
    `Cannot go on at ${
      formatLsn(checkpoint.lsn)
    }: that is a position on timeline ${checkpoint.timeline}, and this server is on ${found.timeline}, as after a failover, which may have lost transactions; compare the data, then pass acceptTimeline: true`,
  );
}

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
