import { POSITION_QUERY, tableQuery } from "../../catalog/table_query.ts";
import { typeQuery } from "../../catalog/type_query.ts";
import { formatLsn } from "../../lsn.ts";
import { chunkQuery } from "../../snapshot/read/chunk_query.ts";
import { emptyTablesQuery } from "../../snapshot/read/empty_tables.ts";
import { tableQuery as copiedTableQuery } from "../../snapshot/read/table_query.ts";
import type { PublishedTable } from "../../snapshot/read/published_table.ts";
import type { DataType } from "../catalog/data_type.ts";
import type { Database } from "../store/database.ts";
import type { Table } from "../store/table.ts";
import {
  type KnownQuery,
  type QueryContext,
  type Result,
  rowsOf,
} from "./answer.ts";
import { COPY, LOCK } from "./copy_query.ts";
import {
  copiedTable,
  describedTable,
  describedType,
  signature,
} from "./table_answers.ts";
import { preflightQueries } from "./preflight_queries.ts";
import { READER_QUERIES, snapshotOf } from "./reader_queries.ts";
import { readLiteral, readLiterals, splitStatements } from "./statements.ts";
import { NAMES, NUMBER, template, TEXT } from "./template.ts";

/**
 * Returns the queries of this library, as it sends them to a server of some version. Their
 * texts come from the functions that write them; only their answers are defined here.
 *
 * @param serverMajor The version.
 */
export function knownQueries(serverMajor: number): readonly KnownQuery[] {
  return [
    ...preflightQueries(serverMajor),
    ...catalogQueries(serverMajor),
    ...READER_QUERIES,
    ...copyQueries(serverMajor),
  ];
}

function catalogQueries(serverMajor: number): KnownQuery[] {
  // Without a version, as for other plugins, nothing is queried that differs between
  // versions.
  const describe = (all: boolean): KnownQuery => ({
    pattern: template(
      tableQuery(NUMBER, [NAMES], { serverMajor, all }),
    ),
    answer: ([names = "", oid = "", ...rest], { database }) => {
      // The order of the groups follows from the query.
      const numbers = [names, oid, ...rest].filter((one) => /^\d+$/.test(one));
      const publications = readLiterals(
        [names, oid, ...rest].find((one) => one.includes("'")) ?? "",
      );
      const wanted = database.tables.filter(({ version }) =>
        numbers.includes(String(version.oid)) ||
        (all && database.publishes(publications, version))
      );
      const rows = wanted.map((table) =>
        describedTable(table, countPublications(database, publications, table))
      );
      return { kind: "rows", width: 4, rows };
    },
  });
  return [
    {
      pattern: template(POSITION_QUERY),
      answer: (_, { database }) => rowsOf([formatLsn(database.log.end)]),
    },
    describe(true),
    describe(false),
    {
      pattern: template(lastOf(typeQuery([NUMBER], [NAMES]))),
      answer: ([oids = "", names = ""], { database }) => {
        const asked = oids.split(",").map(Number);
        const publications = readLiterals(names);
        const rows = typesOf(database, asked, publications).map(describedType);
        return { kind: "rows", width: 8, rows };
      },
    },
  ];
}

function copyQueries(serverMajor: number): KnownQuery[] {
  const options = {
    ...{ serverMajor, publications: [NAMES], oid: null },
    ...{ binary: false, where: null },
  };
  const list = (oid: number | null): KnownQuery => ({
    pattern: template(copiedTableQuery({ ...options, oid })),
    answer: (groups, { database }) => {
      const publications = readLiterals(groups[0] ?? "");
      const only = oid === null ? null : groups[1];
      const rows = database.tables.filter(({ version }) =>
        database.publishes(publications, version) &&
        (only === null || only === String(version.oid))
      ).map(copiedTable);
      return { kind: "rows", width: 15, rows };
    },
  });
  const selectOf = (sql: string): RegExp =>
    template(
      splitStatements(sql).find((one) => one.startsWith("SELECT")) ?? "",
    );
  return [list(null), list(NUMBER), LOCK, {
    pattern: selectOf(chunkQuery(ANY_TABLE, { kind: "all" }, options)),
    answer: chunkState,
  }, {
    pattern: selectOf(emptyTablesQuery([ANY_TABLE], options)),
    answer: emptyTables,
  }, COPY];
}

function emptyTables(
  [, oids = ""]: readonly string[],
  context: QueryContext,
): Result {
  const { database } = context;
  const asked = oids.split(",").map(Number);
  const found = database.tables.filter(({ version }) =>
    asked.includes(version.oid)
  );
  const rows = found.map((table) => [
    snapshotOf(context),
    formatLsn(database.log.end),
    ...stateOf(table),
    String(table.rows.size),
  ]);
  return { kind: "rows", width: 6, rows };
}

function chunkState(groups: readonly string[], context: QueryContext): Result {
  const { database } = context;
  // The names of the publications come first.
  const [name = "", schema = ""] = groups.slice(1).map(readLiteral);
  const table = database.find(schema, name);
  return rowsOf([
    snapshotOf(context),
    formatLsn(database.log.end),
    ...table === undefined ? [null, null, null] : stateOf(table),
  ]);
}

function stateOf(table: Table): readonly string[] {
  const { version, fileNode } = table;
  return [String(version.oid), String(fileNode), signature(table)];
}

const ANY_TABLE: PublishedTable = {
  ...{ oid: NUMBER, schema: TEXT, name: TEXT, isPartitioned: false },
  ...{ replicaIdentity: "default", fileNode: "", estimatedRows: null },
  ...{ estimatedBytes: 0, filter: null, attributes: 0, columns: [], key: null },
  ...{ mayRead: true, hasRowSecurity: false, signature: "" },
};

function countPublications(
  database: Database,
  publications: readonly string[],
  { version }: Table,
): number {
  return publications.filter((one) => database.publishes([one], version))
    .length;
}

// The requested types, those of the publications' columns, and what they consist of.
function typesOf(
  database: Database,
  asked: readonly number[],
  publications: readonly string[],
): readonly DataType[] {
  const found = new Set<DataType>();
  const add = (type: DataType | undefined) => {
    if (type === undefined || found.has(type)) return;
    found.add(type);
    if (type.form.kind === "array") add(type.form.element);
    if (type.form.kind === "domain") add(type.form.base.type);
    if (type.form.kind === "composite") {
      for (const attribute of type.form.attributes) add(attribute.type.type);
    }
  };
  for (const oid of asked) add(database.types.find(oid));
  for (const { version } of database.tables) {
    if (!database.publishes(publications, version)) continue;
    for (const { type } of version.columns) add(type.type);
  }
  return [...found].filter(({ schema, oid }) =>
    schema !== "pg_catalog" || asked.includes(oid)
  );
}

function lastOf(sql: string): string {
  return splitStatements(sql).at(-1) ?? "";
}
