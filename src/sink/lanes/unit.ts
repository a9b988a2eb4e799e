/**
 * A unit of acknowledgement: a transaction, a chunk of a copy, or an event outside of both.
 * It is done once all its deliveries are done and its end has arrived.
 */
export class Unit {
  // One more than the number of deliveries, until the end has arrived.
  #left = 1;
  #acknowledge: (() => void) | null = null;

  /** Adds a delivery. */
  add(): void {
    this.#left++;
  }

  /** Records that a delivery is done. */
  release(): void {
    this.#left--;
    if (this.#left === 0) this.#acknowledge?.();
  }

  /**
   * Records that no delivery will be added.
   *
   * @param acknowledge Called once all are done.
   */
  end(acknowledge: () => void): void {
    this.#acknowledge = acknowledge;
    this.release();
  }
}
