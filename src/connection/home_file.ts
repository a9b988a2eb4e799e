import type { Environment } from "../socket/socket.ts";

// libpq's names: on Unix, and on Windows below %APPDATA%\postgresql.
const NAMES = {
  password: [".pgpass", "pgpass.conf"],
  service: [".pg_service.conf", ".pg_service.conf"],
  root: [".postgresql/root.crt", "root.crt"],
  certificate: [".postgresql/postgresql.crt", "postgresql.crt"],
  key: [".postgresql/postgresql.key", "postgresql.key"],
} as const;

/** A file that libpq looks for in the user's home directory. */
export type HomeFile = keyof typeof NAMES;

/**
 * Returns the path of a file in the user's home directory.
 *
 * Source: the manual, "The Password File", "The Connection Service File", "SSL Support";
 * `pqGetHomeDirectory` in fe-connect.c.
 *
 * @param file The file.
 * @param environment The source of `HOME` or `APPDATA`.
 * @returns Its path; `undefined` if the home directory is unknown.
 */
export function homeFile(
  file: HomeFile,
  environment: Environment,
): string | undefined {
  const [unix, windows] = NAMES[file];
  if (environment.get("OS") === "Windows_NT") {
    const folder = environment.get("APPDATA");
    return folder && `${folder}\\postgresql\\${windows}`;
  }
  const home = environment.get("HOME");
  return home && `${home}/${unix}`;
}

/**
 * Reads a file that may not exist, without prompting for permission.
 *
 * @param path The file's path.
 * @param environment The source of files.
 * @returns Its text; `undefined` if it does not exist or may not be read.
 */
export async function readIfThere(
  path: string,
  environment: Environment,
): Promise<string | undefined> {
  if (environment.readTextFile === undefined) return undefined;
  if (environment.describeFile !== undefined) {
    if (await environment.describeFile(path) === null) return undefined;
  }
  return await environment.readTextFile(path).catch(() => undefined);
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  NotFound: "no such file",
  EACCES: "permission denied",
  EPERM: "permission denied",
  PermissionDenied: "permission denied",
  NotCapable: "this process may not read it",
  EISDIR: "it is a directory",
  IsADirectory: "it is a directory",
};

/**
 * Describes why a file can't be read. The runtime's own message is omitted: it quotes the
 * path, which may contain a password if the connection string is malformed.
 */
export function fileProblem(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  for (const word of [code, name]) {
    if (typeof word !== "string") continue;
    if (Object.hasOwn(FILE_PROBLEMS, word)) return FILE_PROBLEMS[word]!;
  }
  return `reading it failed with ${code ?? name}`;
}
