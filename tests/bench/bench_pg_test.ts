import { assert, assertEquals } from "@std/assert";
import { chart } from "../../bench/chart.ts";
import { DECODERS, decodeTables, measureDecoding } from "../../bench/decode.ts";
import { endToEndTables, FOLLOWERS, measureEndToEnd } from "../../bench/e2e.ts";
import { measureLatency, PAIRS } from "../../bench/latency.ts";
import { measureRowWidths } from "../../bench/micro/row_width.ts";
import { insert } from "../../bench/publish.ts";
import { type Figure, makeReport } from "../../bench/report.ts";
import { openLaboratory } from "../../bench/runtimes.ts";
import { measureStreams } from "../../bench/streams.ts";

// Each client ends only when it has delivered every row: that, and not how long it
// took, is what is tested here.
function assertFigures(figures: readonly Figure[], count: number): void {
  assertEquals(figures.length, count);
  for (const { client, workload, values } of figures) {
    for (const [name, value] of Object.entries(values)) {
      assert(value >= 0, `${client}, ${workload}: ${name} is ${value}`);
    }
  }
}

Deno.test("the benches run, each client to its last row", async () => {
  await using laboratory = await openLaboratory(["Deno"]);
  const sizes = { narrow: 2000, wide: 200, one_row: 100 };
  const decoded = await measureDecoding(laboratory, { sizes, forMs: 0 });
  assertFigures(decoded, 3 * DECODERS.length);
  assert(decodeTables(decoded, sizes).includes("| pgwire"));

  const followed = await measureEndToEnd(laboratory, {
    sizes: { huge: 2000 },
    rounds: 1,
  });
  // pg_recvlogical is measured where it is installed.
  const native = followed.some(({ client }) => client === "pg_recvlogical");
  assertFigures(followed, FOLLOWERS.length + (native ? 1 : 0));
  const delivered = await measureLatency(laboratory, {
    commits: 10,
    warmUp: 5,
  });
  assertFigures(delivered, PAIRS.length);
  const tables = endToEndTables([...followed, ...delivered]);
  assert(tables.includes("latency side by side: µs"));

  const svg = chart(makeReport(laboratory, followed));
  assert(svg.includes("Deno: pgwire"));
});

Deno.test("insert() replaces what stands between the two comments", () => {
  const page = "# A\n\n<!-- x -->\n\nold\n\n<!-- /x -->\n\nend\n";
  assertEquals(
    insert(page, "x", "new"),
    "# A\n\n<!-- x -->\n\nnew\n\n<!-- /x -->\n\nend\n",
  );
});

Deno.test("measureStreams() reads streams in each way", async () => {
  const found = await measureStreams(3000, 1);
  assertEquals(Object.keys(found).length, 6);
});

Deno.test("measureRowWidths() measures rows of any width", async () => {
  const widths = [5, 140];
  const root = new URL("../../", import.meta.url).href;
  const found = await measureRowWidths([root, root], {
    ...{ widths, values: 1000, rounds: 1 },
  });
  assertEquals([...found.keys()], widths);
  for (const times of found.values()) {
    assertEquals(times.map((one) => one > 0), [true, true]);
  }
});
