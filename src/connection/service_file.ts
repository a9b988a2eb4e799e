import type { Environment } from "../socket/socket.ts";
import type { ConnectionKeywords } from "./connection_string.ts";
import { fileProblem, homeFile, readIfThere } from "./home_file.ts";

/**
 * Looks up a service in the file given by `servicefile` or `PGSERVICEFILE`, otherwise in
 * `~/.pg_service.conf`; if it is not there, in `pg_service.conf` in the folder
 * `PGSYSCONFDIR`.
 *
 * Source: the manual, "The Connection Service File"; `parseServiceInfo` in fe-connect.c.
 *
 * @param service The service's name.
 * @param file The value of `servicefile`, if there is one.
 * @param environment The source of files and variables.
 * @returns The keywords of its section.
 * @throws {TypeError} If the service does not exist, or a file can't be read or parsed.
 */
export async function readService(
  service: string,
  file: string | undefined,
  environment: Environment,
): Promise<ConnectionKeywords> {
  const named = file ?? environment.get("PGSERVICEFILE");
  const folder = environment.get("PGSYSCONFDIR");
  const paths = [
    named ?? homeFile("service", environment),
    folder && `${folder}/pg_service.conf`,
  ].filter((path) => path !== undefined && path !== "");
  // A path from a connection string is not shown: see suggestion().
  const nameOf = (path: string) =>
    path === file ? "the service file that servicefile names" : path;
  for (const path of paths as string[]) {
    const text = path === named
      ? await readNamed(path, nameOf(path), environment)
      : await readIfThere(path, environment);
    const keywords = text === undefined
      ? null
      : findSection(text, service, nameOf(path));
    if (keywords !== null) return keywords;
  }
  throw new TypeError(
    paths.length === 0
      ? "Cannot find the service that is named: there is no service file, since HOME and PGSYSCONFDIR are not set"
      : `Cannot find the service that is named: it has no section in ${
        (paths as string[]).map(nameOf).join(" or ")
      }; add one there, or set PGSERVICEFILE to the file that has it`,
  );
}

async function readNamed(
  path: string,
  name: string,
  environment: Environment,
): Promise<string> {
  if (environment.readTextFile === undefined) {
    throw new TypeError(
      `Cannot read ${name}: files cannot be read here`,
    );
  }
  try {
    return await environment.readTextFile(path);
  } catch (error) {
    throw new TypeError(
      `Cannot read ${name}: ${fileProblem(error)}`,
    );
  }
}

// The first section with that name counts, as in libpq.
function findSection(
  text: string,
  service: string,
  name: string,
): ConnectionKeywords | null {
  let keywords: ConnectionKeywords | null = null;
  for (const [at, raw] of text.split("\n").entries()) {
    const line = raw.replace(/^[\t-\r ]+|[\t-\r ]+$/g, "");
    if (line === "" || line.startsWith("#")) continue;
    if (line.startsWith("[")) {
      if (keywords !== null) return keywords;
      if (line.startsWith(`[${service}]`)) keywords = new Map();
    } else if (keywords !== null) {
      addLine(line, keywords, `line ${at + 1} of ${name}`);
    }
  }
  return keywords;
}

function addLine(
  line: string,
  keywords: ConnectionKeywords,
  place: string,
): void {
  if (line.startsWith("ldap")) {
    throw new TypeError(
      `Cannot follow ${place}: looking a service up with LDAP is not supported`,
    );
  }
  const sign = line.indexOf("=");
  const name = line.slice(0, Math.max(sign, 0));
  if (name === "" || name === "service" || name === "servicefile") {
    throw new TypeError(
      `Cannot follow ${place}: it is not keyword=value with a keyword that may stand there`,
    );
  }
  // As in libpq, which only sets keywords that have no value yet.
  if (!keywords.has(name)) keywords.set(name, line.slice(sign + 1));
}
