/**
 * Keeps a full-text index of published tables in SQLite (FTS5): the existing rows, and
 * then every change. Kill it at any time and start it again: it continues where it was, even
 * in the middle of a table.
 *
 * ```sh
 * deno run -A examples/search_index.ts postgres://app@localhost/shop shop index.db
 * deno run -A examples/search_index.ts --search index.db walnut
 * ```
 *
 * The role needs REPLICATION and the privilege SELECT, and the tables need a primary key.
 *
 * @module
 */
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { type Row, subscribe } from "@walbrook/walbrook";
import { FileCheckpointStore } from "@walbrook/walbrook/checkpoint";
import {
  deliver,
  type DeliveredKind,
  type Destination,
} from "@walbrook/walbrook/sink";
import { keepRows, type RowMap } from "@walbrook/walbrook/stages";

/** The rows of one table in the index, by the text of their keys. */
function rowsOf(index: DatabaseSync, table: string): RowMap {
  const find = index.prepare("SELECT id, row FROM rows WHERE key = ?");
  const remove = (key: string) => {
    const id = find.get(key)?.id ?? null;
    index.prepare("DELETE FROM words WHERE rowid = ?").run(id);
    index.prepare("DELETE FROM rows WHERE id = ?").run(id);
  };
  return {
    get: (key) => JSON.parse(String(find.get(key)?.row ?? "null")) ?? undefined,
    delete: remove,
    set(key, row) {
      remove(key);
      const json = JSON.stringify(
        row,
        (_, value) => typeof value === "bigint" ? `${value}` : value,
      );
      const { lastInsertRowid: id } = index.prepare(
        "INSERT INTO rows (key, row) VALUES (?, ?)",
      ).run(key, json);
      const words = Object.values(row).filter((value) => value !== null);
      index.prepare("INSERT INTO words (rowid, text) VALUES (?, ?)")
        .run(id, words.join(" "));
    },
    clear() {
      const keys = index.prepare("SELECT key FROM rows WHERE key GLOB ?");
      for (const { key } of keys.all(`${table}/*`)) remove(String(key));
    },
  };
}

function openIndex(path: string): DatabaseSync {
  const index = new DatabaseSync(path);
  index.exec(`PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, key TEXT UNIQUE, row TEXT);
    CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (text)`);
  return index;
}

const KINDS: readonly DeliveredKind[] = [
  ...["insert", "update", "delete", "truncate", "relation", "commit"] as const,
  ...["snapshotBegin", "read", "chunk", "snapshotEnd"] as const,
];

/** Writes each batch of changes into the index, whole. */
function destinationOf(index: DatabaseSync): Destination {
  return {
    name: "search index",
    order: "transaction",
    accepts: KINDS,
    async write(batch) {
      index.exec("BEGIN");
      try {
        for (const { event } of batch) {
          await keepRows(event, (table) => rowsOf(index, table));
        }
        index.exec("COMMIT");
      } catch (error) {
        index.exec("ROLLBACK");
        throw error;
      }
      for (const { event } of batch) {
        if (event.kind === "snapshotEnd") {
          console.log(`${event.table} is copied`);
        }
      }
    },
  };
}

/** Brings the index up to date, and keeps it so until it is killed. */
async function keepIndex(url: string, publication: string, path: string) {
  const subscription = await subscribe({
    connection: url,
    slot: { name: "search_index", create: true, wait: true },
    publication,
    acknowledge: "manual",
    snapshot: "initial",
    checkpoint: new FileCheckpointStore(`${path}.position`),
  });
  // What is in the index is acknowledged, and does not come again.
  await using sink = deliver(subscription, destinationOf(openIndex(path)));
  await sink.done;
}

/** Finds rows by words, the best first. */
function search(path: string, words: string): readonly Row[] {
  const found = openIndex(path).prepare(
    "SELECT row FROM words JOIN rows ON id = words.rowid WHERE words MATCH ? ORDER BY rank",
  ).all(words);
  return found.map(({ row }) => JSON.parse(String(row)));
}

if (import.meta.main) {
  const [first = "", second = "", third = ""] = process.argv.slice(2);
  if (first !== "--search") await keepIndex(first, second, third);
  for (const row of search(second, third)) console.log(JSON.stringify(row));
}
