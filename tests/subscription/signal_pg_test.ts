import { type Checkpoint, subscribe } from "@walbrook/walbrook";
import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { sharedServer } from "../helpers/postgres.ts";
import { untilTrue } from "./until_true.ts";

const shared = sharedServer();
const reason = new Error("given up");

async function prepare(name: string): Promise<void> {
  await shared.sql(`
    CREATE TABLE ${name} (id int PRIMARY KEY);
    CREATE PUBLICATION ${name} FOR TABLE ${name}`);
  await shared.sql(
    `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`,
  );
}

async function untilFree(slot: string): Promise<void> {
  await untilTrue(
    shared.sql,
    `SELECT NOT active FROM pg_replication_slots WHERE slot_name = '${slot}'`,
  );
}

/** A store whose saves hang from the given one on. */
function hangingStore(from: number, waits: () => void) {
  let saves = 0;
  return {
    load: () => Promise.resolve(null),
    save: (_: Checkpoint) => {
      if (++saves < from) return Promise.resolve();
      waits();
      return new Promise<never>(() => {});
    },
  };
}

Deno.test("subscribe() obeys its signal while the first checkpoint.save() hangs", async () => {
  await prepare("first_save");
  const controller = new AbortController();
  const error = await assertRejects(() =>
    subscribe({
      connection: shared.server.url,
      slot: "first_save",
      publication: "first_save",
      checkpoint: hangingStore(1, () => controller.abort(reason)),
      signal: controller.signal,
    })
  );
  assertStrictEquals(error, reason);
  await untilFree("first_save");
});

for (const end of ["signal", "close"] as const) {
  Deno.test(`a subscription ends by ${end} while checkpoint.save() hangs`, async () => {
    const name = `later_save_${end}`;
    await prepare(name);
    const controller = new AbortController();
    const waiting = Promise.withResolvers<void>();
    const subscription = await subscribe({
      connection: shared.server.url,
      slot: name,
      publication: name,
      checkpoint: hangingStore(2, waiting.resolve),
      signal: controller.signal,
    });
    const events = subscription[Symbol.asyncIterator]();
    await shared.sql(`INSERT INTO ${name} VALUES (1)`);
    for (let kind = ""; kind !== "commit";) {
      kind = (await events.next()).value.kind;
    }
    const next = events.next();
    await waiting.promise;
    if (end === "signal") {
      controller.abort(reason);
      assertStrictEquals(await assertRejects(() => next), reason);
    } else {
      await subscription.close();
      assertEquals(await next, { done: true, value: undefined });
    }
    await untilFree(name);
  });
}
