import type { QueryResult } from "../../session/simple_query.ts";
import { type Chunk, readChunkState } from "./chunk.ts";
import {
  beginReading,
  type ChunkQueryOptions,
  tableReference,
} from "./chunk_query.ts";
import type { PublishedTable } from "./published_table.ts";
import { RawRows } from "./raw_rows.ts";
import { rowFormat } from "./row_format.ts";
import { tableSignature } from "./table_query.ts";

// HEAP_TABLE_AM_OID in src/include/catalog/pg_am.dat.
const HEAP = 2;

/**
 * Writes the transaction that finds out which of some tables have no pages, so that no snapshot
 * sees a row in them. Its result has a row for each table, which {@linkcode emptyChunks} reads.
 *
 * As for a chunk, the locks precede the snapshot. While they are held, no table can be truncated
 * or rewritten. It fails (55P03) if one of the tables is locked, instead of holding the locks of
 * the others while it waits. Tables with another access method than `heap` count as not
 * empty: their rows may be in other files.
 */
export function emptyTablesQuery(
  tables: readonly PublishedTable[],
  options: Pick<ChunkQueryOptions, "serverMajor" | "publications">,
): string {
  const oids = tables.map(({ oid }) => oid).join(",");
  const lock = `LOCK TABLE ${
    tables.map(tableReference).join(", ")
  } IN ACCESS SHARE MODE NOWAIT`;
  return `${beginReading(options.serverMajor, "keys")}
${lock};
SELECT pg_catalog.pg_current_snapshot(), pg_catalog.pg_current_wal_insert_lsn(), c.oid, c.relfilenode,
  ${tableSignature(options)},
  CASE WHEN c.relam OPERATOR(pg_catalog.=) ${HEAP} THEN pg_catalog.pg_relation_size(c.oid) END
FROM pg_catalog.pg_class c WHERE c.oid OPERATOR(pg_catalog.=) ANY (ARRAY[${oids}]::pg_catalog.oid[]);
COMMIT`;
}

/**
 * Reads the result of {@linkcode emptyTablesQuery}.
 *
 * @param results The result.
 * @param tables The tables.
 * @param binary Whether chunks are in binary format.
 * @returns A chunk without rows for each table that has no pages.
 */
export function emptyChunks(
  results: readonly QueryResult[],
  tables: readonly PublishedTable[],
  binary: boolean,
): readonly Chunk[] {
  const rows = results.find(({ rows }) => rows.length > 0)?.rows ?? [];
  return rows.flatMap((row): readonly Chunk[] => {
    const table = tables.find(({ oid }) => oid === Number(row[2]));
    if (table === undefined || row[5] !== "0") return [];
    return [{
      ...readChunkState(row),
      ...{ table, rows: new RawRows(), format: rowFormat(table, binary) },
      ...{ isLast: true, lastKey: null, keys: null },
    }];
  });
}
