import { PostgresError, SubscriptionError } from "../errors.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import { findSlot } from "./find_slot.ts";
import type { PreflightOptions } from "./preflight_options.ts";
import { invalidated, nameTaken } from "./refusals.ts";
import type { FoundSlot, WantedSlot } from "./wanted_slot.ts";
import {
  runCreateReplicationSlot,
  runDropReplicationSlot,
} from "../replication/run_commands.ts";
import type { Session } from "../session/session.ts";
import * as SQLSTATE from "../sqlstate.ts";

/**
 * Creates the slot if there is no usable one and creation is requested.
 *
 * @param session A connection to the server.
 * @param slots The slot that was found, and the one that is requested.
 * @param options What is accepted.
 * @returns The slot's start position.
 * @throws {SubscriptionError} `slotMissing` or `slotUnusable`, if it must not be created.
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
    // A subscription that only observes must not move someone else's position.
    if (wanted.temporary === true) throw nameTaken(name);
    if (found.invalidation === null) return found.confirmed;
    if (wanted.create !== true || !continuePastGaps) {
      throw invalidated(name, found.invalidation, found.confirmed);
    }
    await runDropReplicationSlot(session, name, { signal });
  }
  const after = checkpoint?.lsn ?? null;
  return await stopClock(() => createSlot(session, wanted, { after, signal }));
}

/**
 * Creates a slot, if requested.
 *
 * @param after The changes known to be lost if there is no slot, or `null`.
 * @returns The slot's start position.
 * @throws {SubscriptionError} `slotMissing` if it must not be created.
 */
export async function createSlot(
  session: Session,
  slot: WantedSlot,
  { after, signal }: { after: Lsn | null; signal: AbortSignal | undefined },
): Promise<Lsn> {
  if (slot.create !== true) {
    throw new SubscriptionError(
      "slotMissing",
      `Cannot subscribe: there is no replication slot "${slot.name}"; ${
        after === null
          ? "pass create: true to create it, or check whether it was dropped, which loses changes"
          : `it was dropped, so changes after ${
            formatLsn(after)
          } are lost; copy the tables again, or pass create: true and gaps: "event" to continue after the gap`
      }`,
    );
  }
  try {
    const created = await runCreateReplicationSlot(session, slot.name, {
      kind: "logical",
      plugin: slot.plugin,
      temporary: slot.temporary ?? false,
      failover: slot.failover ?? false,
      twoPhase: slot.twoPhase,
      signal,
    });
    return created.consistentPoint;
  } catch (error) {
    // It may have been created concurrently.
    const raced = error instanceof PostgresError &&
      error.code === SQLSTATE.DUPLICATE_OBJECT;
    const found = raced ? await findSlot(session, slot, signal) : null;
    if (found === null) throw error;
    return found.confirmed;
  }
}
