/** For how long to wait before it is looked whether timers are kept waiting. */
const REST_MS = 10;
/** How long they may be kept waiting from then on. */
const LONGEST_MS = 10;

/**
 * Sees to it that timers get their turn beside a loop that never has to wait: a read that
 * finds bytes ready takes no turn of the event loop in some runtimes, and a stream that
 * always has some would keep all timers waiting, that of the status reports first of all.
 *
 * It sets a timer of its own. As long as that fires in time, nobody is held up.
 */
export class TimerTurns {
  #end = (): void => {};
  #askedAt = 0;
  #turnedAt = -Infinity;
  #turned: Promise<void> | null = null;

  /**
   * To be called in each round of the loop.
   *
   * @param now The time, by `performance.now()`.
   * @returns What to wait for, where timers have waited for too long already.
   */
  due(now: number): Promise<void> | null {
    if (this.#turned === null) {
      // A timer wakes the process, which one for each read would do far too often.
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

  /** Ends what is being waited for: the loop is over. */
  stop(): void {
    this.#end();
  }
}
