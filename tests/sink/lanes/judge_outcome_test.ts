import { assertEquals } from "@std/assert";
import { judgeOutcome } from "../../../src/sink/lanes/judge_outcome.ts";
import { newItem } from "./new_item.ts";

Deno.test("judgeOutcome() holds back deliveries that change the key of a failed row, or that follow it", () => {
  for (const retryable of [true, false]) {
    const [failed, renamed, later, other] = [
      newItem("a", { since: 1 }),
      newItem("b", { previousKey: "a" }),
      newItem("a", { since: 2 }),
      newItem("c"),
    ] as const;
    const error = new Error("busy");
    const verdict = judgeOutcome(
      [failed, renamed, later, other],
      [{ index: 0, error, retryable }],
      Infinity,
    );
    assertEquals(verdict.done, [other]);
    assertEquals(verdict.again, retryable ? [failed, renamed, later] : []);
    assertEquals(verdict.behind, retryable ? [] : [renamed, later]);
    assertEquals(verdict.refused.map(({ item }) => item), [
      ...retryable ? [] : [failed],
    ]);
  }
});

Deno.test("judgeOutcome() counts the failures of each delivery, and gives up at the last one allowed", () => {
  const item = newItem("a");
  const error = new Error("busy");
  const judge = () =>
    judgeOutcome([item], [{ index: 0, error, retryable: true }], 2);
  assertEquals([judge().again, item.failures], [[item], 1]);
  assertEquals(judge().refused, [{ item, error }]);
});
