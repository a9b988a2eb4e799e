import type { Environment } from "../socket/socket.ts";

// libpq's names: on Unix, and on Windows below %APPDATA%\postgresql.
const NAMES = {
  password: [".pgpass", "pgpass.conf"],
  service: [".pg_service.conf", ".pg_service.conf"],
  root: [".postgresql/root.crt", "root.crt"],
  certificate: [".postgresql/postgresql.crt", "postgresql.crt"],
  key: [".postgresql/postgresql.key", "postgresql.key"],
} as const;

/** A file that libpq looks for among the user's own. */
export type HomeFile = keyof typeof NAMES;

/**
 * Says where one of the user's own files lies.
 *
 * Source: the manual, "The Password File", "The Connection Service File", "SSL Support";
 * `pqGetHomeDirectory` in fe-connect.c.
 *
 * @param file Which one.
 * @param environment Where `HOME` or `APPDATA` is read.
 * @returns Its path, or `undefined` where nobody's home is known.
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
 * Reads a file that need not be there, without asking anybody for the permission.
 *
 * @param path The file's path.
 * @param environment Where it is read.
 * @returns Its text, or `undefined` if it is not there or may not be read.
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
 * Says why a file can't be read. The runtime's own message is left out: it quotes the path,
 * which in a connection string that is put together wrongly may hold a password.
 */
export function fileProblem(error: unknown): string {
  const { code, name } = error as { code?: unknown; name?: unknown };
  for (const word of [code, name]) {
    if (typeof word !== "string") continue;
    if (Object.hasOwn(FILE_PROBLEMS, word)) return FILE_PROBLEMS[word]!;
  }
  return `reading it failed with ${code ?? name}`;
}
