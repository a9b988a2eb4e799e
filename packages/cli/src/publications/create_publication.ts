import type { CommandContext } from "../command/command.ts";
import { listOf } from "../command/parse_arguments.ts";
import type { ParsedArguments } from "../command/parsed_arguments.ts";
import { UsageError } from "../command/usage_error.ts";
import {
  type Database,
  identifier,
  literal,
  openDatabase,
} from "../database/database.ts";
import { HAS_IDENTITY } from "./identity.ts";

const OPERATIONS = ["insert", "update", "delete", "truncate"];

/** Runs `publications create`. */
export async function createPublication(
  context: CommandContext,
): Promise<void> {
  const { host, args } = context;
  const [name = ""] = args.operands;
  const operations = readOperations(args);
  const names = listOf(args.values("table"));
  const takesKeyed = args.flag("keyed-tables");
  if (takesKeyed === names.length > 0) {
    throw new UsageError(
      "Which tables? Pass either --table NAMES or --keyed-tables",
    );
  }
  const database = await openDatabase(context, 1);
  try {
    const tables = takesKeyed
      ? await keyedTables(database)
      : await findTables(database, names);
    refuseKeyless(tables, operations);
    if (tables.length === 0) throw new Error("There is no table with a key");
    const sql = statement(name, tables, operations, args.flag("via-root"));
    if (args.flag("dry-run")) return await host.write(`${sql};\n`);
    await database.connection.query(sql, { signal: host.stop });
    if (args.flag("json")) {
      const created = { created: name, tables: tables.map(({ name }) => name) };
      return await host.write(`${JSON.stringify(created)}\n`);
    }
    host.tell([`Created publication ${name}: ${sql}`]);
  } finally {
    await database[Symbol.asyncDispose]();
  }
}

/** A table to publish. */
interface Table {
  /** Its name in SQL. */
  readonly name: string;
  /** Whether everything in it has a replica identity. */
  readonly hasIdentity: boolean;
}

function readOperations(args: ParsedArguments): readonly string[] {
  const given = args.value("publish");
  if (given === undefined) return OPERATIONS;
  const operations = listOf([given]);
  const unknown = operations.find((one) => !OPERATIONS.includes(one));
  if (unknown === undefined) return operations;
  throw new UsageError(
    `--publish "${unknown}" is none of ${OPERATIONS.join(", ")}`,
  );
}

const TABLE = `
  SELECT format('%I.%I', n.nspname, c.relname) AS name,
    CASE WHEN c.relkind = 'p' THEN NOT EXISTS (
        SELECT FROM pg_partition_tree(c.oid) AS leaf
        JOIN pg_class AS part ON part.oid = leaf.relid AND leaf.isleaf
        WHERE NOT (${HAS_IDENTITY.replaceAll("c.", "part.")}))
      ELSE ${HAS_IDENTITY} END AS has_identity
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p') AND c.relpersistence = 'p'`;

async function findTables(
  database: Database,
  names: readonly string[],
): Promise<Table[]> {
  const tables: Table[] = [];
  for (const given of names) {
    const { schema, name } = readTableName(given);
    const matches = (fold: (text: string) => string) =>
      `n.nspname = ${literal(fold(schema))} AND c.relname = ${
        literal(fold(name))
      }`;
    const asIs = matches((text) => text);
    const folded = matches((text) => text.toLowerCase());
    const [found] = await database.rows(
      `${TABLE} AND (${asIs} OR ${folded}) ORDER BY ${asIs} DESC`,
    );
    if (found === undefined) {
      throw new Error(
        `There is no table "${schema}.${name}" that could be published: unlogged, temporary and foreign tables cannot`,
      );
    }
    tables.push(toTable(found));
  }
  return tables;
}

async function keyedTables(database: Database): Promise<Table[]> {
  const rows = await database.rows(
    `${TABLE} AND NOT c.relispartition AND n.nspname <> 'information_schema'
      AND n.nspname !~~ 'pg\\_%' ORDER BY 1`,
  );
  return rows.map(toTable).filter(({ hasIdentity }) => hasIdentity);
}

const NAME = /^(?:(?:"((?:[^"]|"")+)"|([^".]+))\.)?(?:"((?:[^"]|"")+)"|(.+))$/;

// A name as in SQL, or as people write it.
function readTableName(
  text: string,
): { readonly schema: string; readonly name: string } {
  const [, quotedSchema, schema, quotedName, name] = NAME.exec(text) ?? [];
  const unquoted = (quoted: string | undefined) =>
    quoted?.replaceAll('""', '"');
  return {
    schema: unquoted(quotedSchema) ?? schema ?? "public",
    name: unquoted(quotedName) ?? name ?? text,
  };
}

function toTable(
  row: Readonly<Record<string, string | null>>,
): Table {
  return { name: row["name"] ?? "", hasIdentity: row["has_identity"] === "t" };
}

function refuseKeyless(
  tables: readonly Table[],
  operations: readonly string[],
): void {
  if (!operations.includes("update") && !operations.includes("delete")) return;
  const keyless = tables.filter(({ hasIdentity }) => !hasIdentity);
  if (keyless.length === 0) return;
  throw new Error(
    `Cannot publish ${
      keyless.map(({ name }) => name).join(", ")
    } without a key: the server would refuse its UPDATEs and DELETEs from then on. Add a primary key, or ALTER TABLE … REPLICA IDENTITY FULL, or pass --publish insert`,
  );
}

function statement(
  name: string,
  tables: readonly Table[],
  operations: readonly string[],
  viaRoot: boolean,
): string {
  const settings = [
    ...operations.length === OPERATIONS.length
      ? []
      : [`publish = ${literal(operations.join(", "))}`],
    ...viaRoot ? ["publish_via_partition_root = true"] : [],
  ];
  const list = tables.map(({ name }) => name).join(", ");
  return `CREATE PUBLICATION ${identifier(name)} FOR TABLE ${list}${
    settings.length === 0 ? "" : ` WITH (${settings.join(", ")})`
  }`;
}
