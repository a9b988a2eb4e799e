import { ProtocolError } from "../errors.ts";
import type { CommandOptions, Session } from "../session/session.ts";
import type { QueryResult } from "../session/simple_query.ts";

/** The single row in the answer to a replication command. */
export type CommandRow = readonly (string | null)[];

/**
 * Runs a replication command that returns one row.
 *
 * @throws {ProtocolError} If it returns none.
 */
export async function commandRow(
  session: Session,
  command: string,
  options: CommandOptions,
): Promise<CommandRow> {
  return onlyRow(await session.query(command, options), command);
}

/**
 * Returns the single row of an answer.
 *
 * @throws {ProtocolError} If there is none.
 */
export function onlyRow(
  [result]: readonly QueryResult[],
  command: string,
): CommandRow {
  const row = result?.rows[0];
  if (row !== undefined) return row;
  throw new ProtocolError(
    `Cannot read the answer to ${command}: it has no row`,
  );
}

/**
 * Reads a column that is never null.
 *
 * @throws {ProtocolError} If it is missing.
 */
export function textAt(
  row: CommandRow,
  index: number,
  command: string,
): string {
  const value = row[index] ?? null;
  if (value !== null) return value;
  throw new ProtocolError(
    `Cannot read the answer to ${command}: column ${index + 1} is missing`,
  );
}

/**
 * Reads a column that is an integer.
 *
 * @throws {ProtocolError} If it is not an integer, or missing.
 */
export function integerAt(
  row: CommandRow,
  index: number,
  command: string,
): number {
  const value = textAt(row, index, command);
  if (/^\d+$/.test(value)) return Number(value);
  throw new ProtocolError(
    `Cannot read the answer to ${command}: column ${index + 1} is "${value}"`,
  );
}
