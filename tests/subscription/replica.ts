import { equal } from "@std/assert";
import {
  type Relation,
  type ReplicationEvent,
  type Row,
  UNCHANGED,
} from "@walbrook/walbrook";
import { createCodecFinder } from "@walbrook/walbrook/values";
import { readTypeRow, typeQuery } from "../../src/catalog/type_query.ts";
import type { SqlClient } from "../helpers/postgres.ts";

/** Tables kept up to date by events alone, to hold them against the real ones. */
export class Replica {
  readonly #tables = new Map<string, Row[]>();

  /** Does what the event says. */
  apply(event: ReplicationEvent): void {
    switch (event.kind) {
      case "insert":
        return void this.#rows(event.relation).push(event.newRow);
      case "update": {
        const rows = this.#rows(event.relation);
        const at = find(rows, event.oldRow ?? event.key);
        const old = rows[at] ?? {};
        rows[at] = Object.fromEntries(
          Object.entries(event.newRow).map(([name, value]) => [
            name,
            value === UNCHANGED ? old[name] : value,
          ]),
        );
        return;
      }
      case "delete": {
        const rows = this.#rows(event.relation);
        rows.splice(find(rows, event.oldRow ?? event.key), 1);
        return;
      }
      case "truncate":
        for (const one of event.relations) this.#rows(one).length = 0;
        return;
      case "relation":
        return this.#alter(event.relation, event.previous);
      case "begin":
      case "commit":
      case "message":
      case "beginPrepare":
      case "prepare":
      case "commitPrepared":
      case "rollbackPrepared":
      case "gap":
        return;
    }
  }

  /** The rows of a table, in an order that does not depend on the server. */
  rows(table: string): Row[] {
    return sorted(this.#tables.get(table) ?? []);
  }

  /** A new column is null in old rows until told otherwise, and a dropped one is gone. */
  #alter(relation: Relation, previous: Relation | null): void {
    if (previous === null) return;
    const rows = this.#rows(previous);
    this.#tables.delete(previous.name);
    const names = relation.columns.map(({ name }) => name);
    this.#tables.set(
      relation.name,
      rows.map((row) =>
        Object.fromEntries(names.map((name) => [name, row[name] ?? null]))
      ),
    );
  }

  #rows({ name }: Relation): Row[] {
    const rows = this.#tables.get(name) ?? [];
    this.#tables.set(name, rows);
    return rows;
  }
}

/** What SQL says that is in a table: the server's text, read by the library's parsers. */
export async function truthOf(sql: SqlClient, table: string): Promise<Row[]> {
  const columns = await sql(
    "SELECT attname, CASE typtype WHEN 'd' THEN typbasetype ELSE atttypid END AS oid " +
      "FROM pg_attribute JOIN pg_type t ON t.oid = atttypid " +
      `WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped ` +
      "AND attgenerated = '' ORDER BY attnum",
  );
  const oids = columns.map(({ oid }) => Number(oid));
  const types = await sql(typeQuery(oids, []));
  const catalog = types.flatMap((row) => readTypeRow(Object.values(row)));
  const codecFor = createCodecFinder({ catalog });
  const list = columns.map(({ attname }) => `"${attname}"`).join(", ");
  const rows = await sql(`SELECT ${list} FROM ${table}`);
  return sorted(
    rows.map((row) =>
      Object.fromEntries(columns.map(({ attname, oid }) => {
        const text = row[attname!] ?? null;
        return [
          attname!,
          text === null ? null : codecFor(Number(oid)).fromText(text),
        ];
      }))
    ),
  );
}

function find(rows: readonly Row[], wanted: Row | null): number {
  if (wanted === null) throw new TypeError("No way to tell which row");
  const at = rows.findIndex((row) =>
    Object.entries(wanted).every(([name, value]) => equal(row[name], value))
  );
  if (at < 0) throw new TypeError(`No such row: ${Deno.inspect(wanted)}`);
  return at;
}

function sorted(rows: readonly Row[]): Row[] {
  const text = (row: Row) => Deno.inspect(row, { depth: 9 });
  return [...rows].sort((a, b) => text(a) < text(b) ? -1 : 1);
}
