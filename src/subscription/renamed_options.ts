// The names that options had up to version 0.1, and what to write now.
const RENAMED_RETRY_OPTIONS: Readonly<Record<string, string>> = {
  firstDelayMs: "initialDelayMs",
  limit: "maxAttempts",
};

/**
 * Refuses options under names that they had before, which would be ignored in silence.
 *
 * @param options The caller's options, which may come from JavaScript.
 * @throws {TypeError} If one of them has an old name; the message says the new one.
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
