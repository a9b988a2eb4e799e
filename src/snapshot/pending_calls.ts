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

  /** Keeps the stream from ending until {@linkcode PendingCalls.note} records a call. */
  expect(): void {
    this.#isExpecting = true;
  }

  /** Records a call, which may be the expected one. */
  note(): void {
    if (!this.#isExpecting) return;
    this.#isExpecting = false;
    this.#askServer();
  }

  /** Keeps the stream from ending until the work of a request has ended. */
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
