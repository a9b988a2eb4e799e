import { assertEquals, assertMatch } from "@std/assert";
import { findNatsServer } from "../../examples/demo/nats_server.ts";
import { linesOf } from "./run_tail.ts";

const ROOT = new URL("../../", import.meta.url).pathname;

// An example that waits for what never comes must not hold up all other tests.
const LONGEST_MS = 300_000;

async function run(example: string): Promise<string[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}examples/${example}`],
    cwd: ROOT,
    signal: AbortSignal.timeout(LONGEST_MS),
  }).output();
  assertEquals(linesOf(stderr), []);
  assertEquals(code, 0);
  return linesOf(stdout);
}

Deno.test("webhook.ts delivers to a receiver that fails, and replays what it refused", async () => {
  const lines = await run("webhook.ts");
  const failures = lines.filter((line) =>
    /answered 50[03].* \(retry\)$/.test(line)
  );
  assertEquals(failures.length > 0, true);
  const refused = lines.filter((line) => line.includes("no such customer"));
  assertEquals(refused.length > 0, true);
  const text = lines.join("\n");
  assertMatch(text, /^\d+ dead letters of public.customers\/2$/m);
  assertMatch(text, /^Replayed [1-9]\d* of them$/m);
  assertMatch(text, /^Delivered \d+ changes in \d+ requests/m);
});

Deno.test("outbox.ts says what was committed, in order, and nothing that was rolled back", async () => {
  assertEquals((await run("outbox.ts")).slice(1), [
    "order 1: Ada has to pay 1.00",
    "order 3: Cy has to pay 3.00",
    "order 3: paid by card",
    "order 1: paid by card",
  ]);
});

Deno.test("replica.ts keeps a copy that equals the shop", async () => {
  const lines = await run("replica.ts");
  assertEquals(lines.at(-1), "The copy equals the shop");
  assertMatch(lines.at(-4)!, /^products: 6 rows/);
});

const hasNats = await findNatsServer() !== null;
if (!hasNats) {
  console.error(
    "SKIPPED: the test of examples/nats.ts needs nats-server, which is not on this machine (Debian: apt-get install nats-server)",
  );
}

Deno.test({
  name: "nats.ts has three workers share the changes, also when one is killed",
  ignore: !hasNats,
  async fn() {
    const lines = (await run("nats.ts")).slice(1);
    for (const worker of ["a", "b", "c"]) {
      assertMatch(
        lines.shift()!,
        new RegExp(`^Worker ${worker} has written \\d+ rows$`),
      );
    }
    assertEquals(lines[0], "Killed worker a: the others take its partitions");
    assertMatch(lines[1]!, /^The copy has all \d+ rows of the shop$/);
  },
});
