import type { Environment } from "../socket/socket.ts";
import type { PasswordRequest } from "./connection_options.ts";
import { homeFile } from "./home_file.ts";

/** The file with the passwords of logins that specify none. */
export interface PasswordFile {
  /** The value of `passfile`; `undefined` for the user's own file. */
  readonly path: string | undefined;
  /** The source of files. */
  readonly environment: Environment;
}

/** The result of searching the password file. */
export interface PasswordFinding {
  /** The password, if there is a line for this login. */
  readonly password?: string;
  /** Why the file could not be used, for an error message. */
  readonly problem?: string;
}

// libpq's compiled-in socket directories, upstream's and Debian's, count as "localhost".
const DEFAULT_DIRECTORIES = ["/tmp", "/var/run/postgresql"];
const OTHERS_MODE_BITS = 0o077;

/**
 * Searches libpq's password file for a password. As in libpq, a file that others have access
 * to is ignored.
 *
 * Source: the manual, "The Password File"; `passwordFromFile` in fe-connect.c.
 *
 * @param file The location of the file.
 * @param request The login.
 */
export async function findInPasswordFile(
  { path: given, environment }: PasswordFile,
  request: PasswordRequest,
): Promise<PasswordFinding> {
  const path = given || homeFile("password", environment);
  if (path === undefined || environment.readTextFile === undefined) return {};
  // A path from a connection string is not shown: see suggestion().
  const name = given
    ? "the password file that passfile or PGPASSFILE names"
    : `password file ${path}`;
  const problem = await problemOf(path, environment);
  if (problem !== null) return { problem: `${name} ${problem}` };
  try {
    const text = await environment.readTextFile(path);
    const password = matchPassword(text, request);
    return password === undefined
      ? { problem: `${name} has no line for this login` }
      : { password };
  } catch {
    return { problem: `${name} cannot be read` };
  }
}

async function problemOf(
  path: string,
  environment: Environment,
): Promise<string | null> {
  if (environment.describeFile === undefined) return null;
  const found = await environment.describeFile(path);
  if (found === null) {
    return "is not there, or may not be read";
  }
  if (!found.isFile) return "is not an ordinary file";
  if (found.mode === null || (found.mode & OTHERS_MODE_BITS) === 0) return null;
  return "was passed over because others have access to it (chmod 600)";
}

/**
 * Finds the first line for a login: `hostname:port:database:username:password`, where `*`
 * matches anything, and a backslash escapes the next character.
 *
 * @param text The content of a password file.
 * @param request The login.
 */
export function matchPassword(
  text: string,
  request: PasswordRequest,
): string | undefined {
  const hostnames = DEFAULT_DIRECTORIES.includes(request.host)
    ? [request.host, "localhost"]
    : [request.host];
  const wanted: readonly (readonly string[])[] = [
    hostnames,
    [String(request.port)],
    [request.database],
    [request.user],
  ];
  for (const line of text.split(/\r?\n/)) {
    if (line === "" || line.startsWith("#")) continue;
    const fields = splitFields(line);
    const password = fields[wanted.length];
    const matches = wanted.every((values, i) =>
      fields[i] === "*" || values.includes(unescape(fields[i] ?? ""))
    );
    if (matches && password !== undefined) return unescape(password);
  }
  return undefined;
}

// The raw fields, including backslashes.
function splitFields(line: string): string[] {
  return Array.from(
    line.matchAll(/(?:^|:)((?:[^:\\]|\\[^]|\\$)*)/g),
    ([, field = ""]) => field,
  );
}

function unescape(field: string): string {
  return field.replace(/\\([^])/g, "$1");
}
