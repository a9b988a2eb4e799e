import { formatLsn, parseLsn } from "../../lsn.ts";
import type { StoredPosition } from "../engine/position.ts";
import type { RunQuery } from "./describe_target.ts";
import { quoteName, quoteText } from "./sql.ts";

/** The stored state of a table's copy. */
export interface RememberedCopy {
  /** Its number. */
  readonly run: number;
  /** The table of the keys that it has brought, quoted; `null` for none. */
  readonly seen: string | null;
}

/** The tables beside the rows: the position, the known tables, and their copies. */
export class Bookkeeping {
  readonly #query: RunQuery;
  readonly #name: string;
  readonly #schema: string;

  /**
   * @param query Runs a statement.
   * @param names The name of the position, and the schema, quoted.
   */
  constructor(
    query: RunQuery,
    { name, schema }: { readonly name: string; readonly schema: string },
  ) {
    this.#query = query;
    this.#name = name;
    this.#schema = schema;
  }

  /** Creates the tables if they are missing, and reads the position. */
  async open(): Promise<StoredPosition | null> {
    const schema = this.#schema;
    const { rows: [found] } = await this.#query(
      "SELECT to_regclass($1) IS NOT NULL AS there",
      [`${schema}.copies`],
    );
    if (found?.there !== true) {
      await this.#query(`CREATE SCHEMA IF NOT EXISTS ${schema};
CREATE TABLE IF NOT EXISTS ${schema}.positions (name text PRIMARY KEY,
  system_id text NOT NULL, timeline int NOT NULL, lsn pg_lsn NOT NULL, snapshot jsonb,
  updated_at timestamptz NOT NULL);
CREATE TABLE IF NOT EXISTS ${schema}.tables (name text, oid oid, schema_name text NOT NULL,
  table_name text NOT NULL, PRIMARY KEY (name, oid));
CREATE TABLE IF NOT EXISTS ${schema}.copies (name text, oid oid, run int8 NOT NULL,
  seen text, PRIMARY KEY (name, oid))`);
    }
    const { rows: [row] } = await this.#query(
      `SELECT system_id, timeline, lsn::text AS lsn, snapshot::text AS snapshot
FROM ${schema}.positions WHERE name = $1`,
      [this.#name],
    );
    if (row === undefined) return null;
    return {
      lsn: parseLsn(`${row.lsn}`),
      systemId: `${row.system_id}`,
      timeline: Number(row.timeline),
      snapshot: row.snapshot === null ? null : JSON.parse(`${row.snapshot}`),
    };
  }

  /**
   * Commits the transaction with a position.
   *
   * @returns Whether the previous position is the expected one. If not, the transaction has
   * failed.
   */
  async commit(
    before: StoredPosition | null,
    after: StoredPosition,
  ): Promise<boolean> {
    try {
      // Dividing by zero is how one statement can prevent the next one from running.
      await this.#query(
        `WITH moved AS (${this.#moveSql(before, after)} RETURNING 1)
SELECT 1 / count(*) FROM moved; COMMIT`,
      );
      return true;
    } catch (error) {
      if ((error as { readonly code?: string }).code !== "22012") throw error;
      return false;
    }
  }

  #moveSql(before: StoredPosition | null, after: StoredPosition): string {
    const { systemId, timeline, lsn, snapshot } = after;
    const values = [
      quoteText(systemId),
      `${timeline}`,
      quoteText(formatLsn(lsn)),
      snapshot === null ? "NULL" : quoteText(JSON.stringify(snapshot)),
      "now()",
    ];
    const table = `${this.#schema}.positions`;
    const name = quoteText(this.#name);
    const columns = "system_id, timeline, lsn, snapshot, updated_at";
    return before === null
      ? `INSERT INTO ${table} (name, ${columns}) VALUES (${name}, ${
        values.join(", ")
      }) ON CONFLICT DO NOTHING`
      : `UPDATE ${table} SET (${columns}) = (${
        values.join(", ")
      }) WHERE name = ${name} AND lsn = ${quoteText(formatLsn(before.lsn))}`;
  }

  /** Returns the stored state of a table's copy. */
  async copyOf(oid: number): Promise<RememberedCopy | undefined> {
    const { rows: [row] } = await this.#query(
      `SELECT run, seen FROM ${this.#schema}.copies WHERE name = $1 AND oid = $2::oid`,
      [this.#name, `${oid}`],
    );
    return row && { run: Number(row.run), seen: row.seen as string | null };
  }

  /** Stores the state of a table's copy. */
  async setCopy(oid: number, { run, seen }: RememberedCopy): Promise<void> {
    await this.#query(
      `INSERT INTO ${this.#schema}.copies (name, oid, run, seen) VALUES ($1, $2::oid, $3::int8, $4)
ON CONFLICT (name, oid) DO UPDATE SET run = excluded.run, seen = excluded.seen`,
      [this.#name, `${oid}`, `${run}`, seen],
    );
  }

  /** Creates an empty table for the keys of a table. */
  async makeSeen(
    oid: number,
    { name, keys }: { readonly name: string; readonly keys: readonly string[] },
  ): Promise<string> {
    const seen = `${this.#schema}.${quoteName(`seen_${oid}`)}`;
    const columns = keys.map(quoteName).join(", ");
    await this.#query(`DROP TABLE IF EXISTS ${seen};
CREATE TABLE ${seen} AS SELECT ${columns} FROM ${name} LIMIT 0;
CREATE UNIQUE INDEX ON ${seen} (${columns})`);
    return seen;
  }
}
