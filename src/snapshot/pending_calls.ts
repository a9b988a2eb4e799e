/** The calls that keep a stream from ending, because they may request copies. */
export class PendingCalls {
  readonly #askServer: () => void;
  #isExpecting = false;
  #requests = 0;

  /** @param askServer Asks the server for a reply, which shows whether the stream has ended. */
  constructor(askServer: () => void) {
    this.#askServer = askServer;
  }

  /** Whether the stream has to go on for one of them. */
  get isAny(): boolean {
    return this.#isExpecting || this.#requests > 0;
  }

  /** Counts a call that has not come yet, until {@linkcode PendingCalls.note}. */
  expect(): void {
    this.#isExpecting = true;
  }

  /** Records that a call has come. */
  note(): void {
    if (!this.#isExpecting) return;
    this.#isExpecting = false;
    this.#askServer();
  }

  /** Counts a request until its work has ended. */
  async during(work: () => Promise<void>): Promise<void> {
    this.#requests++;
    this.note();
    try {
      await work();
    } finally {
      this.#requests--;
    }
  }
}
