/** What `--help` prints. */
export const HELP = `\
Follows the changes of a PostgreSQL database.

  deno run -A examples/tail.ts [CONNECTION] --slot NAME --publication NAME[,NAME]

CONNECTION is a URL (postgres://app@localhost/shop) or libpq's key=value pairs in
quotes. Without it DATABASE_URL counts, then PGHOST, PGUSER and their kin. Without
these too, a demo database with a busy little shop is started, and removed at the end.

  --slot NAME         The replication slot, which remembers what was shown.
  --publication NAMES The publications to follow, separated by commas.
  --create-slot       Create the slot if there is none.
  --temporary         Use a slot that ends with this program; --slot may be left out.
  --plugin NAME       The output plugin: pgoutput (the default), test_decoding, wal2json,
                      which need no --publication, or another, whose payloads are shown
                      as they are.
  --plugin-option NAME=VALUE
                      An option of that plugin; may come several times.
  --start-lsn LSN     Skip, for good, what committed before this position.
  --until now|LSN     End when all that committed before this position was shown.
  --count N           End after N inserts, updates, deletes and truncates.
  --format FORMAT     pretty (the default) or ndjson.
  --verbose           Tell of the connection, on the standard error.
  --no-color          No colours. NO_COLOR and a pipe have the same effect.
  --help, --version

A transaction is confirmed to the server once it was written to the standard output, so
that it is not shown again; one that --count cuts short is not confirmed, and comes
again. Ctrl-C confirms what was shown and ends; a second one ends at once.

ndjson writes one event a line. Positions are X/X text, times are ISO 8601 with
microseconds. Numbers that JSON readers would damage are strings: int8, numeric, NaN,
infinities, -0. bytea is \\x and hex digits. json and jsonb are embedded as they are.
Columns that the server left out as unchanged are not in newRow but named in
"unchanged". A message's content is text, or {"hex": …} if it is not UTF-8.

Exit status: 0 at the end, also by Ctrl-C; 1 for errors; 2 for a wrong command line.
`;
