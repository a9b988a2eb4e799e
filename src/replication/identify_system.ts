import { type Lsn, parseServerLsn } from "../lsn.ts";
import type { CommandOptions, Session } from "../session/session.ts";
import { commandRow, integerAt, textAt } from "./command_row.ts";

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

const COMMAND = "IDENTIFY_SYSTEM";

/** Runs IDENTIFY_SYSTEM: identifies the cluster, and the end of its WAL. */
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
