import { assert, assertEquals, assertRejects } from "@std/assert";
import { subscribe, SubscriptionError } from "../../mod.ts";
import type { EventOf } from "../../src/typed_mod.ts";
import { compareTypes, generateTypes } from "../../src/typegen/mod.ts";
import { testOnOldestAndNewest, testOnPostgres } from "../helpers/postgres.ts";
import { type Tables, types } from "../types/fixtures/shop.ts";
import { SHOP_SCHEMA } from "./shop_schema.ts";

const SHOP = new URL("../types/fixtures/shop.ts", import.meta.url);
const OPTIONS = {
  publication: "shop",
  parsers: { int8: "number", timestamptz: "Date" },
} as const;

testOnOldestAndNewest(
  "generateTypes() writes the types of a publication's tables",
  async ({ server, sql }) => {
    await sql(SHOP_SCHEMA);
    assertEquals(
      await generateTypes(server.url, OPTIONS),
      await Deno.readTextFile(SHOP),
    );
    await assertRejects(
      () => generateTypes(server.url, { publication: ["shop", "shopp"] }),
      SubscriptionError,
      'publication "shopp" does not exist',
    );
  },
);

testOnOldestAndNewest(
  "rows are of the generated types",
  async ({ server, sql }) => {
    await sql(SHOP_SCHEMA);
    await using subscription = await subscribe<Tables>({
      connection: server.url,
      slot: { name: "typed", temporary: true, create: true },
      signal: AbortSignal.timeout(60_000),
      publication: "shop",
      types,
    });
    await sql(`
INSERT INTO orders VALUES (1, 'Ada', 1.50, true, NULL, '2026-01-02 03:04:05Z');
INSERT INTO order_items VALUES (1, 2, gen_random_uuid(), '[1]', 'x');
INSERT INTO "Date" VALUES (1, 2, 'p', 'a@b', 'so-so', 'on', ('s', '1', '{sad,NULL}'),
  ARRAY[('t', NULL, NULL)::address], '{{1,NULL}}', '{{1},{2}}', '[2026-01-01,)', '[1,2)', '{[1,2)}', '{a}', '1,1,0,0', '10:00');
INSERT INTO coded VALUES (1, 'c', NULL);
UPDATE coded SET note = 'n';
INSERT INTO measures VALUES ('2026-02-03', 5, 't');`);
    const seen: EventOf<Tables>["table"][] = [];
    for await (const event of subscription) {
      if (event.table === null || event.kind === "relation") continue;
      seen.push(event.table);
      if (event.table === "public.orders" && event.kind === "insert") {
        const { id, customer, total, paid, note, placed_at } = event.newRow;
        assertEquals(
          [id.toFixed(1), customer.length, total.padEnd(5), !paid, note?.at(0)],
          ["1.0", 3, "1.50 ", false, undefined],
        );
        assertEquals(placed_at.getTime(), Date.UTC(2026, 0, 2, 3, 4, 5));
        assertEquals(event.key?.id.toFixed(1), "1.0");
      }
      if (event.table === "public.order_items" && event.kind === "insert") {
        assertEquals(event.key, { order_id: 1, line: 2 });
        assertEquals(event.newRow['data "x"'], [1]);
        assertEquals(event.newRow.raw?.byteLength, 1);
      }
      if (event.table === "public.Date" && event.kind === "insert") {
        const row = event.newRow;
        assertEquals(row.mail.split("@"), ["a", "b"]);
        assertEquals(row.feeling === "so-so" && row.other === "on", true);
        assertEquals(row.home?.["zip code"]?.at(0), "1");
        assertEquals(row.home?.moods?.map((mood) => mood === "sad"), [
          true,
          false,
        ]);
        assertEquals(row.homes.map((home) => home?.street), ["t"]);
        assertEquals(row.matrix?.map((line) => line.length), [2]);
        assertEquals(row.grid?.flat(), [1, 2]);
        assertEquals(row.during.lower?.getUTCFullYear(), 2026);
        assertEquals(row.prices?.upper?.length, 1);
        assertEquals(row.ranges?.map(({ lower }) => lower?.length), [1]);
        assertEquals(row.tags?.map((tag) => tag?.toUpperCase()), ["A"]);
        assertEquals(row.shape?.startsWith("("), true);
        assertEquals(Object.keys(row).length, 16);
      }
      if (event.table === "public.coded" && event.kind === "update") {
        assertEquals(event.key, { code: "c" });
        assert(event.newRow.note === "n");
      }
      if (event.table === "public.measures") break;
    }
    assertEquals(seen, [
      ...["public.orders", "public.order_items", "public.Date"] as const,
      ...["public.coded", "public.coded", "public.measures"] as const,
    ]);
  },
);

testOnPostgres(
  "generateTypes() has the columns that are published, and constraints that hold",
  async ({ server, sql }) => {
    await sql(`
CREATE TABLE listed (id int PRIMARY KEY, secret text, name text NOT NULL);
CREATE TABLE keyless (id int PRIMARY KEY, a int NOT NULL, b int);
CREATE TABLE made (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED,
  thrice int GENERATED ALWAYS AS (id * 3) VIRTUAL, n int);
INSERT INTO made VALUES (1);
ALTER TABLE made ADD CONSTRAINT later NOT NULL n NOT VALID;
CREATE PUBLICATION listed FOR TABLE listed (id, name), keyless (a, b)
  WITH (publish = 'insert');
CREATE PUBLICATION made FOR TABLE made WITH (publish_generated_columns = stored);`);
    const text = await generateTypes(server.url, {
      publication: ["listed", "made"],
    });
    const lines = text.split("\n").filter((line) =>
      /^(?:export interface| {2}readonly| {2}"public)/.test(line) &&
      !line.endsWith(": {")
    );
    assertEquals(lines, [
      "export interface Keyless {",
      "  readonly a: number;",
      "  readonly b: number | null;",
      "export interface Listed {",
      "  readonly id: number;",
      "  readonly name: string;",
      "export interface Made {",
      "  readonly id: number;",
      "  readonly twice: number | null;",
      "  readonly n: number | null;",
      '  "public.keyless": TypedTable<Keyless, never, never>;',
      '  "public.listed": TypedTable<Listed, "id", "name">;',
      '  "public.made": TypedTable<Made, "id", never>;',
    ]);
  },
  { majors: [18] },
);

testOnPostgres(
  "compareTypes() tells what has changed in the database, not in the format",
  async ({ server, sql }) => {
    await sql(SHOP_SCHEMA);
    const file = await generateTypes(server.url, OPTIONS);
    const formatted = file.replaceAll(";\n", "\n").replaceAll('"', "'");
    assertEquals(
      compareTypes(formatted, await generateTypes(server.url, OPTIONS)),
      { isCurrent: true, differences: [] },
    );
    const others = await generateTypes(server.url, { publication: "shop" });
    assertEquals(compareTypes(file, others).isCurrent, false);

    await sql(`ALTER TABLE orders RENAME COLUMN note TO remark;
ALTER TYPE mood ADD VALUE 'great'; ALTER TABLE orders ALTER remark SET NOT NULL;`);
    const current = await generateTypes(server.url, OPTIONS);
    assertEquals(compareTypes(file, current), {
      isCurrent: false,
      differences: [
        "- readonly note: string | null;",
        '- "public.orders": TypedTable<Orders, "id", "customer" | "total" | "note">;',
        "- note: 25,",
        '+ | "great";',
        "+ readonly remark: string;",
        '+ "public.orders": TypedTable<Orders, "id", "customer" | "total" | "remark">;',
        "+ remark: 25,",
      ],
    });
  },
  { majors: [18] },
);

Deno.test("generateTypes() refuses parsers that can't read their type, before it connects", async () => {
  for (
    const [parsers, message] of [
      [{ int8: "Date" }, 'Cannot read "int8" as "Date"'],
      [{ "public.mood": "number" }, 'Cannot read "public.mood" as "number"'],
      [{ int8: "Moon" as "text" }, 'Cannot read "int8" as "Moon": expected'],
    ] as const
  ) {
    await assertRejects(
      () => generateTypes("host=nowhere", { publication: "shop", parsers }),
      TypeError,
      message,
    );
  }
});
