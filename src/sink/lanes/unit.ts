/**
 * What is acknowledged as a whole: a transaction, a chunk of a copy, or an event outside of
 * both. It is done once each of its deliveries is, and its end has come.
 */
export class Unit {
  // One more than there are deliveries, until the end has come.
  #left = 1;
  #acknowledge: (() => void) | null = null;

  /** Adds a delivery. */
  add(): void {
    this.#left++;
  }

  /** Notes that a delivery is done. */
  release(): void {
    this.#left--;
    if (this.#left === 0) this.#acknowledge?.();
  }

  /**
   * Notes that no delivery will be added.
   *
   * @param acknowledge Called once all are done.
   */
  end(acknowledge: () => void): void {
    this.#acknowledge = acknowledge;
    this.release();
  }
}
