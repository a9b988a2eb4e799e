import { type Lsn, parseServerLsn } from "../lsn.ts";
import type { CommandOptions, Session } from "../session/session.ts";
import { commandRow, integerAt, textAt } from "./command_row.ts";

/** What IDENTIFY_SYSTEM tells. */
export interface SystemIdentification {
  /** Identifies the cluster, and its physical standbys with it. */
  readonly systemId: string;
  /** The present timeline. */
  readonly timeline: number;
  /** How far WAL is flushed; on a standby, replayed. */
  readonly xlogPos: Lsn;
  /** The database; `null` on a connection for physical replication only. */
  readonly databaseName: string | null;
}

const COMMAND = "IDENTIFY_SYSTEM";

/** Runs IDENTIFY_SYSTEM: which cluster this is, and where its WAL ends. */
export async function identifySystem(
  session: Session,
  options: CommandOptions,
): Promise<SystemIdentification> {
  const row = await commandRow(session, COMMAND, options);
  return {
    systemId: textAt(row, 0, COMMAND),
    timeline: integerAt(row, 1, COMMAND),
    xlogPos: parseServerLsn(row[2] ?? null, "xlogpos"),
    databaseName: row[3] ?? null,
  };
}
