/** The folder of the output plugin `wal2json`, if it is installed. */
export type Wal2jsonFound =
  | {
    /** Settings with which PostgreSQL 15 finds it. */
    readonly settings: Readonly<Record<string, string>>;
  }
  | {
    readonly settings?: undefined;
    /** Why there is none. */
    readonly reason: string;
  };

const FOLDERS = [
  "/usr/lib/postgresql/15/lib",
  "/usr/local/lib/postgresql/15/lib",
];

/**
 * Looks for a `wal2json` that was built for PostgreSQL 15, such as Debian's package
 * postgresql-15-wal2json. The servers of the tests load it from there: its binary
 * interface is that of the major version.
 */
export async function findWal2json(): Promise<Wal2jsonFound> {
  for (const folder of FOLDERS) {
    try {
      await Deno.stat(`${folder}/wal2json.so`);
      return { settings: { dynamic_library_path: `$libdir:${folder}` } };
    } catch {
      // Not here.
    }
  }
  return {
    reason:
      "wal2json for PostgreSQL 15 is not installed (apt-get install postgresql-15-wal2json)",
  };
}
