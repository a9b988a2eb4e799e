/** A stand-in for the part of `@std/testing/time` that the tests use. */

interface Timer {
  readonly callback: () => void;
  readonly interval: number | null;
  due: number;
}

const real = {
  Date: globalThis.Date,
  setTimeout: globalThis.setTimeout,
  clearTimeout: globalThis.clearTimeout,
  setInterval: globalThis.setInterval,
  clearInterval: globalThis.clearInterval,
};

/** Overrides the timers and the date with a clock that a test moves. */
export class FakeTime implements Disposable {
  readonly start: number;
  #now: number;
  #lastId = 0;
  readonly #timers = new Map<number, Timer>();

  /** @param start Milliseconds since the Unix epoch; the present by default. */
  constructor(start: number = real.Date.now()) {
    this.start = start;
    this.#now = start;
    const add = (
      callback: (...args: unknown[]) => void,
      delay: number,
      args: unknown[],
      repeats: boolean,
    ) => {
      const ms = Math.max(repeats ? 1 : 0, delay || 0);
      this.#timers.set(++this.#lastId, {
        callback: () => callback(...args),
        due: this.#now + ms,
        interval: repeats ? ms : null,
      });
      return this.#lastId;
    };
    const clear = (id?: number) => void this.#timers.delete(id ?? 0);
    const now = () => this.#now;
    Object.assign(globalThis, {
      Date: class extends real.Date {
        constructor(...args: [] | [number | string]) {
          super(args.length === 0 ? now() : args[0]);
        }
        static override now = now;
      },
      setTimeout: (f: () => void, delay = 0, ...args: unknown[]) =>
        add(f, delay, args, false),
      setInterval: (f: () => void, delay = 0, ...args: unknown[]) =>
        add(f, delay, args, true),
      clearTimeout: clear,
      clearInterval: clear,
    });
  }

  /** The clock's time, in milliseconds since the Unix epoch. */
  get now(): number {
    return this.#now;
  }

  /** Moves the clock forward, and runs what becomes due, in order. */
  tick(ms = 0): void {
    const end = this.#now + ms;
    for (;;) {
      const [next] = [...this.#timers]
        .filter(([, { due }]) => due <= end)
        .sort(([a, x], [b, y]) => x.due - y.due || a - b);
      if (next === undefined) break;
      const [id, timer] = next;
      this.#now = timer.due;
      if (timer.interval === null) this.#timers.delete(id);
      else timer.due += timer.interval;
      timer.callback();
    }
    this.#now = end;
  }

  /** Like {@linkcode FakeTime.tick}, and lets pending promises go on before and after. */
  async tickAsync(ms = 0): Promise<void> {
    await this.runMicrotasks();
    this.tick(ms);
    await this.runMicrotasks();
  }

  /** Lets pending promises go on. */
  async runMicrotasks(): Promise<void> {
    await new Promise((resolve) => real.setTimeout(resolve, 0));
  }

  /** Puts the real timers back. */
  restore(): void {
    Object.assign(globalThis, real);
  }

  [Symbol.dispose](): void {
    this.restore();
  }
}
