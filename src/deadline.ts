/** When to give up. */
export interface DeadlineOptions {
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds; 0 for no limit. */
  readonly timeoutMs: number;
  /** Makes the error for the end of the time. */
  readonly timeoutError: () => Error;
  /**
   * How long a task may take to clean up behind that, in milliseconds.
   *
   * @default {2_000}
   */
  readonly graceMs?: number;
}

/** Runs a part of a task for which the clock stands still; it starts again behind it. */
export type StopClock = <T>(part: () => Promise<T>) => Promise<T>;

/**
 * A task with a deadline.
 *
 * @param signal Ends it.
 * @param stopClock Runs what may take any time.
 */
export type DeadlineTask<T> = (
  signal: AbortSignal,
  stopClock: StopClock,
) => Promise<T>;

const GRACE_MS = 2_000;

/**
 * Runs a task that ends early by signal or clock. The task should obey the signal that it
 * is given; whatever it then fails with gives way to the signal's reason. A task that does
 * not obey, such as one that waits for somebody else's function, is left to itself.
 *
 * @param options When to give up.
 * @param task What to run.
 * @returns What the task returns.
 */
export async function withDeadline<T>(
  options: DeadlineOptions,
  task: DeadlineTask<T>,
): Promise<T> {
  const { signal, timeoutMs, timeoutError, graceMs = GRACE_MS } = options;
  signal?.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isDone = false;
  const startClock = () => {
    if (timeoutMs === 0 || isDone) return;
    timer = setTimeout(() => controller.abort(timeoutError()), timeoutMs);
  };
  const stopClock: StopClock = async (part) => {
    clearTimeout(timer);
    return await part().finally(startClock);
  };
  let grace: ReturnType<typeof setTimeout> | undefined;
  const isOver = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => {
      grace = setTimeout(() => reject(controller.signal.reason), graceMs);
    });
  });
  startClock();
  try {
    return await Promise.race([task(controller.signal, stopClock), isOver]);
  } catch (error) {
    if (controller.signal.aborted) throw controller.signal.reason;
    throw error;
  } finally {
    isDone = true;
    clearTimeout(timer);
    clearTimeout(grace);
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
  promise: T | Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort);
    Promise.resolve(promise).then(resolve, reject).finally(() =>
      signal?.removeEventListener("abort", abort)
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
