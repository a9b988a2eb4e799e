import { SubscriptionError } from "../errors.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import { ReplicationConnection } from "../replication/replication_connection.ts";
import type { Session } from "../session/session.ts";
import type { Checkpoint, SystemIdentity } from "./checkpoint.ts";
import { checkHistory, forkPoint } from "./timeline.ts";

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
