// The names of options up to version 0.1, and their replacements.
const RENAMED_RETRY_OPTIONS: Readonly<Record<string, string>> = {
  firstDelayMs: "initialDelayMs",
  limit: "maxAttempts",
};

/**
 * Rejects options that JavaScript lets through, and that would otherwise be ignored or
 * replaced silently: none at all, a connection that is `undefined` or empty, old names.
 *
 * @param options The caller's options, which may come from JavaScript.
 * @throws {TypeError} If there is one; the message says what to write.
 */
export function refuseWrongOptions(options: {
  readonly connection?: unknown;
  readonly onGap?: unknown;
  readonly gaps?: unknown;
  readonly retry?: unknown;
}): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(
      "Cannot subscribe: pass an object with connection, slot and publication",
    );
  }
  const { connection, onGap, gaps, retry } = options;
  if ("connection" in options && (connection ?? "") === "") {
    throw new TypeError(
      `Cannot subscribe: the option connection is ${
        connection === "" ? "empty" : `${connection}`
      }; is an environment variable, such as DATABASE_URL, not set? Leave the option out to use PGHOST, PGUSER and their like`,
    );
  }
  if (onGap === "event") {
    throw new TypeError('Cannot use onGap: "event": write gaps: "event"');
  }
  if (onGap !== undefined && gaps !== "event") {
    throw new TypeError(
      'Cannot call onGap: a gap ends the subscription with an error; add gaps: "event" to continue after gaps',
    );
  }
  if (typeof retry !== "object" || retry === null) return;
  for (const [old, name] of Object.entries(RENAMED_RETRY_OPTIONS)) {
    if (old in retry) {
      throw new TypeError(`Cannot use retry.${old}: write retry.${name}`);
    }
  }
}
