import { assert, assertEquals } from "@std/assert";
import type { Lsn, UnixMicros } from "@walbrook/walbrook";
import fc from "fast-check";
import { Ledger } from "../../../src/subscription/link/ledger.ts";
import { lsn } from "../../helpers/messages.ts";

function state(ledger: Ledger): [confirmed: Lsn, received: Lsn, open: number] {
  return [ledger.confirmed, ledger.received, ledger.pending];
}

Deno.test("Ledger begins where everything is done", () => {
  assertEquals(state(new Ledger(lsn(7))), [lsn(7), lsn(7), 0]);
});

Deno.test("Ledger confirms nothing above the lowest unit that is not done", () => {
  const ledger = new Ledger(lsn(0));
  for (const end of [10, 20, 30]) ledger.track(lsn(end));
  assert(ledger.acknowledge(lsn(30)));
  assert(ledger.acknowledge(lsn(20)));
  assertEquals(state(ledger), [lsn(0), lsn(30), 3]);
  assert(ledger.acknowledge(lsn(10)));
  assertEquals(state(ledger), [lsn(30), lsn(30), 0]);
});

Deno.test("Ledger passes over empty transactions only once all before them is done", () => {
  const ledger = new Ledger(lsn(0));
  ledger.advance(lsn(5));
  assertEquals(ledger.confirmed, lsn(5));
  ledger.track(lsn(10));
  for (let end = 11; end < 60; end++) ledger.advance(lsn(end));
  assertEquals(state(ledger), [lsn(5), lsn(59), 1]);
  assert(ledger.acknowledge(lsn(10)));
  assertEquals(state(ledger), [lsn(59), lsn(59), 0]);
});

Deno.test("Ledger tells the time of the oldest unit that is not confirmed, open ones included", () => {
  const time = (micros: bigint) => micros as UnixMicros;
  const ledger = new Ledger(lsn(0));
  assertEquals(ledger.oldestTime, null);
  ledger.begin(time(1n));
  assertEquals(ledger.oldestTime, time(1n));
  // A lost link does not make it younger.
  ledger.resume();
  ledger.start(lsn(0));
  assertEquals(ledger.oldestTime, time(1n));
  ledger.track(lsn(10), time(1n));
  ledger.begin(time(2n));
  assertEquals(ledger.oldestTime, time(1n));
  ledger.acknowledge(lsn(10));
  assertEquals(ledger.oldestTime, time(2n));
  ledger.advance(lsn(20));
  assertEquals(ledger.oldestTime, null);
  ledger.track(lsn(30), null, time(3n));
  assertEquals(ledger.oldestTime, time(3n));
});

Deno.test("Ledger knows neither units that never were nor those that are confirmed", () => {
  const ledger = new Ledger(lsn(0));
  ledger.track(lsn(10));
  for (const end of [0, 9, 11]) {
    assertEquals(ledger.acknowledge(lsn(end)), false);
  }
  assert(ledger.acknowledge(lsn(10)));
  assertEquals(ledger.acknowledge(lsn(10)), false);
  assertEquals(state(ledger), [lsn(10), lsn(10), 0]);
});

Deno.test("Ledger takes a second acknowledgement of a unit that waits", () => {
  const ledger = new Ledger(lsn(0));
  ledger.track(lsn(10));
  ledger.track(lsn(20));
  assert(ledger.acknowledge(lsn(20)));
  assert(ledger.acknowledge(lsn(20)));
  assertEquals(state(ledger), [lsn(0), lsn(20), 2]);
});

Deno.test("Ledger.see() is no promise of anything done", () => {
  const ledger = new Ledger(lsn(1));
  ledger.markDecoded(lsn(50));
  ledger.markDecoded(lsn(40));
  assertEquals(state(ledger), [lsn(1), lsn(50), 0]);
});

Deno.test("Ledger never goes back", () => {
  const ledger = new Ledger(lsn(50));
  ledger.advance(lsn(40));
  assertEquals(state(ledger), [lsn(50), lsn(50), 0]);
  ledger.track(lsn(45));
  assertEquals(ledger.acknowledge(lsn(45)), false);
  assertEquals(state(ledger), [lsn(50), lsn(50), 0]);
});

Deno.test("Ledger.resume() keeps units from before the new connection to be acknowledged", () => {
  const ledger = new Ledger(lsn(0));
  ledger.track(lsn(10));
  ledger.track(lsn(20));
  ledger.advance(lsn(25));
  ledger.resume();
  assertEquals(state(ledger), [lsn(0), lsn(0), 2]);
  // The server sends them again: a keepalive before, and one between them.
  ledger.advance(lsn(5));
  ledger.track(lsn(10));
  ledger.advance(lsn(15));
  assertEquals(state(ledger), [lsn(0), lsn(15), 2]);
  assert(ledger.acknowledge(lsn(20)));
  ledger.resume();
  ledger.track(lsn(10));
  ledger.track(lsn(20));
  assertEquals(state(ledger), [lsn(0), lsn(20), 2]);
  assert(ledger.acknowledge(lsn(10)));
  assertEquals(state(ledger), [lsn(25), lsn(20), 0]);
  ledger.track(lsn(30));
  assertEquals(state(ledger), [lsn(25), lsn(30), 1]);
});

/** The same, from all that ever came, without any cleverness. */
class NaiveLedger {
  readonly #came: { end: Lsn; done: boolean }[] = [];
  confirmed = lsn(0);

  open(end: Lsn): void {
    this.#came.push({ end, done: false });
  }

  pass(end: Lsn): void {
    this.#came.push({ end, done: true });
    this.#settle();
  }

  acknowledge(end: Lsn): void {
    for (const unit of this.#came) if (unit.end === end) unit.done = true;
    this.#settle();
  }

  get pending(): number {
    return this.#came.filter(({ end }) => end > this.confirmed).length;
  }

  #settle(): void {
    const stuck = this.#came.findIndex(({ done }) => !done);
    const done = stuck < 0 ? this.#came : this.#came.slice(0, stuck);
    this.confirmed = done.at(-1)?.end ?? lsn(0);
  }
}

Deno.test("Ledger agrees with a naive one, whatever comes in whatever order", () => {
  const action = fc.oneof(
    fc.record({
      kind: fc.constant("open" as const),
      by: fc.integer({ min: 1, max: 9 }),
    }),
    fc.record({ kind: fc.constant("pass" as const), by: fc.nat({ max: 9 }) }),
    fc.record({ kind: fc.constant("acknowledge" as const), nth: fc.nat() }),
  );
  fc.assert(
    fc.property(fc.array(action, { maxLength: 60 }), (actions) => {
      const ledger = new Ledger(lsn(0));
      const naive = new NaiveLedger();
      const opened: Lsn[] = [];
      let end = 0;
      for (const action of actions) {
        switch (action.kind) {
          case "open":
            end += action.by;
            ledger.track(lsn(end));
            naive.open(lsn(end));
            opened.push(lsn(end));
            break;
          case "pass":
            end += action.by;
            ledger.advance(lsn(end));
            naive.pass(lsn(end));
            break;
          case "acknowledge": {
            const unit = opened[action.nth % Math.max(1, opened.length)];
            if (unit === undefined) break;
            ledger.acknowledge(unit);
            naive.acknowledge(unit);
          }
        }
        assertEquals(ledger.confirmed, naive.confirmed);
        assertEquals(ledger.received, lsn(end));
        assertEquals(ledger.pending === 0, naive.pending === 0);
      }
      for (const unit of opened) ledger.acknowledge(unit);
      assertEquals(state(ledger), [lsn(end), lsn(end), 0]);
    }),
    { seed: 3, numRuns: 2_000 },
  );
});

Deno.test("Ledger gives memory back while units are open, and still finds these", () => {
  const ledger = new Ledger(lsn(0));
  for (let n = 1; n <= 3_000; n++) ledger.track(lsn(n));
  for (let n = 1; n <= 2_000; n++) ledger.acknowledge(lsn(n));
  assertEquals([ledger.confirmed, ledger.pending], [lsn(2_000), 1_000]);
  for (let n = 2_001; n <= 3_000; n++) {
    assertEquals(ledger.acknowledge(lsn(n)), true);
  }
  assertEquals([ledger.confirmed, ledger.pending], [lsn(3_000), 0]);
});

Deno.test("Ledger.resume() forgets how far the connection before was decoded", () => {
  const ledger = new Ledger(lsn(0));
  ledger.track(lsn(10));
  ledger.markDecoded(lsn(50));
  ledger.resume();
  assertEquals(ledger.seen, lsn(0));
});
