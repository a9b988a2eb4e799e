import { completeKeywords } from "./connection_keywords.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import type { ConnectionSettings } from "./connection_settings.ts";
import type { ConnectionKeywords } from "./connection_string.ts";
import { sessionParameters } from "./session_parameters.ts";
import { resolveChoices } from "./resolve_choices.ts";
import { resolveTargets } from "./resolve_targets.ts";
import { resolveTls } from "./resolve_tls.ts";
import type { Environment } from "../socket/socket.ts";

/**
 * Resolves where and how to connect, from a connection string in libpq's format (a
 * `postgres://` URL or `keyword=value` pairs) or an object, then from the service that it
 * names, from the `PG*` variables, and from the defaults that {@linkcode ConnectionOptions}
 * lists.
 *
 * Accepted without effect are `replication` (the library requests the mode that it needs),
 * `keepalives_interval`, `keepalives_count`, `tcp_user_timeout`, `sslcompression`,
 * `krbsrvname`, `gsslib`, `gssdelegation`, `max_protocol_version`. Unsupported keywords of
 * libpq are rejected, unless their value has no effect here (`gssencmode=prefer`).
 *
 * @param connection The caller's connection; `undefined` to use only the environment.
 * @param environment Variables and files.
 * @throws {SyntaxError} If the string cannot be read.
 * @throws {TypeError} If a keyword or value is unknown or not supported, or there
 * is no user.
 * @throws {RangeError} If a number is out of range.
 */
export async function resolveConnection(
  connection: string | URL | ConnectionOptions | undefined,
  environment: Environment,
): Promise<ConnectionSettings> {
  const text = connection instanceof URL ? connection.href : connection;
  const options = typeof text === "object" && text !== null ? text : {};
  const given = await readGiven(text);
  const keywords = await completeKeywords(given, environment);
  const user = findUser(keywords, environment);
  const targets = await resolveTargets(keywords);
  const overTcp = targets.filter(({ address }) => address.transport === "tcp");
  const password = options.password ?? (keywords.get("password") || undefined);
  const path = keywords.get("passfile") || undefined;
  return {
    targets,
    user,
    database: keywords.get("dbname") || user,
    password,
    passwordFile: password === undefined ? { path, environment } : undefined,
    tls: overTcp.length === 0
      ? undefined
      : await resolveTls(keywords, overTcp, environment),
    parameters: sessionParameters({
      applicationName: keywords.get("application_name") ||
        keywords.get("fallback_application_name") || "walbrook",
      options: keywords.get("options") ?? "",
    }),
    ...await resolveChoices(keywords, options),
  };
}

async function readGiven(
  given: string | ConnectionOptions | undefined,
): Promise<ConnectionKeywords> {
  if (typeof given === "string") return await readString(given);
  if (given === undefined) return new Map();
  if (typeof given === "object" && given !== null) {
    return await readObject(given);
  }
  throw new TypeError(
    `Cannot connect with ${
      given === null ? "null" : `a ${typeof given}`
    }: expected a connection string, a URL, or an object with options`,
  );
}

// Few programs need both.
async function readString(text: string): Promise<ConnectionKeywords> {
  const { parseConnectionString } = await import("./connection_string.ts");
  return parseConnectionString(text);
}

async function readObject(
  options: ConnectionOptions,
): Promise<ConnectionKeywords> {
  const { readOptions } = await import("./option_keywords.ts");
  return readOptions(options);
}

function findUser(
  keywords: ConnectionKeywords,
  environment: Environment,
): string {
  const user = keywords.get("user") || environment.get("USER") ||
    environment.get("LOGNAME") || environment.get("USERNAME");
  if (user) return user;
  throw new TypeError(
    "Cannot tell which user to connect as: name one in the connection string or options, or in PGUSER",
  );
}
