// The settings that nothing else sets.
const DEFAULTS: readonly (readonly [string, string])[] = [
  ["search_path", '"$user", public'],
  ["client_encoding", "UTF8"],
  ["DateStyle", "ISO, MDY"],
  ["IntervalStyle", "postgres"],
  ["TimeZone", "Etc/UTC"],
  ["application_name", ""],
];

const OPTION = /-c (\w+)=((?:\\.|[^\s\\])*)/g;

/**
 * Returns the initial settings of a session.
 *
 * @param parameters Those of StartupMessage. `options` have the lowest precedence.
 */
export function sessionSettings(
  parameters: ReadonlyMap<string, string>,
): Map<string, string> {
  const settings = new Map(DEFAULTS);
  const options = parameters.get("options") ?? "";
  for (const [, name = "", value = ""] of options.matchAll(OPTION)) {
    settings.set(name, value.replaceAll(/\\(.)/g, "$1"));
  }
  for (const [name] of DEFAULTS) {
    const given = parameters.get(name);
    if (given !== undefined) settings.set(name, given);
  }
  return settings;
}

/**
 * Returns the parameters that a server reports at login. Source: the manual, "Asynchronous
 * Operations".
 *
 * @param major Its major version.
 * @param parameters Those of StartupMessage.
 * @param settings The session's settings.
 */
export function reportedParameters(
  major: number,
  parameters: ReadonlyMap<string, string>,
  settings: ReadonlyMap<string, string>,
): readonly (readonly [string, string])[] {
  const reported: (readonly [string, string])[] = [
    ["server_version", `${major}.0`],
    ["server_encoding", "UTF8"],
    ["integer_datetimes", "on"],
    ["standard_conforming_strings", "on"],
    ["is_superuser", "off"],
    ["session_authorization", parameters.get("user") ?? ""],
    ["in_hot_standby", "off"],
    ["default_transaction_read_only", "off"],
  ];
  for (const [name, value] of settings) {
    const isReported = DEFAULTS.some(([known]) => known === name) &&
      (name !== "search_path" || major >= 18);
    if (isReported) reported.push([name, value]);
  }
  return reported;
}
