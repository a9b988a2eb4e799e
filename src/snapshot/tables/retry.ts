/** Repeats work, with delays, while it fails with a transient error. */
export type Retry = <T>(
  work: () => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;
