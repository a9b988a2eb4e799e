import { type Lsn, parseServerLsn } from "../lsn.ts";
import type { CommandOptions, Session } from "../session/session.ts";
import type { QueryResult } from "../session/simple_query.ts";
import { integerAt, onlyRow, textAt } from "./command_row.ts";

/** The result of IDENTIFY_SYSTEM. */
export interface SystemIdentification {
  /** The identifier of the cluster, including its physical standbys. */
  readonly systemId: string;
  /** The current timeline. */
  readonly timeline: number;
  /** The position up to which WAL is flushed or, on a standby, replayed. */
  readonly xlogPos: Lsn;
  /** The database; `null` on a connection for physical replication only. */
  readonly databaseName: string | null;
}

/** The command that identifies the cluster, and the end of its WAL. */
export const IDENTIFY_SYSTEM = "IDENTIFY_SYSTEM";

/** Runs IDENTIFY_SYSTEM: identifies the cluster, and the end of its WAL. */
export async function identifySystem(
  session: Session,
  options: CommandOptions,
): Promise<SystemIdentification> {
  return readSystem(await session.query(IDENTIFY_SYSTEM, options));
}

/**
 * Reads the answer to IDENTIFY_SYSTEM.
 *
 * @throws {ProtocolError} If it is none.
 */
export function readSystem(
  results: readonly QueryResult[],
): SystemIdentification {
  const row = onlyRow(results, IDENTIFY_SYSTEM);
  return {
    systemId: textAt(row, 0, IDENTIFY_SYSTEM),
    timeline: integerAt(row, 1, IDENTIFY_SYSTEM),
    xlogPos: parseServerLsn(row[2] ?? null, "xlogpos"),
    databaseName: row[3] ?? null,
  };
}
