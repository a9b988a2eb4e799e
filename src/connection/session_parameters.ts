/**
 * What the text of a value depends on. In the packet they outrank the settings of
 * the role, the database and `options`; poolers let exactly these pass.
 */
export const PINNED: Readonly<Record<string, string>> = {
  client_encoding: "UTF8",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
};

// The same for settings that PgBouncer refuses as parameters of their own.
const PINNED_IN_OPTIONS = "-c bytea_output=hex -c extra_float_digits=1";

/** What the user may choose about a session. */
export interface SessionChoices {
  /** `application_name`. */
  readonly applicationName: string;
  /** Command-line options for the server. */
  readonly options: string;
}

/**
 * Makes the parameters of StartupMessage which shape the session. Those that decide
 * how values are written as text are pinned, so that no setting of a role, a
 * database or the user's own `options` can change what the library reads.
 *
 * @param session What the user chose.
 */
export function sessionParameters(
  session: SessionChoices,
): Record<string, string> {
  return {
    application_name: session.applicationName,
    options: `${closeLastWord(session.options)} ${PINNED_IN_OPTIONS}`.trim(),
    ...PINNED,
  };
}

// A backslash at the very end would escape the blank before the pinned options.
// The server drops it; see pg_split_opts in postinit.c.
function closeLastWord(options: string): string {
  const backslashes = /\\*$/.exec(options)?.[0].length ?? 0;
  return backslashes % 2 === 0 ? options : options.slice(0, -1);
}
