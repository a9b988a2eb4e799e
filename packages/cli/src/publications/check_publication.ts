import type { CommandContext } from "../command/command.ts";
import { type Database, openDatabase } from "../database/database.ts";
import { brokenTables } from "./identity.ts";

/** Runs `publications check`. */
export async function checkPublication(
  context: CommandContext,
): Promise<number> {
  const { host, args } = context;
  const [name = ""] = args.operands;
  const database = await openDatabase(context, 1);
  try {
    const broken = await brokenTables(database, name);
    if (broken === null) throw await missing(database, name);
    if (args.flag("json")) {
      await host.write(`${JSON.stringify({ publication: name, broken })}\n`);
    } else host.tell(describe(name, broken));
    return broken.length === 0 ? 0 : 1;
  } finally {
    await database[Symbol.asyncDispose]();
  }
}

async function missing(database: Database, name: string): Promise<Error> {
  const rows = await database.rows(
    "SELECT pubname FROM pg_publication ORDER BY 1",
  );
  const others = rows.map(({ pubname }) => pubname).join(", ");
  return new Error(
    `There is no publication "${name}"; ${
      others === ""
        ? "create one with publications create"
        : `this database has ${others}`
    }`,
  );
}

function describe(name: string, broken: readonly string[]): string[] {
  if (broken.length === 0) {
    return [
      `Publication ${name}: every published table has a replica identity`,
    ];
  }
  return [
    `The server refuses UPDATEs and DELETEs of these tables, because publication ${name} publishes them and they have no key:`,
    ...broken.map((table) => `  ${table}`),
    "Add a primary key, or ALTER TABLE … REPLICA IDENTITY FULL, or take the table out of the publication",
  ];
}
