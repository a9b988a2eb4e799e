/**
 * Lets reads through while somebody wants bytes, and holds them back otherwise.
 */
export class ReadGate {
  #isOpen = true;
  #waiting: (() => void)[] = [];

  /** Lets through whoever waits and whoever comes. */
  open(): void {
    this.#isOpen = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const pass of waiting) pass();
  }

  /** Holds back whoever comes. */
  close(): void {
    this.#isOpen = false;
  }

  /** Settles when the gate is open. */
  pass(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
