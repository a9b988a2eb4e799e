import {
  type ConnectionChoices,
  DEFAULT_CHOICES,
} from "./connection_choices.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import type { ConnectionKeywords } from "./connection_string.ts";

const KEYWORDS: readonly string[] = [
  "target_session_attrs",
  "load_balance_hosts",
  "require_auth",
  "channel_binding",
  "connect_timeout",
  "keepalives",
  "keepalives_idle",
];

/**
 * Resolves the options of a connection besides address and credentials. The code that parses
 * them is loaded only if there are any.
 *
 * @param keywords The caller's keywords.
 * @param options The same as options, in which times are in milliseconds.
 * @throws {TypeError} If a word is unknown.
 * @throws {RangeError} If a number is out of range.
 */
export async function resolveChoices(
  keywords: ConnectionKeywords,
  options: ConnectionOptions,
): Promise<ConnectionChoices> {
  if (!KEYWORDS.some((name) => keywords.has(name))) return DEFAULT_CHOICES;
  const { readChoices } = await import("./read_choices.ts");
  return readChoices(keywords, options);
}
