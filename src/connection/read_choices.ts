import type { ConnectionOptions } from "./connection_options.ts";
import type { ConnectionKeywords } from "./connection_string.ts";
import { readSeconds, readWord } from "./keyword_values.ts";
import { parseRequireAuth } from "./require_auth.ts";
import {
  type ConnectionChoices,
  DEFAULT_CHOICES,
} from "./connection_choices.ts";
import { TARGET_SESSION_ATTRS } from "./target_session_attrs.ts";

/**
 * Reads the options of a connection besides address and credentials.
 *
 * @param keywords The caller's keywords.
 * @param options The same as options, in which times are in milliseconds.
 * @throws {TypeError} If a word is unknown.
 * @throws {RangeError} If a number is out of range.
 */
export function readChoices(
  keywords: ConnectionKeywords,
  { connectTimeoutMs, keepalivesIdleMs }: ConnectionOptions,
): ConnectionChoices {
  const word = <Word extends string>(
    name: string,
    words: readonly [Word, ...Word[]],
  ) => readWord(name, keywords.get(name), words);
  const milliseconds = (name: string) => readSeconds(name, keywords.get(name));
  return {
    targetSessionAttrs: word("target_session_attrs", TARGET_SESSION_ATTRS),
    loadBalanceHosts:
      word("load_balance_hosts", ["disable", "random"]) === "random",
    requireAuth: parseRequireAuth(keywords.get("require_auth") ?? ""),
    channelBinding: word("channel_binding", ["prefer", "disable", "require"]),
    connectTimeoutMs: connectTimeoutMs ?? milliseconds("connect_timeout") ??
      DEFAULT_CHOICES.connectTimeoutMs,
    keepAlive: word("keepalives", ["1", "0"]) === "1",
    keepAliveIdleMs: keepalivesIdleMs ??
      (milliseconds("keepalives_idle") || undefined),
  };
}
