import { assertEquals } from "@std/assert";
import { TimeBudget } from "../../bench/harness/time_budget.ts";

Deno.test("TimeBudget keeps time for the contests that are still to come", () => {
  const budget = new TimeBudget(100, 4);
  // Three are to come, 10 s each, with a quarter as a reserve: 37.5 s.
  assertEquals(budget.mayRepeat(52, 10), true);
  assertEquals(budget.mayRepeat(53, 10), false);
  budget.add(10);
  budget.skip();
  // Now one is.
  assertEquals(budget.mayRepeat(77, 10), true);
  assertEquals(budget.mayRepeat(78, 10), false);
});
