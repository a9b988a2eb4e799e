import { untilTrue } from "./until_true.ts";
import { ALL_MAJORS, MAJORS } from "./majors.ts";
import {
  connectSql,
  type PostgresMajor,
  type PostgresServer,
  type ServerContext,
  sharedServer,
} from "./postgres.ts";

/** Registers a test, as `testOnPostgres()` does. */
export type TestInDatabase = (
  name: string,
  run: (context: ServerContext) => Promise<void>,
  options?: { readonly majors?: readonly PostgresMajor[] },
) => void;

/**
 * Starts one server of each version for the calling file. It is for many small tests that need
 * no server of their own: starting one takes longer than they do.
 *
 * @param majors The versions that the tests may be for.
 * @returns Registers a test that runs on each of these versions, in a new database.
 */
export function sharedServers(
  majors: readonly PostgresMajor[] = ALL_MAJORS,
): TestInDatabase {
  const servers = new Map(
    MAJORS.filter((major) => majors.includes(major)).map((major) =>
      [major, sharedServer({ major })] as const
    ),
  );
  let count = 0;
  return (name, run, options = {}) => {
    for (const [major, context] of servers) {
      if (options.majors?.includes(major) === false) continue;
      const database = `test_${++count}`;
      Deno.test(
        `${name} (PostgreSQL ${major})`,
        () => inDatabase(database, context, run),
      );
    }
  };
}

async function inDatabase(
  database: string,
  { server, sql: main }: ServerContext,
  run: (context: ServerContext) => Promise<void>,
): Promise<void> {
  await main(`CREATE DATABASE ${database}`);
  const url = server.url.replace(/\/postgres$/, `/${database}`);
  const own: PostgresServer = Object.create(server, { url: { value: url } });
  try {
    await using sql = connectSql(url);
    await run({ server: own, sql });
  } finally {
    // The next test may give its slot the same name.
    await untilTrue(
      main,
      "NOT EXISTS (SELECT FROM pg_replication_slots WHERE active)",
    );
    await main(
      "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots",
    );
  }
}
