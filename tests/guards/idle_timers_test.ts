import { assertEquals } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import { subscribe } from "../../mod.ts";
import { fakeServer } from "../../src/testing/mod.ts";

// Loaded before, since the clock does not wait for what a subscription loads.
import "../../src/subscription/link/link_monitor.ts";

const { setTimeout, setInterval } = globalThis;

/** A clock that the test advances, and the number of timers that have fired. */
class CountedTime implements Disposable {
  fired = 0;
  readonly #time = new FakeTime();

  constructor() {
    const { setTimeout, setInterval } = globalThis;
    Object.assign(globalThis, {
      setTimeout: this.#counted(setTimeout),
      setInterval: this.#counted(setInterval),
    });
  }

  /** Advances the clock second by second, and lets the streams pass on what follows. */
  async pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second++) {
      await this.#time.tickAsync(1000);
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  #counted<Timer>(
    start: (work: () => void, milliseconds?: number) => Timer,
  ): typeof start {
    return (work, milliseconds) =>
      start(() => {
        this.fired++;
        work();
      }, milliseconds);
  }

  [Symbol.dispose](): void {
    this.#time.restore();
    Object.assign(globalThis, { setTimeout, setInterval });
  }
}

Deno.test("an idle subscription wakes its process 0.3 times a second", async () => {
  const server = fakeServer({
    publication: "shop",
    tables: { "public.orders": { columns: { id: "int" }, primaryKey: "id" } },
  });
  using time = new CountedTime();
  const subscription = await subscribe({
    ...server.options,
    slot: { name: "idle", create: true },
    publication: "shop",
  });
  const reading = subscription.readable.getReader().read();
  await time.pass(10);
  time.fired = 0;
  await time.pass(100);
  assertEquals(Math.floor(time.fired / 10), 3);
  await subscription.close();
  await reading;
  server.close();
});
