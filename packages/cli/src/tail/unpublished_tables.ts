import type { CommandContext } from "../command/command.ts";
import { withSchema } from "../command/parse_arguments.ts";
import { identifier, literal, openDatabase } from "../database/database.ts";
import { nearestTo } from "../text/nearest.ts";
import { oneLine } from "../text/terminal_text.ts";

/** What the database knows of a table of `--table`. */
export interface WantedTable {
  /** The table, with its schema. */
  readonly name: string;
  /** Whether it exists. */
  readonly exists: boolean;
  /** Whether its partitions are published under their own names. */
  readonly hasPublishedPartitions: boolean;
  /** The partitioned table at the top of its tree; `null` if it is no partition. */
  readonly root: string | null;
}

/** The publications that are followed. */
export interface FollowedPublications {
  /** The names of those that exist. */
  readonly names: readonly string[];
  /** Whether one is `FOR ALL TABLES`. */
  readonly hasAllTables: boolean;
  /** The tables that they have. */
  readonly tables: readonly string[];
}

/** How many tables of a publication a warning lists. */
const MAX_LISTED = 5;

/**
 * Warns about tables that no publication contains: none of their changes will be shown. That
 * is not an error: they may be created or published later.
 *
 * @param context The command.
 * @param operand The index of the operand with the connection.
 * @param options The options `--table` and `--publication`.
 */
export async function warnOfUnpublished(
  context: CommandContext,
  operand: number,
  { tables, publications }: {
    readonly tables: readonly string[];
    readonly publications: readonly string[];
  },
): Promise<void> {
  if (tables.length === 0 || publications.length === 0) return;
  const names = tables.map(withSchema);
  await using database = await openDatabase(context, operand);
  const found = await database.rows(publicationsSql(publications));
  const followed: FollowedPublications = {
    names: publications.filter((one) =>
      found.some(({ publication }) => publication === one)
    ),
    hasAllTables: found.some(({ all_tables }) => all_tables === "t"),
    tables: [...new Set(found.flatMap(({ name }) => name ?? []))],
  };
  const wanted = await database.rows(tablesSql(names, publications));
  for (const { name, exists, root, partitions } of wanted) {
    const line = describeUnpublished({
      name: name ?? "",
      exists: exists === "t",
      hasPublishedPartitions: partitions === "t",
      root: root ?? null,
    }, followed);
    if (line !== null) context.host.tell([oneLine(`${context.name}: ${line}`)]);
  }
}

/**
 * Describes why no change of a table will be shown, and what to do.
 *
 * @param wanted The table.
 * @param followed The publications.
 * @returns A sentence; `null` if a publication has the table, or if there is no publication,
 * which is an error of its own.
 */
export function describeUnpublished(
  { name, exists, hasPublishedPartitions, root }: WantedTable,
  { names, hasAllTables, tables }: FollowedPublications,
): string | null {
  const [publication] = names;
  if (publication === undefined || tables.includes(name)) return null;
  const alter = `ALTER PUBLICATION ${quoted(publication)}`;
  if (root !== null && tables.includes(root)) {
    return `Changes of ${name} are published as those of ${root}, so none is shown; pass --table ${root}`;
  }
  if (hasPublishedPartitions) {
    return `Changes of ${name} are published as those of its partitions, so none is shown; name these with --table, or run ${alter} SET (publish_via_partition_root = true)`;
  }
  const problem = `No change of ${name} is shown: ${
    names.length === 1
      ? `publication ${publication} does`
      : `publications ${names.join(", ")} do`
  } not have it`;
  if (exists) {
    return hasAllTables
      ? `${problem}; FOR ALL TABLES leaves out unlogged, temporary and system tables`
      : `${problem}; run ${alter} ADD TABLE ${quotedTable(name)}`;
  }
  const near = nearestTables(name, tables);
  const instead = near.length > 0
    ? `did you mean ${near.join(" or ")}?`
    : hasAllTables
    ? "check the spelling; once the table is created, its changes are shown"
    : `check the spelling, or create it and run ${alter} ADD TABLE ${
      quotedTable(name)
    }`;
  return `${problem}, and there is no such table; ${instead}${
    near.length > 0 ? "" : listed(tables)
  }`;
}

// A table of the same name in another schema was probably meant.
function nearestTables(name: string, tables: readonly string[]): string[] {
  const own = name.slice(name.indexOf(".") + 1);
  const sameName = tables.filter((one) => one.endsWith(`.${own}`));
  return sameName.length > 0 ? sameName : nearestTo(name, tables);
}

function listed(tables: readonly string[]): string {
  if (tables.length === 0) return "";
  const more = tables.length - MAX_LISTED;
  return `. Published: ${tables.slice(0, MAX_LISTED).join(", ")}${
    more > 0 ? ` and ${more} more` : ""
  }`;
}

function quotedTable(name: string): string {
  const dot = name.indexOf(".");
  return `${quoted(name.slice(0, dot))}.${quoted(name.slice(dot + 1))}`;
}

function quoted(name: string): string {
  return /^[a-z_][a-z\d_]*$/.test(name) ? name : identifier(name);
}

const listOf = (texts: readonly string[]) => texts.map(literal).join(", ");

const publicationsSql = (names: readonly string[]) => `
SELECT p.pubname AS publication, p.puballtables AS all_tables,
  t.schemaname || '.' || t.tablename AS name
FROM pg_publication p LEFT JOIN pg_publication_tables t ON t.pubname = p.pubname
WHERE p.pubname IN (${listOf(names)})
ORDER BY 3`;

const tablesSql = (
  names: readonly string[],
  publications: readonly string[],
) => `
WITH named AS (
  SELECT c.oid, c.relkind, c.relispartition, n.nspname, c.relname,
    n.nspname || '.' || c.relname AS name
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p'))
SELECT w.name, t.oid IS NOT NULL AS exists,
  CASE WHEN t.relispartition THEN
    (SELECT r.name FROM named r WHERE r.oid = pg_partition_root(t.oid)) END AS root,
  t.relkind = 'p' AND EXISTS (
    SELECT FROM pg_partition_tree(t.oid) l JOIN named p ON p.oid = l.relid
    JOIN pg_publication_tables s ON s.schemaname = p.nspname AND s.tablename = p.relname
    WHERE s.pubname IN (${listOf(publications)})) AS partitions
FROM unnest(ARRAY[${listOf(names)}]) WITH ORDINALITY AS w (name, i)
LEFT JOIN named t ON t.name = w.name
ORDER BY w.i`;
