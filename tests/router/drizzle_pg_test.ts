import { assertEquals, assertThrows } from "@std/assert";
import { drizzle } from "drizzle-orm/node-postgres";
import {
  bigint,
  boolean,
  char,
  customType,
  date,
  doublePrecision,
  inet,
  integer,
  interval,
  json,
  jsonb,
  numeric,
  pgEnum,
  pgSchema,
  pgTable,
  point,
  real,
  smallint,
  text,
  time,
  timestamp,
  uuid,
  varchar,
} from "drizzle-orm/pg-core";
import pg from "pg";
import { subscribe } from "../../mod.ts";
import { Router, table } from "../../src/router/mod.ts";
import { testOnOldestAndNewest } from "../helpers/postgres.ts";

const mood = pgEnum("mood", ["sad", "fine"]);
const cents = customType<{ data: { cents: number }; driverData: string }>({
  dataType: () => "bigint",
  fromDriver: (value) => ({ cents: Number(value.slice(0)) }),
});

const everything = pgTable("everything", {
  id: bigint({ mode: "bigint" }).primaryKey(),
  small: smallint(),
  int: integer(),
  big: bigint({ mode: "number" }),
  exact: numeric(),
  rounded: numeric({ mode: "number" }),
  float: real(),
  double: doublePrecision(),
  yes: boolean(),
  text: text(),
  code: char({ length: 3 }),
  name: varchar("the name", { length: 10 }),
  uuid: uuid(),
  json: json().$type<unknown>(),
  number: jsonb().$type<unknown>(),
  string: jsonb().$type<unknown>(),
  day: date(),
  dayDate: date("day_date", { mode: "date" }),
  at: timestamp({ withTimezone: true }),
  local: timestamp({ mode: "string" }),
  localDate: timestamp("local_date"),
  time: time(),
  span: interval(),
  mood: mood(),
  tags: text().array(),
  numbers: bigint({ mode: "number" }).array(),
  address: inet(),
  point: point({ mode: "xy" }),
  price: cents(),
  empty: text(),
});
const scoped = pgSchema("v1.App").table("scoped", {
  id: integer().primaryKey(),
});

testOnOldestAndNewest(
  "handlers of a Drizzle table get rows as Drizzle selects them",
  async ({ server, sql }) => {
    await sql(`CREATE TYPE mood AS ENUM ('sad', 'fine');
CREATE TABLE everything (id bigint PRIMARY KEY, small smallint, int int, big bigint, exact numeric,
  rounded numeric, float real, double double precision, yes boolean, text text, code char(3),
  "the name" varchar(10), uuid uuid, json json, number jsonb, string jsonb, day date, day_date date,
  at timestamptz, local timestamp, local_date timestamp, time time, span interval, mood mood,
  tags text[], numbers bigint[], address inet, point point, price bigint, empty text);
CREATE SCHEMA "v1.App"; CREATE TABLE "v1.App".scoped (id int PRIMARY KEY);
CREATE PUBLICATION everything FOR TABLE everything, "v1.App".scoped`);
    await using subscription = await subscribe({
      connection: server.url,
      slot: { name: "drizzle", temporary: true, create: true },
      signal: AbortSignal.timeout(60_000),
      publication: "everything",
    });
    await sql(
      `INSERT INTO everything VALUES (9007199254740993, -1, 2, 3, '1.50', 2.25, 1.1, 0.1, true,
    'text', 'ab', 'name', '01890a5d-ac96-774b-bcce-b302099a8057', '{"a": [1]}', '17', '{"s": "17"}',
    '2026-01-02', '2026-01-02', '2026-01-02 03:04:05.678Z', '2026-01-02 03:04:05', '2026-01-02 03:04:05.5',
    '10:11:12', '1 day 02:00', 'fine', '{a,"b c"}', '{1,2}', '10.0.0.1', '(1,2)', 250, NULL);
INSERT INTO "v1.App".scoped VALUES (5)`,
    );
    const rows: unknown[] = [];
    const router = new Router()
      .on(table(everything), {
        insert: ({ newRow, key }) => void rows.push(key, newRow),
      })
      .on(table(scoped), { insert: ({ newRow }) => void rows.push(newRow) });
    for await (const event of subscription) {
      await router.handle(event);
      if (rows.length === 3) break;
    }
    const client = new pg.Client(server.url);
    await client.connect();
    try {
      await client.query("SET TimeZone = 'UTC'");
      const db = drizzle(client);
      assertEquals(rows, [
        { id: 9007199254740993n },
        ...await db.select().from(everything),
        ...await db.select().from(scoped),
      ]);
    } finally {
      await client.end();
    }
  },
);

Deno.test("table() refuses what is no table of Drizzle", () => {
  assertThrows(
    // deno-lint-ignore no-explicit-any
    () => table({ orders: everything } as any),
    TypeError,
    "it is not a Drizzle table",
  );
});
