import { assert, assertEquals, assertMatch } from "@std/assert";
import { linesOf } from "./run_tail.ts";

Deno.test("pipe.ts pipes a demo's changes, and ends by itself", async () => {
  const root = new URL("../../", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${root}examples/pipe.ts`],
    cwd: root,
  }).output();
  assertEquals(linesOf(stderr), []);
  assertEquals(code, 0);
  const lines = linesOf(stdout);
  const events = lines.filter((line) =>
    /^(?:id: \S+ {2})?event: (?:reset|rows|ready|changes)\b/.test(line)
  );
  assertEquals(events.length, 8);
  assert(events.some((line) => line.includes("event: ready")));
  assert(events.some((line) => line.includes("event: changes")));
  assertMatch(lines.at(-2) ?? "", /^Exported [1-9]\d* events to /);
  assertMatch(lines.at(-1) ?? "", /^Exported \d+ more: /);
});
