/** When to give up. */
export interface DeadlineOptions {
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds; 0 for no limit. */
  readonly timeoutMs: number;
  /** Makes the error for the end of the time. */
  readonly timeoutError: () => Error;
}

/**
 * Runs a task that ends early by signal or clock. The task has to obey the signal
 * that it is given; whatever it then fails with gives way to the signal's reason.
 *
 * @param options When to give up.
 * @param task What to run.
 * @returns What the task returns.
 */
export async function withDeadline<T>(
  options: DeadlineOptions,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { signal, timeoutMs, timeoutError } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  const timer = timeoutMs > 0
    ? setTimeout(() => controller.abort(timeoutError()), timeoutMs)
    : undefined;
  try {
    return await task(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    throw error;
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", abort);
  }
}

/**
 * Waits for a promise that knows nothing of signals.
 *
 * @param promise What to wait for; if the signal comes first, its outcome is
 * dropped.
 * @param signal Ends the wait; the result then rejects with the signal's reason.
 */
export function untilAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    promise.then(resolve, reject).finally(() =>
      signal.removeEventListener("abort", abort)
    );
  });
}

/**
 * Waits for work that may hang or fail, neither of which matters.
 *
 * @param milliseconds How long to wait at most.
 * @param work What to wait for.
 */
export async function within(
  milliseconds: number,
  work: () => Promise<void>,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  try {
    await Promise.race([work().catch(() => {}), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
