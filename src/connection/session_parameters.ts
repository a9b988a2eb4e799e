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

/**
 * What is asked for in a database whose encoding is SQL_ASCII, in place of the pinned
 * encoding. Its text may be no UTF-8: the server then refuses to send it as such, and
 * without conversion it sends the bytes.
 */
export const UNCONVERTED: Readonly<Record<string, string>> = {
  client_encoding: "SQL_ASCII",
};

/**
 * Whether the server sends text as it is stored, in whatever encoding.
 *
 * @param parameters Every ParameterStatus of a session.
 */
export function isUnconverted(
  parameters: ReadonlyMap<string, string>,
): boolean {
  const encoding = UNCONVERTED["client_encoding"];
  return parameters.get("client_encoding") === encoding &&
    parameters.get("server_encoding") === encoding;
}

/**
 * The same for settings that poolers refuse as parameters of their own, or drop:
 * `bytea_output`, `extra_float_digits` and `quote_all_identifiers` shape values, as
 * `search_path` does those of `regclass` and its like; it also decides whose
 * operators, functions and types a query means, so that nobody who may create objects in
 * another schema can have code of theirs run with the rights of this role (CVE-2018-1058).
 */
export const PINNED_IN_OPTIONS: Readonly<Record<string, string>> = {
  bytea_output: "hex",
  extra_float_digits: "1",
  quote_all_identifiers: "off",
  search_path: "pg_catalog",
};

/** What the user may choose about a session. */
export interface SessionChoices {
  /** `application_name`. */
  readonly applicationName: string;
  /** Command-line options for the server. */
  readonly options: string;
}

/**
 * Makes the parameters of StartupMessage which shape the session. Those that decide
 * how values are written as text, and where names are looked up, are pinned, so that no
 * setting of a role, a database or the user's own `options` can change what the library
 * reads, or whose code it runs.
 *
 * @param session What the user chose.
 */
export function sessionParameters(
  session: SessionChoices,
): Record<string, string> {
  const pins = Object.entries(PINNED_IN_OPTIONS)
    .map(([name, value]) => `-c ${name}=${value}`);
  return {
    application_name: session.applicationName,
    options: [closeLastWord(session.options), ...pins].join(" ").trim(),
    ...PINNED,
  };
}

// A backslash at the very end would escape the blank before the pinned options.
// The server drops it; see pg_split_opts in postinit.c.
function closeLastWord(options: string): string {
  const backslashes = /\\*$/.exec(options)?.[0].length ?? 0;
  return backslashes % 2 === 0 ? options : options.slice(0, -1);
}
