import {
  type PostgresMajor,
  type PostgresOptions,
  type PostgresServer,
  startPostgres as startAnyPostgres,
} from "../../examples/demo/postgres_server.ts";
import { ServerFolder } from "../../examples/demo/server_folder.ts";
import { ALL_MAJORS, MAJORS } from "./majors.ts";
import { PREPARED } from "./prepared.ts";
import { connectSql, type SqlClient } from "./sql_client.ts";

export { MAJORS };
export type { PostgresMajor, PostgresOptions, PostgresServer };
export { connectSql };
export type { SqlClient, TextRow } from "./sql_client.ts";

// What the servers of a file have in common is made once for all of its tests.
let kept: ServerFolder | undefined;
Deno.test.beforeAll(async () => {
  kept = await ServerFolder.acquire();
});
Deno.test.afterAll(() => kept?.release());

/**
 * Starts a server. It has a system identifier of its own only with `copied: false`.
 *
 * @param options Version and settings.
 */
export async function startPostgres(
  options: PostgresOptions = {},
): Promise<PostgresServer> {
  const prepared = PREPARED[options.major ?? 18];
  return await startAnyPostgres({
    copied: true,
    ...prepared ? { prepared } : {},
    ...options,
  });
}

/** The newest of {@linkcode MAJORS}, for what all versions do alike. */
export const NEWEST: PostgresMajor = MAJORS[MAJORS.length - 1] ?? 18;

/** The context of a test with its own server. */
export interface ServerContext {
  /** The server. */
  readonly server: PostgresServer;
  /** A client on it, as superuser. */
  readonly sql: SqlClient;
}

/**
 * Runs a function with a fresh server and a client, and removes both.
 *
 * @param options The server's settings; the major is {@linkcode NEWEST} by default.
 * @param run What to do with it.
 * @returns What the function returned.
 */
export async function withServer<T>(
  options: PostgresOptions,
  run: (server: PostgresServer, sql: SqlClient) => Promise<T> | T,
): Promise<T> {
  await using server = await startPostgres({ major: NEWEST, ...options });
  await using sql = connectSql(server.url);
  return await run(server, sql);
}

/** Options for {@linkcode testOnPostgres}. */
export interface ServerTestOptions extends Omit<PostgresOptions, "major"> {
  /**
   * The versions that the test is for, of those in {@linkcode MAJORS}.
   *
   * @default {MAJORS}
   */
  readonly majors?: readonly PostgresMajor[];
}

/**
 * Registers one test for each version under test, each with a fresh server.
 *
 * @param name Its name, to which the version is added.
 * @param run The test.
 * @param options Versions and settings.
 */
export function testOnPostgres(
  name: string,
  run: (context: ServerContext, t: Deno.TestContext) => Promise<void>,
  options: ServerTestOptions = {},
): void {
  const { majors = ALL_MAJORS, ...server } = options;
  for (const major of MAJORS.filter((one) => majors.includes(one))) {
    Deno.test(`${name} (PostgreSQL ${major})`, (t) =>
      withServer(
        { ...server, major },
        (server, sql) => run({ server, sql }, t),
      ));
  }
}

/**
 * Registers a test for the oldest and the newest version: for what reaches the versions only
 * through rooms that have tests on all of them.
 *
 * @param name Its name, to which the version is added.
 * @param run The test.
 * @param options Settings.
 */
export function testOnOldestAndNewest(
  name: string,
  run: (context: ServerContext, t: Deno.TestContext) => Promise<void>,
  options: ServerTestOptions = {},
): void {
  testOnPostgres(name, run, { majors: [14, 18], ...options });
}

/**
 * Starts one server before the first test of the calling file and removes it
 * after the last, for tests that leave each other's tables and slots alone.
 *
 * @param options The server's settings; the major is {@linkcode NEWEST} by default.
 * @returns The server and a client, to be read inside tests only.
 */
export function sharedServer(options: PostgresOptions = {}): ServerContext {
  let context: ServerContext | undefined;
  Deno.test.beforeAll(async () => {
    const server = await startPostgres({ major: NEWEST, ...options });
    context = { server, sql: connectSql(server.url) };
    await context.sql("SELECT 1");
  });
  Deno.test.afterAll(async () => {
    await context?.sql.end();
    await context?.server[Symbol.asyncDispose]();
  });
  function present(): ServerContext {
    if (context) return context;
    throw new TypeError("Cannot use the shared server outside of a test");
  }
  return {
    get server() {
      return present().server;
    },
    get sql() {
      return present().sql;
    },
  };
}
