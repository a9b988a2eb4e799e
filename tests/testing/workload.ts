import type { FakeRow, FakeType } from "@walbrook/walbrook/testing";
import { END } from "./meaning.ts";
import { Json, type Step } from "./script.ts";

/** The types of the script. */
export const TYPES: Readonly<Record<string, FakeType>> = {
  mood: { enum: ["sad", "so so", "happy"] },
  email: { domain: "varchar(40)" },
  address: { composite: { street: "text", zip: "int" } },
};

/** What is there before the script. */
export const BEFORE: readonly Step[] = [
  {
    create: "orders",
    table: {
      columns: {
        id: "bigint",
        customer: { type: "text", default: "nobody" },
        total: "numeric(10,2)",
        placed: "timestamptz",
      },
      primaryKey: "id",
      rows: [
        { id: 2n, customer: "Bo", total: "1" },
        { id: 10n, customer: "Ada\tof\nLondon \\ ", total: "20.005" },
        { id: 1n },
      ],
    },
  },
  {
    create: "lines",
    table: {
      columns: { line: "int", order_id: "text", what: "varchar(20)" },
      primaryKey: ["order_id", "line"],
      rows: [
        { order_id: "b", line: 1, what: "tea" },
        { order_id: "a", line: 10, what: "milk" },
        { order_id: "a", line: 9, what: "" },
      ],
    },
  },
  {
    create: "log",
    table: { columns: { at: "timestamp", entry: "text" }, rows: [] },
  },
  {
    create: "people",
    table: {
      columns: { name: "text", born: "date", id: "int", mail: "email" },
      primaryKey: "id",
      replicaIdentity: "full",
    },
  },
  {
    create: "unique_people",
    table: {
      columns: { name: "text", code: "int", note: "text" },
      replicaIdentity: { index: ["name", "code"] },
    },
  },
  {
    create: "documents",
    table: {
      columns: {
        id: "int",
        title: "text",
        body: { type: "text", toasted: true },
      },
      primaryKey: "id",
    },
  },
  {
    create: "kinds",
    table: {
      columns: {
        id: "int2",
        yes: "bool",
        four: "float4",
        eight: "float8",
        number: "numeric",
        bytes: "bytea",
        json: "json",
        jsonb: "jsonb",
        day: "date",
        hour: "time",
        moment: "timestamp(3)",
        instant: "timestamptz",
        key: "uuid",
        padded: "char(4)",
        numbers: "int4[]",
        texts: "text[]",
        mood: "mood",
        moods: "mood[]",
        mail: "email",
        address: "address",
      },
      primaryKey: "id",
    },
  },
];

/** A value of each kind. */
export const KINDS: FakeRow = {
  ...{ id: 2, yes: true, four: 0.1, eight: 1e21, number: "1.500" },
  bytes: Uint8Array.of(0, 255, 92),
  json: new Json({ b: [1, "x"], a: null }),
  jsonb: new Json({ long: 1, b: [1, "x"], a: null }),
  ...{ day: "2026-11-28", hour: "10:00:01.5" },
  moment: "2026-11-28 10:00:00.1239",
  instant: "2026-11-28T10:00:00.120+02:00",
  key: "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11",
  ...{ padded: "ab", numbers: [1, 2, 3] },
  texts: ["a b", 'c"\\d', "", "NULL", "{}", null],
  ...{ mood: "so so", mail: "x@y.org" },
  address: { street: 'A "Street", 1', zip: 12345 },
};

const LARGE = "large ".repeat(1000);

/** Each kind of change and of definition. */
export const SCRIPT: readonly Step[] = [
  {
    transaction: [
      { insert: "orders", row: { id: 3n, customer: "Cy", total: "9.9" } },
      { update: "orders", where: { id: 3n }, set: { total: "10" } },
      { delete: "orders", where: { id: 2n } },
      { insert: "log", row: { at: "2026-11-28 10:00:00.50", entry: "x" } },
    ],
  },
  {
    transaction: [
      { update: "orders", where: { id: 1n }, set: { id: 4n, total: null } },
      { message: "app", content: "within" },
      {
        update: "lines",
        where: { order_id: "a", line: 9 },
        set: { what: "x" },
      },
      { update: "lines", where: { order_id: "a", line: 9 }, set: { line: 8 } },
      { delete: "lines", where: { order_id: "b", line: 1 } },
    ],
  },
  { emit: "app", content: "outside" },
  {
    transaction: [
      {
        insert: "people",
        row: { id: 1, name: "Ada", born: "1815-12-10", mail: "ada@x.org" },
      },
      { update: "people", where: { id: 1 }, set: { name: "Ada L." } },
      { delete: "people", where: { id: 1 } },
      { insert: "unique_people", row: { name: "Bo", code: 1, note: "n" } },
      { update: "unique_people", where: { code: 1 }, set: { note: null } },
      { update: "unique_people", where: { code: 1 }, set: { code: 2 } },
      { delete: "unique_people", where: { code: 2 } },
    ],
  },
  {
    transaction: [
      { insert: "documents", row: { id: 1, title: "one", body: LARGE } },
      { update: "documents", where: { id: 1 }, set: { title: "two" } },
      { update: "documents", where: { id: 1 }, set: { body: LARGE + "." } },
      { update: "documents", where: { id: 1 }, set: { id: 2 } },
    ],
  },
  {
    transaction: [
      { insert: "kinds", row: { id: 1 } },
      {
        insert: "kinds",
        row: KINDS,
      },
      {
        insert: "kinds",
        row: {
          ...{ id: 3, yes: false, four: 1e-7, eight: 123456.75, number: "-0" },
          moods: ["so so", "sad", null],
          ...{ moment: "1969-12-31 23:59:59.9996", hour: "23:00" },
          ...{ instant: "1815-12-10T01:00:00.000001-02:30" },
        },
      },
    ],
  },
  {
    transaction: [1e21, 1.5e-7, -12e3, "1E2", "0.0"].map((number, i) => ({
      insert: "kinds",
      row: { id: 10 + i, number },
    })),
  },
  { transaction: [{ truncate: ["orders", "log"], restartIdentity: true }] },
  { transaction: [{ insert: "orders", row: { id: 5n } }] },
  {
    transaction: [
      { insert: "documents", row: { id: 7 } },
      { truncate: ["documents"] },
      { insert: "documents", row: { id: 8 } },
      { insert: "documents", row: { id: 9 } },
    ],
  },
  { transaction: [{ insert: "documents", row: { id: 10 } }] },
  { alter: "orders", change: { renameColumn: "customer", to: "buyer" } },
  {
    transaction: [
      { update: "orders", where: { id: 5n }, set: { buyer: "Dee" } },
    ],
  },
  {
    alter: "orders",
    change: { addColumn: "note", as: { type: "text", default: "none" } },
  },
  { transaction: [{ insert: "orders", row: { id: 6n } }] },
  { alter: "orders", change: { dropColumn: "total" } },
  {
    transaction: [
      { update: "orders", where: { id: 6n }, set: { note: null } },
      { delete: "orders", where: { id: 5n } },
    ],
  },
  { alter: "lines", change: { replicaIdentity: "full" } },
  { transaction: [{ delete: "lines", where: { order_id: "a", line: 8 } }] },
  {
    create: "late",
    table: { columns: { id: "int", mood: "mood" }, primaryKey: "id" },
  },
  {
    transaction: [
      { insert: "late", row: { id: 1, mood: "happy" } },
      { insert: "late", row: { id: 2, mood: "sad" } },
    ],
  },
  { transaction: [{ insert: "late", row: { id: 3 } }] },
  { create: END, table: { columns: { id: "int" } } },
  { transaction: [{ insert: END, row: { id: 1 } }] },
];
