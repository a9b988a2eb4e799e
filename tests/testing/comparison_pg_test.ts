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
import {
  connectSql,
  type PostgresServer,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { inTime } from "../helpers/test_in_time.ts";
import { byTable, END, generalise, readScript } from "./meaning.ts";
import { compareAtRandom } from "./random_comparison.ts";
import type { Step } from "./script.ts";
import { assertSame, fakeSide, realSide, type Side } from "./sides.ts";
import { BEFORE, KINDS, SCRIPT, TYPES } from "./workload.ts";

// The same script, on a real server and on the fake one: the events have to be the same.

type More = Partial<SubscribeOptions>;

let slots = 0;

async function open({ options }: Side, more: More): Promise<Subscription> {
  return await subscribe({
    ...options,
    slot: { name: `script_${slots++}`, create: true, temporary: true },
    publication: "shop",
    ...more,
  });
}

// The messages of pgoutput as they are, but for their positions.
async function openRaw(
  { options }: Side,
): Promise<() => Promise<readonly unknown[]>> {
  const connection = await connect(options.connection, options);
  const slot = `raw_${slots++}`;
  await connection.createReplicationSlot(slot, {
    kind: "logical",
    temporary: true,
  });
  const stream = await connection.startReplication({
    kind: "logical",
    slot,
    pluginOptions: pgoutputOptions({
      ...{ protocolVersion: 2, publications: ["shop"], messages: true },
    }),
  });
  return async () => {
    const messages: PgoutputMessage[] = [];
    const batches = stream.readable.pipeThrough(new PgoutputDecoderStream());
    try {
      for await (const batch of batches) {
        for (const message of batch) {
          if (message.kind === "relation" && message.name === END) {
            const oids = new Map<number, string>();
            return withoutRepeats(messages.map((one) => generalise(one, oids)));
          }
          messages.push(message);
        }
      }
    } finally {
      await connection.close();
    }
    throw new Error("The stream ended before the script");
  };
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

/** What each of several readers of one script has read, the raw messages first. */
async function follow(
  side: Side,
  readers: readonly More[],
): Promise<readonly (readonly unknown[])[]> {
  const readRaw = await openRaw(side);
  const subscriptions = await Promise.all(
    readers.map((more) => open(side, more)),
  );
  for (const step of SCRIPT) await side.play(step);
  return await Promise.all([readRaw(), ...subscriptions.map(readScript)]);
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

async function copy(side: Side, more: More): Promise<readonly unknown[]> {
  const options = { snapshot: "always", until: "snapshot", ...more } as const;
  return byTable(await readScript(await open(side, options)));
}

const NEWEST_READERS: readonly More[] = [
  { messages: false, typeLookup: false },
  { binary: true },
];

testOnPostgres(
  "fakeServer() sends and copies what a real server does",
  async ({ server, sql }, t) => {
    const step = (name: string, run: () => Promise<void>) =>
      t.step(name, () => inTime(run, 120_000));
    const readers = [{}, ...server.major === 18 ? NEWEST_READERS : []];
    await step("a script", async () => {
      const real = await realSide(sql, server.url, BEFORE, TYPES);
      const fake = fakeSide(server.major, BEFORE, TYPES);
      const found = await follow(fake, readers);
      const expected = await follow(real, readers);
      for (const [i, events] of found.entries()) {
        assertSame(events, expected[i]!);
      }
    });
    await step("copies of tables", async () => {
      await sql("CREATE DATABASE copied");
      const url = urlOf(server, "copied");
      await using other = connectSql(url);
      const before = [
        ...BEFORE,
        MANY,
        { transaction: [{ insert: "kinds", row: KINDS }] },
        { transaction: [{ insert: "log", row: { entry: "one" } }] },
      ];
      const real = await realSide(other, url, before, TYPES);
      const fake = fakeSide(server.major, before, TYPES);
      for (const binary of server.major === 18 ? [false, true] : [false]) {
        assertSame(await copy(fake, { binary }), await copy(real, { binary }));
      }
    });
    await step("a random script", async () => {
      await sql("CREATE DATABASE random");
      const url = urlOf(server, "random");
      await using other = connectSql(url);
      await compareAtRandom(server.major, server.major, { sql: other, url });
    });
  },
);

function urlOf({ url }: PostgresServer, database: string): string {
  return url.replace(/postgres$/, database);
}
