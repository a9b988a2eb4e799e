import { UsageError } from "../command/usage_error.ts";

/** The database to connect to. */
export type ConnectionSource =
  /** No database is given. */
  | { readonly kind: "none" }
  /** A server; if the connection is `undefined`, the PG* variables specify it. */
  | { readonly kind: "server"; readonly connection: string | undefined };

const PG_VARIABLES = [
  ...["PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE", "PGUSER", "PGPORT"],
];

/**
 * Finds the database of a command line.
 *
 * @param argument The operand CONNECTION.
 * @param variable Looks up an environment variable.
 */
export function findConnection(
  argument: string | undefined,
  variable: (name: string) => string | undefined,
): ConnectionSource {
  const connection = argument || variable("DATABASE_URL");
  if (connection) return { kind: "server", connection };
  return PG_VARIABLES.some((name) => variable(name))
    ? { kind: "server", connection: undefined }
    : { kind: "none" };
}

/**
 * Finds the database of a command that requires one.
 *
 * @param argument The operand CONNECTION.
 * @param variable Looks up an environment variable.
 * @throws {UsageError} If there is none.
 */
export function requireConnection(
  argument: string | undefined,
  variable: (name: string) => string | undefined,
): string | undefined {
  const source = findConnection(argument, variable);
  if (source.kind === "server") return source.connection;
  throw new UsageError(
    "Which database? Give a connection URL, or set DATABASE_URL or PGHOST",
  );
}
