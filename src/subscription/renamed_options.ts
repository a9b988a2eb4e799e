// The names of options up to version 0.1, and their replacements.
const RENAMED_RETRY_OPTIONS: Readonly<Record<string, string>> = {
  firstDelayMs: "initialDelayMs",
  limit: "maxAttempts",
};

/**
 * Rejects old names of options, which would otherwise be ignored silently.
 *
 * @param options The caller's options, which may come from JavaScript.
 * @throws {TypeError} If an option has an old name; the message gives the new one.
 */
export function refuseRenamedOptions(options: {
  readonly onGap?: unknown;
  readonly gaps?: unknown;
  readonly retry?: unknown;
}): void {
  const { onGap, gaps, retry } = options;
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
