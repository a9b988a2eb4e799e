import { assert, assertEquals, assertRejects } from "@std/assert";
import { Router } from "@walbrook/walbrook/router";
import {
  deliver,
  DeliveryError,
  type Destination,
  DestinationError,
  type FailedWrite,
} from "@walbrook/walbrook/sink";
import { rowOf, sourceOf, Workload } from "./workload.ts";

const QUICK = { initialDelayMs: 1, maxDelayMs: 2 };

/** A destination that can be opened only at some attempt. */
function lateStore(
  opensAt: number,
  error: Error,
): Destination & { readonly ids: number[] } {
  let attempts = 0;
  const ids: number[] = [];
  return {
    name: "late",
    ids,
    open: () =>
      ++attempts < opensAt ? Promise.reject(error) : Promise.resolve(),
    write(batch) {
      ids.push(...batch.map(({ event }) => rowOf(event).id));
      return Promise.resolve();
    },
  };
}

Deno.test("deliver() waits for a destination that can't be opened yet, with retry.first", async () => {
  const failures: FailedWrite[] = [];
  const store = lateStore(4, new Error("refused"));
  const sink = deliver(sourceOf([new Workload().transaction([1])]), store, {
    retry: { ...QUICK, first: true },
    onFailure: (failure) => failures.push(failure),
  });
  await sink.done;
  assertEquals(store.ids, [1]);
  assertEquals(
    failures.map(({ deliveries, attempts, next }) => [
      deliveries,
      attempts,
      next,
    ]),
    [[0, 1, "retry"], [0, 2, "retry"], [0, 3, "retry"]],
  );
});

Deno.test("deliver() ends where opening fails, without retry.first or if trying again can't help", async () => {
  const source = () => sourceOf([new Workload().transaction([1])]);
  const down = new Error("refused");
  await assertRejects(
    () => deliver(source(), lateStore(2, down), { retry: QUICK }).done,
    Error,
    "refused",
  );
  const wrong = new DestinationError("wrong password", { fatal: true });
  await assertRejects(
    () =>
      deliver(source(), lateStore(2, wrong), {
        retry: { ...QUICK, first: true },
      }).done,
    DestinationError,
    "wrong password",
  );
});

Deno.test("close() does not wait for a destination that is being opened", async () => {
  const source = sourceOf([new Workload().transaction([1])]);
  let signal: AbortSignal | undefined;
  const sink = deliver(source, {
    name: "stuck",
    open(context) {
      signal = context.signal;
      return new Promise(() => {});
    },
    write: () => Promise.resolve(),
  });
  await sink.close();
  await sink.done;
  assert(signal?.aborted);
  assertEquals(source.acknowledged, []);
});

Deno.test("close() ends the attempts to open a destination", async () => {
  let attempts = 0;
  const sink = deliver(sourceOf([new Workload().transaction([1])]), {
    name: "down",
    open() {
      attempts++;
      return Promise.reject(new Error("refused"));
    },
    write: () => Promise.resolve(),
  }, { retry: { first: true, initialDelayMs: 60_000 } });
  await Promise.resolve();
  await sink.close();
  assertEquals(attempts, 1);
});

for (const order of ["key", "all", "transaction"] as const) {
  Deno.test(`a callback that throws ends the delivery: order "${order}"`, async () => {
    const sink = deliver(sourceOf([new Workload().transaction([1])]), {
      ...{ name: "busy", order },
      write: () => Promise.reject(new Error("503")),
    }, {
      retry: QUICK,
      onFailure() {
        throw new Error("no log");
      },
    });
    await assertRejects(() => sink.done, DeliveryError, "no log");
  });
}

Deno.test("a handler ends the delivery by a fatal DestinationError", async () => {
  const router = new Router();
  router.on("public.items", {
    update() {
      throw new DestinationError("the account is closed", { fatal: true });
    },
  });
  const source = sourceOf([new Workload().transaction([1])]);
  const letters: unknown[] = [];
  await assertRejects(
    () =>
      deliver(source, router, {
        poison: (letter) => {
          letters.push(letter);
          return Promise.resolve();
        },
      }).done,
    DeliveryError,
    "the account is closed",
  );
  assertEquals([letters, source.acknowledged], [[], []]);
});
