import { fileURLToPath } from "node:url";
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { NEWEST, withServer } from "../helpers/postgres.ts";

/** What the consumer, a process of its own, tells. */
interface Consumed {
  readonly rows: readonly unknown[];
  readonly told: readonly string[];
  readonly idle: number;
  readonly peak: number;
}

/** A value, and how it is to be sent. */
interface Sent {
  readonly type: string;
  readonly value: string;
  readonly format: "text" | "binary";
  /**
   * Whether the server sends it before its transaction ends.
   *
   * @default {false}
   */
  readonly isStreamed?: boolean;
}

async function consume(
  { type, value, format, isStreamed = false }: Sent,
): Promise<Consumed> {
  const settings = { logical_decoding_work_mem: isStreamed ? "64kB" : "2GB" };
  return await withServer({ settings }, async ({ url }, sql) => {
    await sql(`CREATE TABLE t (id int PRIMARY KEY, value ${type})`);
    await sql("CREATE PUBLICATION p FOR TABLE t");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql("INSERT INTO t VALUES (1, NULL)");
    await sql(`INSERT INTO t VALUES (2, ${value})`);
    await sql("INSERT INTO t VALUES (3, NULL), (0, NULL)");
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check"],
        "--v8-flags=--expose-gc",
        ...["--config", pathOf("../../deno.json")],
        ...[pathOf("huge_value_consumer.ts"), url, format],
      ],
      stderr: "inherit",
    }).output();
    assertEquals(code, 0);
    return JSON.parse(new TextDecoder().decode(stdout));
  });
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

const SIZE = 120_000_000;
// Code that is loaded for such a value, and buffers of the socket and the file.
const OTHER_BYTES = 32 * 2 ** 20;

const LARGE: readonly (Sent & { readonly expected: string })[] = [
  {
    ...{ type: "text", format: "text" },
    // Not ASCII, so that each character might take two bytes.
    value: `repeat('x', ${SIZE - 3}) || '東'`,
    expected: `${SIZE - 2} characters`,
  },
  {
    ...{ type: "bytea", format: "text" },
    value: `convert_to(repeat('x', ${SIZE / 2}), 'UTF8')`,
    expected: `${SIZE / 2} bytes`,
  },
  {
    ...{ type: "bytea", format: "binary" },
    value: `convert_to(repeat('x', ${SIZE}), 'UTF8')`,
    expected: `${SIZE} bytes`,
  },
  {
    ...{ type: "bytea", format: "binary", isStreamed: true },
    value: `convert_to(repeat('x', ${SIZE}), 'UTF8')`,
    expected: `${SIZE} bytes`,
  },
];

// What is needed shows in the best of some runs: in the others the garbage collector came
// late, as it does beside a busy core.
async function staysBelow(
  limit: number,
  run: () => Promise<{ readonly idle: number; readonly peak: number }>,
): Promise<void> {
  const above: number[] = [];
  do {
    const { idle, peak } = await run();
    if (Number.isNaN(peak)) return;
    above.push(peak - idle);
  } while (Math.min(...above) > limit && above.length < 4);
  assert(Math.min(...above) <= limit, `${above} bytes above the idle process`);
}

for (const { expected, ...sent } of LARGE) {
  const way = sent.isStreamed ? ", streamed," : "";
  Deno.test(`a ${sent.type} that takes ${SIZE} bytes in ${sent.format} format${way} takes at most three times as much memory (PostgreSQL ${NEWEST})`, async () => {
    await staysBelow(3 * SIZE + OTHER_BYTES, async () => {
      const { rows, told, ...memory } = await consume(sent);
      assertEquals([rows, told], [[[1, null], [2, expected], [3, null]], []]);
      return memory;
    });
  });
}

Deno.test(`a text that is longer than a string arrives as bytes, and the rows behind it arrive (PostgreSQL ${NEWEST})`, async () => {
  const size = 540_000_000;
  await staysBelow(3 * size, async () => {
    const { rows, told, ...memory } = await consume({
      ...{ type: "text", format: "text", value: `repeat('x', ${size})` },
    });
    assertEquals(rows, [[1, null], [2, `${size} bytes`], [3, null]]);
    assertEquals(told.length, 1);
    assertStringIncludes(told[0] ?? "", "t.value: RangeError: Cannot create");
    return memory;
  });
});
