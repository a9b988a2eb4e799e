import { ALL_METHODS } from "./authentication_method.ts";
import type { ConnectionOptions } from "./connection_options.ts";
import type { ConnectionSettings } from "./connection_settings.ts";
import type { ConnectionKeywords } from "./connection_string.ts";

/** What there is to choose of a connection besides where it leads and as whom. */
export type ConnectionChoices = Pick<
  ConnectionSettings,
  | "targetSessionAttrs"
  | "loadBalanceHosts"
  | "requireAuth"
  | "channelBinding"
  | "connectTimeoutMs"
  | "keepAlive"
  | "keepAliveIdleMs"
>;

const KEYWORDS: readonly string[] = [
  "target_session_attrs",
  "load_balance_hosts",
  "require_auth",
  "channel_binding",
  "connect_timeout",
  "keepalives",
  "keepalives_idle",
];

/** What holds where nothing else is chosen. */
export const DEFAULT_CHOICES: ConnectionChoices = {
  targetSessionAttrs: "any",
  loadBalanceHosts: false,
  requireAuth: ALL_METHODS,
  channelBinding: "prefer",
  connectTimeoutMs: 30_000,
  keepAlive: true,
  keepAliveIdleMs: undefined,
};

/**
 * Settles what was chosen of a connection. What reads the words and numbers is loaded by
 * those who have chosen anything.
 *
 * @param keywords What the user gave.
 * @param options The same, where times are in milliseconds.
 * @throws {TypeError} If a word is unknown.
 * @throws {RangeError} If a number is out of range.
 */
export async function settleChoices(
  keywords: ConnectionKeywords,
  options: ConnectionOptions,
): Promise<ConnectionChoices> {
  if (!KEYWORDS.some((name) => keywords.has(name))) return DEFAULT_CHOICES;
  const { readChoices } = await import("./connection_choices.ts");
  return readChoices(keywords, options);
}
