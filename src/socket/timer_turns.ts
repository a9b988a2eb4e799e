/** The time between checks whether timers are delayed, in milliseconds. */
const REST_MS = 10;
/** The maximum delay of timers from then on, in milliseconds. */
const LONGEST_MS = 10;

/**
 * Lets timers run beside a loop that never has to wait. In some runtimes a read that finds
 * bytes ready does not yield to the event loop, so a stream that always has some would delay
 * all timers, above all that of the status reports.
 *
 * It sets a timer of its own. As long as that fires in time, no timer is delayed.
 */
export class TimerTurns {
  #end = (): void => {};
  #askedAt = 0;
  #turnedAt = -Infinity;
  #turned: Promise<void> | null = null;

  /**
   * Call this in each round of the loop.
   *
   * @param now The time, by `performance.now()`.
   * @returns A promise to wait for if timers have been delayed for too long; otherwise
   * `null`.
   */
  due(now: number): Promise<void> | null {
    if (this.#turned === null) {
      // A timer wakes the process; one for each read would do that far too often.
      if (now - this.#turnedAt < REST_MS) return null;
      this.#askedAt = now;
      this.#turned = new Promise((resolve) => {
        const timer = setTimeout(() => this.#end(), 0);
        this.#end = () => {
          clearTimeout(timer);
          this.#turned = null;
          this.#turnedAt = performance.now();
          resolve();
        };
      });
      return null;
    }
    return now - this.#askedAt >= LONGEST_MS ? this.#turned : null;
  }

  /** Ends a pending wait: the loop is over. */
  stop(): void {
    this.#end();
  }
}
