import type { CommandContext } from "../command/command.ts";
import { openDatabase } from "../database/database.ts";
import { type TableColumn, tableLines } from "../text/table.ts";
import { palette } from "../text/terminal_text.ts";
import { BROKEN_TABLES } from "./identity.ts";

/** A publication. */
interface Publication {
  readonly name: string;
  readonly allTables: boolean;
  readonly tables: readonly string[];
  readonly operations: readonly string[];
  readonly viaRoot: boolean;
  readonly broken: readonly string[];
}

const PUBLICATIONS = `
  SELECT json_build_object(
    'name', p.pubname,
    'allTables', p.puballtables,
    'tables', ARRAY(SELECT format('%I.%I', schemaname, tablename)
      FROM pg_publication_tables t WHERE t.pubname = p.pubname ORDER BY 1),
    'operations', array_remove(ARRAY[
      CASE WHEN p.pubinsert THEN 'insert' END,
      CASE WHEN p.pubupdate THEN 'update' END,
      CASE WHEN p.pubdelete THEN 'delete' END,
      CASE WHEN p.pubtruncate THEN 'truncate' END], NULL),
    'viaRoot', p.pubviaroot,
    'broken', ARRAY(${BROKEN_TABLES} ORDER BY 1)) AS publication
  FROM pg_publication p ORDER BY p.pubname`;

const COLUMNS: readonly TableColumn<Publication>[] = [
  { name: "publication", text: ({ name }) => name, rank: 0 },
  {
    name: "tables",
    text: ({ allTables, tables }) =>
      allTables ? `${tables.length} (all)` : `${tables.length}`,
    rank: 0,
    isRight: true,
  },
  {
    name: "operations",
    text: ({ operations }) =>
      operations.length === 4 ? "all" : operations.join(", "),
    rank: 2,
  },
  {
    name: "breaks",
    text: ({ broken }) => broken.join(", "),
    rank: 0,
  },
];

/** Runs `publications list`. */
export async function listPublications(
  context: CommandContext,
): Promise<void> {
  const { host, args } = context;
  const database = await openDatabase(context, 0);
  try {
    const rows = await database.rows(PUBLICATIONS);
    const found = rows.map((row): Publication =>
      JSON.parse(row["publication"] ?? "{}")
    );
    if (args.flag("json")) {
      const lines = found.map((one) => `${JSON.stringify(one)}\n`);
      return await host.write(lines.join(""));
    }
    if (found.length === 0) return host.tell(["There are no publications"]);
    const colors = palette(host.hasColor);
    const lines = tableLines(found, COLUMNS, host.columns, colors);
    await host.write(`${lines.join("\n")}\n`);
    if (found.some(({ broken }) => broken.length > 0)) {
      host.tell([
        'The server refuses UPDATEs and DELETEs of the tables under "breaks": see publications check',
      ]);
    }
  } finally {
    await database[Symbol.asyncDispose]();
  }
}
