/** Waits for messages by their ids. */
export class Arrivals {
  readonly #waiting = new Map<
    string,
    {
      readonly resolve: (at: number) => void;
      readonly reject: (error: unknown) => void;
    }
  >();
  #failure: { readonly error: unknown } | null = null;

  /**
   * Waits for a message.
   *
   * @param id Its id.
   * @param timeoutMs The timeout, in milliseconds.
   * @param stop Aborts the wait.
   * @returns When it arrived, by `performance.now()`.
   * @throws {Error} If it does not arrive in time.
   */
  async expect(
    id: string,
    timeoutMs: number,
    stop: AbortSignal,
  ): Promise<number> {
    if (this.#failure !== null) throw this.#failure.error;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let giveUp: () => void = () => {};
    try {
      return await new Promise<number>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        timer = setTimeout(() =>
          reject(
            new Error(
              `The probe has not arrived within ${timeoutMs / 1e3} s`,
            ),
          ), timeoutMs);
        giveUp = () => reject(stop.reason);
        stop.addEventListener("abort", giveUp);
      });
    } finally {
      clearTimeout(timer);
      stop.removeEventListener("abort", giveUp);
      this.#waiting.delete(id);
    }
  }

  /** Records that a message has arrived. */
  arrive(id: string): void {
    this.#waiting.get(id)?.resolve(performance.now());
  }

  /** Rejects all waits: nothing will arrive any more. */
  fail(error: unknown): void {
    this.#failure = { error };
    for (const { reject } of this.#waiting.values()) reject(error);
  }
}
