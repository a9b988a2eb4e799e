import {
  subscribe,
  type SubscribeOptions,
  type Subscription,
} from "@walbrook/walbrook";
import {
  PgoutputDecoderStream,
  type PgoutputMessage,
  pgoutputOptions,
} from "@walbrook/walbrook/pgoutput";
import { connect } from "@walbrook/walbrook/replication";
import type { FakeRow, FakeType } from "@walbrook/walbrook/testing";
import { type PostgresMajor, testOnPostgres } from "../helpers/postgres.ts";
import { END, generalise, readScript } from "./meaning.ts";
import { Json, type Step } from "./script.ts";
import { assertSame, fakeSide, realSide, type Side } from "./sides.ts";

// The same script, on a real server and on the fake one: the events have to be the same.

const TYPES: Readonly<Record<string, FakeType>> = {
  mood: { enum: ["sad", "so so", "happy"] },
  email: { domain: "varchar(40)" },
  address: { composite: { street: "text", zip: "int" } },
};

const BEFORE: readonly Step[] = [
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

const KINDS: FakeRow = {
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

const SCRIPT: readonly Step[] = [
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

type More = Partial<SubscribeOptions>;

async function open({ options }: Side, more: More): Promise<Subscription> {
  return await subscribe({
    ...options,
    slot: { name: "script", create: true, temporary: true },
    publication: "shop",
    ...more,
  });
}

async function follow(side: Side, more: More): Promise<unknown[]> {
  const subscription = await open(side, more);
  for (const step of SCRIPT) await side.play(step);
  return await readScript(subscription);
}

// The messages of pgoutput as they are, but for their positions.
async function decode({ options, play }: Side): Promise<unknown[]> {
  await using connection = await connect(options.connection, options);
  await connection.createReplicationSlot("raw", {
    kind: "logical",
    temporary: true,
  });
  const stream = await connection.startReplication({
    kind: "logical",
    slot: "raw",
    pluginOptions: pgoutputOptions({
      ...{ protocolVersion: 2, publications: ["shop"], messages: true },
    }),
  });
  for (const step of SCRIPT) await play(step);
  const messages: PgoutputMessage[] = [];
  const batches = stream.readable.pipeThrough(new PgoutputDecoderStream());
  for await (const batch of batches) {
    for (const message of batch) {
      // From the end of the script on.
      if (message.kind === "relation" && message.name === END) {
        const oids = new Map<number, string>();
        return withoutRepeats(messages.map((one) => generalise(one, oids)));
      }
      messages.push(message);
    }
  }
  throw new Error("The stream ended before the script");
}

// A server describes a table again whenever it likes.
function withoutRepeats(messages: readonly unknown[]): unknown[] {
  const last = new Map<string, string>();
  return messages.filter((message) => {
    const { kind, oid } = message as { kind: string; oid: string };
    if (kind !== "relation" && kind !== "type") return true;
    const text = JSON.stringify(message);
    const isRepeated = last.get(`${kind} ${oid}`) === text;
    last.set(`${kind} ${oid}`, text);
    return !isRepeated;
  });
}

const MANY: Step = {
  create: "many",
  table: {
    columns: { part: "text", id: "int", note: "text" },
    primaryKey: ["part", "id"],
    rows: Array.from({ length: 2_500 }, (_, i) => ({
      part: "abc"[i % 3],
      id: (i * 7919) % 2_500,
      note: `row ${i}`,
    })),
  },
};

// Which table comes first is a matter of time; what comes of a table is not.
async function copy(side: Side, more: More): Promise<unknown[]> {
  await side.play(MANY);
  await side.play({ transaction: [{ insert: "kinds", row: KINDS }] });
  const subscription = await open(side, {
    ...{ snapshot: "always", until: "snapshot", ...more },
  });
  const events = (await readScript(subscription)) as {
    readonly table: string;
  }[];
  return events.toSorted((a, b) => a.table < b.table ? -1 : 1);
}

function compare(
  what: string,
  run: (side: Side, more: More) => Promise<unknown[]>,
  { majors, ...more }: More & { readonly majors: readonly PostgresMajor[] },
): void {
  testOnPostgres(
    `fakeServer() ${what} as a real server does`,
    async ({ server, sql }) => {
      const real = await realSide(sql, server.url, BEFORE, TYPES);
      const fake = fakeSide(server.major, BEFORE, TYPES);
      assertSame(await run(fake, more), await run(real, more));
    },
    { majors },
  );
}

compare("writes pgoutput", decode, { majors: [14, 15, 16, 17, 18] });
compare("streams a script", follow, { majors: [14, 15, 16, 17, 18] });
compare("streams a script without messages and look-ups", follow, {
  majors: [18],
  messages: false,
  typeLookup: false,
});
compare("streams a script in binary format", follow, {
  majors: [18],
  binary: true,
});
compare("lets tables be copied", copy, { majors: [14, 15, 16, 17, 18] });
compare("lets tables be copied in binary format", copy, {
  majors: [18],
  binary: true,
});
