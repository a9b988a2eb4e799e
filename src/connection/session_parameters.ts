/**
 * Settings on which the text of values depends. As startup parameters they outrank the
 * settings of the role, the database and `options`; poolers pass on exactly these.
 */
export const PINNED: Readonly<Record<string, string>> = {
  client_encoding: "UTF8",
  DateStyle: "ISO, MDY",
  IntervalStyle: "postgres",
  TimeZone: "UTC",
};

/**
 * The setting requested for a database with the encoding SQL_ASCII, instead of the pinned
 * encoding. Its text may not be UTF-8: then the server refuses to send it as such, but
 * without conversion it sends the bytes.
 */
export const UNCONVERTED: Readonly<Record<string, string>> = {
  client_encoding: "SQL_ASCII",
};

/**
 * Returns whether the server sends text as it is stored, in any encoding.
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
 * Settings that poolers reject as startup parameters, or drop: `bytea_output`,
 * `extra_float_digits` and `quote_all_identifiers` determine the text of values, and
 * `search_path` that of `regclass` and similar types. `search_path` also decides which
 * operators, functions and types a query refers to: pinning it prevents anyone who may create
 * objects in another schema from having their code run with the privileges of this role
 * (CVE-2018-1058).
 */
export const PINNED_IN_OPTIONS: Readonly<Record<string, string>> = {
  bytea_output: "hex",
  extra_float_digits: "1",
  quote_all_identifiers: "off",
  search_path: "pg_catalog",
};

/** The caller's options for a session. */
export interface SessionChoices {
  /** `application_name`. */
  readonly applicationName: string;
  /** Command-line options for the server. */
  readonly options: string;
}

/**
 * Creates the parameters of StartupMessage that configure the session. Those that decide how
 * values are written as text, and where names are looked up, are pinned, so that no setting
 * of a role, a database or the caller's own `options` can change what the library reads, or
 * whose code it runs.
 *
 * @param session The caller's options.
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

// A backslash at the very end would escape the blank before the pinned options. The server
// drops it; see pg_split_opts in postinit.c.
function closeLastWord(options: string): string {
  const backslashes = /\\*$/.exec(options)?.[0].length ?? 0;
  return backslashes % 2 === 0 ? options : options.slice(0, -1);
}
