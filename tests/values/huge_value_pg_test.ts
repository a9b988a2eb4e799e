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

for (const { expected, ...sent } of LARGE) {
  const way = sent.isStreamed ? ", streamed," : "";
  Deno.test(`a ${sent.type} that takes ${SIZE} bytes in ${sent.format} format${way} takes at most three times as much memory (PostgreSQL ${NEWEST})`, async () => {
    const { rows, told, idle, peak } = await consume(sent);
    assertEquals([rows, told], [[[1, null], [2, expected], [3, null]], []]);
    if (Number.isNaN(peak)) return;
    const above = peak - idle;
    assert(above <= 3 * SIZE, `${above} bytes above ${idle}`);
  });
}

Deno.test(`a text that is longer than a string arrives as bytes, and the rows behind it arrive (PostgreSQL ${NEWEST})`, async () => {
  const size = 540_000_000;
  const { rows, told, idle, peak } = await consume({
    ...{ type: "text", format: "text", value: `repeat('x', ${size})` },
  });
  if (!Number.isNaN(peak)) {
    assert(peak - idle <= 3 * size, `${peak - idle} bytes above ${idle}`);
  }
  assertEquals(rows, [[1, null], [2, `${size} bytes`], [3, null]]);
  assertEquals(told.length, 1);
  assertStringIncludes(told[0] ?? "", "t.value: RangeError: Cannot make");
});
