/**
 * Lets reads pass while bytes are wanted, and holds them back otherwise.
 */
export class ReadGate {
  #isOpen = true;
  #waiting: (() => void)[] = [];

  /** Lets pending and future reads pass. */
  open(): void {
    this.#isOpen = true;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const pass of waiting) pass();
  }

  /** Holds back future reads. */
  close(): void {
    this.#isOpen = false;
  }

  /** Settles when the gate is open. */
  pass(): Promise<void> {
    if (this.#isOpen) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
