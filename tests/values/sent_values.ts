import { assert } from "@std/assert";
import {
  decodePgoutputMessage,
  type InsertMessage,
  type RelationMessage,
} from "@walbrook/walbrook/pgoutput";
import type { SqlClient } from "../helpers/postgres.ts";
import { fromHex } from "../pgoutput/read_golden.ts";

/** What a session has set in which a server writes values: what a subscription sets. */
const PINNED = `
  SET DateStyle = 'ISO, MDY'; SET IntervalStyle = postgres; SET TimeZone = UTC;
  SET bytea_output = hex; SET extra_float_digits = 1; SET client_encoding = UTF8`;

/** Rows of a table, as pgoutput sent them. */
export interface Sent {
  /** The table. */
  readonly relation: RelationMessage;
  /** The rows that were inserted. */
  readonly rows: readonly InsertMessage["newTuple"][];
}

/** Makes a table `t` with a column of each type, and a slot that sees its changes. */
export async function publishColumns(
  sql: SqlClient,
  types: readonly string[],
): Promise<void> {
  await sql(PINNED);
  const columns = types.map((type, i) => `c${i} ${type}`);
  await sql(`CREATE TABLE t (${columns.join(", ")})`);
  await sql("CREATE PUBLICATION p FOR TABLE t");
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
}

/** Reads what was inserted into the table, in one format or the other. */
export async function sentRows(
  sql: SqlClient,
  { binary }: { readonly binary: boolean },
): Promise<Sent> {
  const messages = await sql(
    "SELECT encode(data, 'hex') AS hex FROM " +
      "pg_logical_slot_peek_binary_changes('s', NULL, NULL, 'proto_version', '1', " +
      `'publication_names', 'p', 'binary', '${binary}')`,
  );
  let relation: RelationMessage | undefined;
  const rows: InsertMessage["newTuple"][] = [];
  for (const { hex } of messages) {
    const message = decodePgoutputMessage(fromHex(hex!));
    if (message.kind === "relation") relation = message;
    if (message.kind === "insert") rows.push(message.newTuple);
  }
  assert(relation !== undefined);
  return { relation, rows };
}

/** Writes a value of the table of values as SQL. */
export function sqlValue(type: string, text: string): string {
  const quoted = text.replaceAll("\\", "\\\\").replaceAll("'", "''");
  return `E'${quoted}'::${type}`;
}
