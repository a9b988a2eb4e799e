import type { Lsn } from "../lsn.ts";
import { ReplicationConnection } from "../replication/replication_connection.ts";
import type { Session } from "../session/session.ts";
import { createSlot } from "./create_slot.ts";
import type { PreflightOptions } from "./preflight_options.ts";
import { nameTaken } from "./preflight_refusal.ts";
import type { FoundSlot, WantedSlot } from "./wanted_slot.ts";
import { invalidated } from "./slot_gap.ts";

/**
 * Creates the slot where there is none that can be streamed from, if that is wanted.
 *
 * @param session A connection to the server.
 * @param slots What was found, and what is wanted.
 * @param options What is allowed.
 * @returns Where the slot begins.
 * @throws {SubscriptionError} `slotMissing` or `slotUnusable`, if it is not.
 */
export async function obtainSlot(
  session: Session,
  { found, wanted }: {
    readonly found: FoundSlot | null;
    readonly wanted: WantedSlot;
  },
  { checkpoint, continuePastGaps, signal, stopClock }: PreflightOptions,
): Promise<Lsn> {
  const { name } = wanted;
  if (found !== null) {
    // Someone else's position is not to be moved by a subscription that only looks on.
    if (wanted.temporary === true) throw nameTaken(name);
    if (found.invalidation === null) return found.confirmed;
    if (wanted.create !== true || !continuePastGaps) {
      throw invalidated(name, found.invalidation, found.confirmed);
    }
    const connection = new ReplicationConnection(session);
    await connection.dropReplicationSlot(name, { signal });
  }
  const after = checkpoint?.lsn ?? null;
  return await stopClock(() => createSlot(session, wanted, { after, signal }));
}
