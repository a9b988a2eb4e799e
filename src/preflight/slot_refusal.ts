import { ConnectionError, SubscriptionError } from "../errors.ts";
import type { WantedSlot } from "./wanted_slot.ts";

/**
 * Says why a slot can't be followed.
 *
 * @param row What the server says of it: its kind, plugin, database, `wal_status`,
 * whether it is two-phase, its position, and the present database.
 * @param wanted What was asked for.
 */
export function slotRefusal(
  row: readonly (string | null)[],
  wanted: WantedSlot,
): SubscriptionError | ConnectionError {
  const [type, plugin, database, , twoPhase, , current] = row;
  const { name } = wanted;
  const problem = type !== "logical"
    ? "it is a physical one; use another name"
    : database !== current
    ? `it belongs to database "${database}", and this connection is to "${current}"`
    : plugin !== wanted.plugin
    ? `its output plugin is "${plugin}", not ${wanted.plugin}; use another name`
    : twoPhase === "t" && !wanted.twoPhase
    ? `it sends transactions when they are prepared; ${
      plugin === "pgoutput" ? "pass twoPhase: true, or " : ""
    }use a slot that was created without TWO_PHASE`
    : null;
  if (problem !== null) {
    return new SubscriptionError(
      "slotUnusable",
      `Cannot subscribe to replication slot "${name}": ${problem}`,
    );
  }
  // It passes: with the promotion, or once the primary can be reached again.
  return new ConnectionError(
    `Cannot stream from replication slot "${name}" here: this server is a standby, which keeps a copy of it for the time after its promotion; name all servers in connection, with target_session_attrs=read-write`,
  );
}
