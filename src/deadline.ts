/** Options for {@linkcode withDeadline}. */
export interface DeadlineOptions {
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined;
  /** The time limit, in milliseconds; 0 for none. */
  readonly timeoutMs: number;
  /** Creates the error for an expired time limit. */
  readonly timeoutError: () => Error;
  /**
   * The time that a task may take to clean up after that, in milliseconds.
   *
   * @default {2_000}
   */
  readonly graceMs?: number;
}

/** Runs a part of a task with the clock stopped; the clock restarts afterwards. */
export type StopClock = <T>(part: () => Promise<T>) => Promise<T>;

/**
 * A task with a deadline.
 *
 * @param signal Aborts it.
 * @param stopClock Runs a part that may take any time.
 */
export type DeadlineTask<T> = (
  signal: AbortSignal,
  stopClock: StopClock,
) => Promise<T>;

const GRACE_MS = 2_000;

/**
 * Runs a task that the signal or the time limit may end early. The task should obey the
 * signal that it is given; its own error is then replaced by the signal's reason. A task that
 * does not obey, for example because it waits for a user's function, is abandoned.
 *
 * @param options The limits.
 * @param task The task.
 * @returns The task's result.
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
 * Waits for a promise that does not observe a signal.
 *
 * @param promise The promise; if the signal is aborted first, its outcome is ignored.
 * @param signal Ends the wait, which then rejects with the signal's reason.
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
 * Waits for work that may hang or fail; neither matters.
 *
 * @param milliseconds The maximum wait.
 * @param work The work.
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
