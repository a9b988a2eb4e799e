import { type PostgresError, ProtocolError } from "../errors.ts";

// The first words of the commands that only a walsender knows, and each one does: those
// that came later an old server takes for SQL, too.
const WALSENDER_COMMAND =
  /^\s*(?:IDENTIFY_SYSTEM|TIMELINE_HISTORY|(?:CREATE|DROP)_REPLICATION_SLOT|START_REPLICATION|BASE_BACKUP)\b/i;
const SYNTAX_ERROR = "42601";

/**
 * Says it in plain words where a pooler or proxy refuses what a replication connection
 * asks for at its start. They are not translated, unlike the server's own messages.
 *
 * @param error What the login failed with.
 * @param where The address, for people to read.
 * @returns An error that names the pooler, or the same error.
 */
export function explainRefusal(error: PostgresError, where: string): Error {
  const { message } = error.fields;
  const parameter = /^unsupported startup parameter(?: in options)?: (\S+)/i
    .exec(message)?.[1];
  const isRefusal = parameter !== undefined ||
    /\bproxy\b.*\breplication\b|\breplication\b.*\bproxy\b/i.test(message);
  if (!isRefusal) return error;
  const who = parameter === undefined
    ? "a proxy"
    : "PgBouncer, or another pooler,";
  return new ProtocolError(
    `Cannot open a replication connection at ${where}: ${who} answers there in place of the server, and says "${message}"; connect to the server itself${
      parameter === undefined ? "" : ", or through PgBouncer 1.23 or later"
    }`,
    { cause: error },
  );
}

/**
 * Says it in plain words where a session turns out to be an ordinary one: a pooler has
 * accepted `replication` at the start and passed over it.
 *
 * @param error What the command failed with.
 * @param command The command.
 * @returns An error that says so, or the same error.
 */
export function explainSyntaxError(
  error: PostgresError,
  command: string,
): Error {
  // A walsender names no position; SQL's parser stumbles over the first word.
  const isStumble = error.code === SYNTAX_ERROR &&
    error.fields.position === "1" && WALSENDER_COMMAND.test(command);
  if (!isStumble) return error;
  return new ProtocolError(
    "Cannot use this connection for replication: the server took a replication command for SQL, so something in between (PgBouncer with ignore_startup_parameters, or another pooler) has dropped the parameter replication; connect to the server itself, or through PgBouncer 1.23 or later",
    { cause: error },
  );
}
