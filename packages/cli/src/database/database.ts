import {
  connect,
  type ReplicationConnection,
} from "@walbrook/walbrook/replication";
import type { CommandContext } from "../command/command.ts";
import { describeNotice } from "../text/notice_text.ts";
import { requireConnection } from "./connection_argument.ts";

/** A row, by the names of its columns. */
export type TextRow = Readonly<Record<string, string | null>>;

/** A connection for querying the catalog and managing slots. */
export class Database implements AsyncDisposable {
  /** The connection itself. */
  readonly connection: ReplicationConnection;
  readonly #signal: AbortSignal;

  /**
   * @param connection The open connection.
   * @param signal Aborts all queries.
   */
  constructor(connection: ReplicationConnection, signal: AbortSignal) {
    this.connection = connection;
    this.#signal = signal;
  }

  /** Returns the rows of one statement. */
  async rows(sql: string): Promise<TextRow[]> {
    const results = await this.connection.query(sql, { signal: this.#signal });
    const { fields = [], rows = [] } = results.at(-1) ?? {};
    return rows.map((row) =>
      Object.fromEntries(fields.map(({ name }, i) => [name, row[i] ?? null]))
    );
  }

  /** Returns the first column of the first row of one statement. */
  async value(sql: string): Promise<string | null> {
    const [row = {}] = await this.rows(sql);
    return Object.values(row)[0] ?? null;
  }

  /** Closes the connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.close();
  }
}

/**
 * Opens the database of a command line. Names in SQL are looked up in the catalog, whatever
 * the role's `search_path`.
 *
 * @param context The command.
 * @param operand The index of the operand with the connection.
 */
export async function openDatabase(
  { host, args }: CommandContext,
  operand: number,
): Promise<Database> {
  const from = requireConnection(args.operands[operand], host.variable);
  const connection = await connect(from, {
    signal: host.stop,
    ...args.flag("verbose")
      ? { onNotice: (notice) => host.tell([describeNotice(notice)]) }
      : {},
  });
  try {
    await connection.query(
      "SELECT pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', false)",
      { signal: host.stop },
    );
  } catch (error) {
    await connection.close();
    throw error;
  }
  return new Database(connection, host.stop);
}

/** Formats a text as an SQL literal. */
export function literal(text: string): string {
  const quoted = `'${text.replaceAll("'", "''")}'`;
  return text.includes("\\") ? ` E${quoted.replaceAll("\\", "\\\\")}` : quoted;
}

/** Formats a name as an SQL identifier. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
