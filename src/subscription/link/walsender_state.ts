import { sqlLiteral } from "../../catalog/sql_literal.ts";
import type { ConnectionSettings } from "../../connection/connection_settings.ts";
import { withDeadline } from "../../deadline.ts";
import { ConnectionError } from "../../errors.ts";
import type {
  QuestionLimits,
  WalsenderState,
} from "../../feedback/liveness_monitor.ts";
import { openSession } from "../../session/open_session.ts";
import type { Dial } from "../../socket/socket.ts";

/** Identifies the walsender to check. */
export interface WalsenderStateOptions extends QuestionLimits {
  /** The runtime's sockets. */
  readonly dial: Dial;
  /** The server, and the credentials. */
  readonly settings: ConnectionSettings;
  /** The slot that it streams. */
  readonly slot: string;
  /** Its process id. */
  readonly processId: number;
}

/**
 * Checks through a separate login what the walsender of a slot is doing. One that waits for
 * its client (a wait event of type Client or Activity) has answered every request, so a
 * client that receives nothing from it has a broken link. One that computes, or waits for a
 * disk or a lock, answers when that is done.
 *
 * Source: the manual, "Wait Event Types".
 *
 * @param options The walsender.
 */
export async function walsenderState(
  options: WalsenderStateOptions,
): Promise<WalsenderState> {
  const { signal, timeoutMs } = options;
  return await withDeadline(
    { signal, timeoutMs, timeoutError },
    (signal) => ask({ ...options, signal }),
  );
}

async function ask(
  { dial, settings, signal, slot, processId }: WalsenderStateOptions,
): Promise<WalsenderState> {
  const session = await openSession({
    ...{ dial, settings, signal, replication: undefined },
    onNotice: () => {},
  });
  try {
    const [result] = await session.query(
      walsenderQuery(slot, processId),
      { signal },
    );
    const row = result?.rows[0];
    if (row === undefined) return "gone";
    const [waitsFor] = row;
    return waitsFor === "Client" || waitsFor === "Activity"
      ? "waiting"
      : "working";
  } finally {
    await session.close();
  }
}

/** Writes the query for the wait event of a slot's walsender. */
export function walsenderQuery(slot: string, processId: number): string {
  return "SELECT a.wait_event_type FROM pg_catalog.pg_replication_slots s " +
    "JOIN pg_catalog.pg_stat_activity a ON a.pid OPERATOR(pg_catalog.=) s.active_pid " +
    `WHERE s.slot_name OPERATOR(pg_catalog.=) ${
      sqlLiteral(slot)
    } AND a.pid OPERATOR(pg_catalog.=) ${processId}`;
}

function timeoutError(): ConnectionError {
  return new ConnectionError(
    "Cannot check the state of the walsender: the server does not answer",
  );
}
