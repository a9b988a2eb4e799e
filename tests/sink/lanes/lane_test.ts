import { assert, assertEquals } from "@std/assert";
import { Lane } from "../../../src/sink/lanes/lane.ts";
import { retryDelayMs } from "../../../src/sink/lanes/retry_delay.ts";
import { newItem } from "./new_item.ts";

const LIMITS = { items: 10, bytes: 1_000, distinctKeys: false };

Deno.test("Lane retries a failed key when it is due, in order, with later deliveries of the key", () => {
  const lane = new Lane();
  const [first, second, third, other] = [
    newItem("a", { since: 1 }),
    newItem("a", { since: 2 }),
    newItem("a", { since: 3 }),
    newItem("b"),
  ] as const;
  lane.hold("a", [first], 100);
  assert(lane.joinsRetried(third));
  assert(!lane.joinsRetried(other));
  // The second one failed after the first.
  lane.hold("a", [second], 200);
  assertEquals([lane.dueAt, lane.state], [200, "retrying"]);
  assertEquals(lane.takeDue(199, LIMITS), []);
  assertEquals(lane.takeDue(200, LIMITS), [second, first, third]);
  // While these are written, other deliveries of the key wait.
  const fourth = newItem("a", { since: 4 });
  assert(lane.joinsRetried(fourth));
  assertEquals(lane.takeDue(999, LIMITS), []);
  lane.end(300);
  assertEquals(lane.dueAt, 300);
  assertEquals(lane.takeDue(300, LIMITS), [fourth]);
  lane.end(400);
  assertEquals([lane.dueAt, lane.state], [undefined, "idle"]);
  assert(!lane.joinsRetried(fourth));
});

Deno.test("Lane.takeDue() keeps to the limits of a batch", () => {
  const cases = [
    [LIMITS, 4],
    [{ ...LIMITS, items: 3 }, 3],
    [{ ...LIMITS, bytes: 25 }, 2],
    [{ ...LIMITS, distinctKeys: true }, 2],
  ] as const;
  for (const [limits, expected] of cases) {
    const lane = new Lane();
    for (const key of ["a", "b"]) {
      lane.hold(key, [newItem(key), newItem(key)], 0);
    }
    assertEquals(lane.takeDue(0, limits).length, expected);
  }
});

Deno.test("Lane.since is the arrival of the oldest delivery, wherever it waits", () => {
  const lane = new Lane();
  assertEquals(lane.since, undefined);
  lane.queue.push(newItem("c", { since: 30 }));
  lane.begin([newItem("b", { since: 20 })]);
  assertEquals(lane.since, 20);
  lane.hold("a", [newItem("a", { since: 10 })], 0);
  assertEquals(lane.since, 10);
});

for (
  const [failures, random, expected] of [
    [1, 0, 50],
    [1, 1, 100],
    [2, 1, 200],
    [5, 1, 1_600],
    [9, 0, 12_800],
    [10, 1, 30_000],
    [10_000, 0, 15_000],
  ] as const
) {
  Deno.test(`retryDelayMs() of a destination waits ${expected} ms after ${failures} failures, with the random number ${random}`, () => {
    assertEquals(retryDelayMs(failures, {}, random), expected);
  });
}
