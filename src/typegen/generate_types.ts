import { withCatalog } from "../catalog/query_catalog.ts";
import type { ConnectionOptions } from "../connection/connection_options.ts";
import { resolveConnection } from "../connection/resolve_connection.ts";
import { untilAborted } from "../deadline.ts";
import { SubscriptionError } from "../errors.ts";
import { serverMajor } from "../replication/server_major.ts";
import { bindRuntime } from "../socket/default_dial.ts";
import type { Dial, Environment } from "../socket/socket.ts";
import type { DescribedSchema } from "./described_schema.ts";
import { ChosenParsers, type ParserChoices } from "./parser_choice.ts";
import { readSchema, schemaQuery } from "./schema_query.ts";
import { writeTypes } from "./write_types.ts";

/** Options for {@linkcode generateTypes}. */
export interface GenerateTypesOptions {
  /** The publication or publications whose tables to describe. */
  readonly publication: string | readonly string[];
  /**
   * How values are parsed, if not by default: by type, as in the option `types` of
   * `subscribe()`. The generated file exports that option.
   *
   * @default {{}}
   */
  readonly parsers?: ParserChoices;
  /**
   * Whether the subscription has the option `binary`. It affects the types of `money`, of
   * `regclass` and similar types, and of types of extensions.
   *
   * @default {false}
   */
  readonly binary?: boolean;
  /**
   * The package from which the generated file imports, itself and its sub-paths: the name
   * under which your program has it, `"walbrook"` on npm.
   *
   * @default {"@walbrook/walbrook"}
   */
  readonly from?: string;
  /**
   * The time limit for login and query, in milliseconds.
   *
   * @default {60_000}
   */
  readonly timeoutMs?: number;
  /**
   * Aborts the generation; the promise then rejects with `signal.reason`.
   *
   * @default {undefined}
   */
  readonly signal?: AbortSignal;
  /**
   * Opens connections.
   *
   * @default {undefined} the sockets of the current runtime
   */
  readonly dial?: Dial;
  /**
   * Provides environment variables and files.
   *
   * @default {undefined} the environment of the current runtime
   */
  readonly environment?: Environment;
}

/**
 * Generates the TypeScript types of the tables of a publication: an interface for each table,
 * with NOT NULL, enums as unions of their labels, composites, arrays, ranges and domains; the
 * type `Tables` for `subscribe<Tables>()`; and the option `types` for which the types hold.
 * The same schema always gives the same text.
 *
 * The role needs no privilege except to connect.
 *
 * @example
 * ```ts ignore
 * import { generateTypes } from "@walbrook/walbrook/typegen";
 *
 * const source = await generateTypes("postgres://app@localhost/shop", {
 *   publication: "shop",
 *   parsers: { int8: "number", timestamptz: "Date" },
 * });
 * await Deno.writeTextFile("shop.ts", source);
 * ```
 *
 * @param connection The server: a URL, libpq's `key=value` pairs, or an object. `undefined`
 * uses only the `PG*` environment variables.
 * @param options The publications, and how values are parsed.
 * @returns The source of a module.
 * @throws {SubscriptionError} If a publication does not exist.
 * @throws {PostgresError} If the server rejects the login or the query.
 * @throws {AuthenticationError} If this side rejects the login.
 * @throws {ConnectionError} If the server can't be reached, or does not answer in time.
 * @throws {TypeError} If an option is invalid.
 */
export async function generateTypes(
  connection: string | URL | ConnectionOptions | undefined,
  options: GenerateTypesOptions,
): Promise<string> {
  const { publication, parsers = {}, binary = false } = options;
  const publications = typeof publication === "string"
    ? [publication]
    : publication;
  if (publications.length === 0 || publications.includes("")) {
    throw new TypeError("Cannot write types: no publication is named");
  }
  // Mistakes of the caller are reported before connecting.
  new ChosenParsers(parsers);
  const schema = await readTables(connection, options, publications);
  return writeTypes(schema, {
    ...{ publications, parsers, binary },
    from: options.from ?? "@walbrook/walbrook",
  });
}

async function readTables(
  connection: string | URL | ConnectionOptions | undefined,
  options: GenerateTypesOptions,
  publications: readonly string[],
): Promise<DescribedSchema> {
  const { timeoutMs: deadlineMs = 60_000 } = options;
  const { dial, environment } = await bindRuntime(options);
  const signal = options.signal ?? new AbortController().signal;
  const settings = await untilAborted(
    resolveConnection(connection, environment),
    signal,
  );
  const schema = await withCatalog(
    { dial, settings: () => settings, signal, onNotice: ignore, deadlineMs },
    async (ask, parameters) => {
      const query = schemaQuery(publications, serverMajor(parameters));
      return readSchema((await ask(query))[0]);
    },
  );
  const [missing] = schema.missing;
  if (missing === undefined) return schema;
  throw new SubscriptionError(
    "publicationMissing",
    `Cannot write types: publication "${missing}" does not exist in this database; create it with CREATE PUBLICATION, or name another one`,
  );
}

function ignore(): void {}
