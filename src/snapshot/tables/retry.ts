/** Does something again after a while if it fails for a reason that passes. */
export type Retry = <T>(
  work: () => Promise<T>,
  signal: AbortSignal,
) => Promise<T>;
