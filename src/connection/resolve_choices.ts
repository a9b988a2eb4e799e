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
 * Settles what was chosen of a connection. What reads the words and numbers is loaded by
 * those who have chosen anything.
 *
 * @param keywords What the user gave.
 * @param options The same, where times are in milliseconds.
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
