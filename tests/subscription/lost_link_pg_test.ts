import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  type Checkpoint,
  CheckpointConflictError,
  type CheckpointStore,
  parseLsn,
  type ReplicationEvent,
  subscribe,
  type SubscribeOptions,
  type Subscription,
  SubscriptionError,
} from "@walbrook/walbrook";
import {
  type PostgresServer,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";

const ROWS = 200;

async function setUp(sql: SqlClient): Promise<void> {
  await sql("CREATE TABLE item (id int PRIMARY KEY)");
  await sql("CREATE PUBLICATION items FOR TABLE item");
  await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
  await sql(
    `DO $$ BEGIN FOR id IN 1..${ROWS} LOOP INSERT INTO item VALUES (id); COMMIT; END LOOP; END $$`,
  );
}

function optionsFor({ url }: PostgresServer): SubscribeOptions {
  return {
    connection: url,
    slot: "s",
    publication: "items",
    retry: { initialDelayMs: 1, maxDelayMs: 20 },
  };
}

function inMemory(): CheckpointStore {
  let kept: Checkpoint | null = null;
  return {
    load: () => Promise.resolve(kept),
    save: (checkpoint) => {
      kept = checkpoint;
      return Promise.resolve();
    },
  };
}

/** The ids of a view, one transaction at a time. */
const VIEWS: Readonly<
  Record<string, (one: Subscription) => AsyncGenerator<unknown, void, void>>
> = {
  async *"for await"(one) {
    for await (const event of one) yield* idOf(event);
  },
  async *readable(one) {
    for await (const event of one.readable) yield* idOf(event);
  },
  async *"transactions()"(one) {
    for await (const { changes } of one.transactions()) {
      for (const change of changes) yield* idOf(change);
    }
  },
};

function* idOf(event: ReplicationEvent): Generator<unknown, void, void> {
  if (event.kind === "insert") yield event.newRow["id"];
}

/** Ends the link, and lets another subscription take all that there is. */
async function takeOver(
  server: PostgresServer,
  sql: SqlClient,
): Promise<unknown[]> {
  await sql(
    "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots",
  );
  await untilTrue(sql, "SELECT active_pid IS NULL FROM pg_replication_slots");
  await using heir = await subscribe({ ...optionsFor(server), until: "now" });
  const ids: unknown[] = [];
  for await (const event of heir) ids.push(...idOf(event));
  return ids;
}

for (const [view, idsOf] of Object.entries(VIEWS)) {
  testOnPostgres(
    `subscribe() drops what it has read ahead where the link is lost and a checkpoint is kept (${view})`,
    async ({ server, sql }) => {
      await setUp(sql);
      await using subscription = await subscribe({
        ...optionsFor(server),
        checkpoint: inMemory(),
      });
      const ids = idsOf(subscription);
      assertEquals((await ids.next()).value, 1);
      assertEquals((await takeOver(server, sql)).at(-1), ROWS);
      // All of it was here, and is the heir's.
      const error = await assertRejects(() => ids.next(), SubscriptionError);
      assertEquals(error.reason, "startPassed");
    },
    { majors: [14, 18] },
  );
}

testOnPostgres(
  "subscribe() delivers what it has read ahead also after the link is lost, where no checkpoint is kept",
  async ({ server, sql }) => {
    await setUp(sql);
    await using subscription = await subscribe(optionsFor(server));
    const ids = VIEWS["for await"]!(subscription);
    assertEquals((await ids.next()).value, 1);
    const end = parseLsn(await sql.value("SELECT pg_current_wal_lsn()") ?? "");
    while (subscription.progress.received < end) await sql("SELECT 1");
    await takeOver(server, sql);
    for (let id = 2; id <= ROWS; id++) {
      assertEquals((await ids.next()).value, id);
    }
  },
  { majors: [18] },
);

testOnPostgres(
  "subscribe() delivers again what it has dropped with a lost link, once and in order",
  async ({ server, sql }) => {
    await setUp(sql);
    await sql("INSERT INTO item SELECT generate_series(201, 300)");
    await using subscription = await subscribe({
      ...optionsFor(server),
      checkpoint: inMemory(),
    });
    const seen: unknown[] = [];
    const kinds = new Map<string, number>();
    for await (const event of subscription) {
      kinds.set(event.kind, (kinds.get(event.kind) ?? 0) + 1);
      seen.push(...idOf(event));
      // Between two transactions, and in the middle of one.
      if (event.kind === "insert" && [10, 100, 250].includes(seen.length)) {
        await sql(
          "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots",
        );
        await untilTrue(
          sql,
          "SELECT active_pid IS NULL FROM pg_replication_slots",
        );
      }
      if (event.kind === "commit" && seen.length === 300) break;
    }
    assertEquals(seen, Array.from({ length: 300 }, (_, i) => i + 1));
    assertEquals(kinds.get("begin"), ROWS + 1);
    assertEquals(kinds.get("commit"), ROWS + 1);
    assertEquals(kinds.get("relation"), 1);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "subscribe() ends with the CheckpointConflictError of save(), and delivers nothing more",
  async ({ server, sql }) => {
    await setUp(sql);
    const conflict = new CheckpointConflictError("Another process is further");
    const refused = Promise.withResolvers<void>();
    const states: string[] = [];
    let isTaken = false;
    await using subscription = await subscribe({
      ...optionsFor(server),
      checkpoint: {
        load: () => Promise.resolve(null),
        save: () => {
          if (!isTaken) return Promise.resolve();
          refused.resolve();
          return Promise.reject(conflict);
        },
      },
      onStatus: ({ state }) => states.push(state),
    });
    const ids = VIEWS["for await"]!(subscription);
    assertEquals((await ids.next()).value, 1);
    isTaken = true;
    assertEquals((await ids.next()).value, 2);
    await refused.promise;
    // As a consumer that waits for its own database.
    await sql("SELECT 1");
    const error = await assertRejects(() => ids.next());
    assert(error === conflict);
    assertEquals(states, ["connecting", "streaming", "closed"]);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "subscribe() passes on the CheckpointConflictError that the consumer throws",
  async ({ server, sql }) => {
    await setUp(sql);
    const conflict = new CheckpointConflictError("Another process is further");
    const states: string[] = [];
    await using subscription = await subscribe({
      ...optionsFor(server),
      checkpoint: inMemory(),
      onStatus: ({ state }) => states.push(state),
    });
    const error = await assertRejects(() =>
      subscription.transactions().pipeTo(
        new WritableStream({
          write() {
            throw conflict;
          },
        }),
      )
    );
    assert(error === conflict);
    assertEquals(states, ["connecting", "streaming", "closed"]);
  },
  { majors: [18] },
);
