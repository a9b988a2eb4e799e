import { formatLsn } from "../../lsn.ts";
import {
  blockerQuery,
  existsQuery,
  FACTS_QUERY,
  FLUSH_QUERY,
  NEXT_XID_QUERY,
  SNAPSHOT_QUERY,
} from "../../snapshot/read/reader_queries.ts";
import { type KnownQuery, type QueryContext, rowsOf } from "./answer.ts";
import { NAMES, NUMBER, template } from "./template.ts";

/** The queries of a copy besides those for chunks. */
export const READER_QUERIES: readonly KnownQuery[] = [
  {
    pattern: template(FACTS_QUERY),
    answer: () => rowsOf(["f", "200"]),
  },
  {
    pattern: template(NEXT_XID_QUERY),
    answer: (_, context) =>
      rowsOf([snapshotOf(context), String(context.database.nextXid - 3)]),
  },
  {
    pattern: template(SNAPSHOT_QUERY),
    answer: (_, context) => rowsOf([snapshotOf(context)]),
  },
  {
    pattern: template(FLUSH_QUERY),
    answer: (_, { database }) => rowsOf([formatLsn(database.log.end)]),
  },
  {
    pattern: template(existsQuery(NUMBER)),
    answer: ([oid], { database }) =>
      rowsOf([
        database.tables.some(({ version }) => String(version.oid) === oid)
          ? "t"
          : "f",
      ]),
  },
  {
    // Every transaction with an id has ended.
    pattern: template(blockerQuery(`'${NAMES}'`)),
    answer: () => ({ kind: "rows", width: 1, rows: [] }),
  },
];

/** Returns the snapshot of a query: it sees everything. */
export function snapshotOf({ database }: QueryContext): string {
  return `${database.nextXid}:${database.nextXid}:`;
}
