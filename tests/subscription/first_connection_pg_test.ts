import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ConnectionError,
  PostgresError,
  SQLSTATE,
  subscribe,
  SubscriptionError,
} from "@walbrook/walbrook";
import type { SubscriptionStatus } from "@walbrook/walbrook/subscription";
import { testOnPostgres } from "../helpers/postgres.ts";

const RETRY = { initialDelayMs: 10, maxDelayMs: 50 };
const SET_UP =
  "CREATE TABLE t (id int PRIMARY KEY); CREATE PUBLICATION p FOR TABLE t";
const MAKE_SLOT = "SELECT pg_create_logical_replication_slot('s', 'pgoutput')";

testOnPostgres(
  "subscribe() with retry.first waits for a server that is not there yet",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await sql("INSERT INTO t VALUES (1)");
    await sql.end();
    await server.stop();
    const options = { connection: server.url, slot: "s", publication: "p" };
    await assertRejects(
      () => subscribe({ ...options, retry: RETRY }),
      ConnectionError,
    );
    const states: SubscriptionStatus["state"][] = [];
    const refused = Promise.withResolvers<void>();
    const opening = subscribe({
      ...options,
      until: "now",
      retry: { ...RETRY, first: true },
      onStatus: ({ state }) => {
        states.push(state);
        if (states.length > 6) refused.resolve();
      },
    });
    await refused.promise;
    await server.start();
    await using subscription = await opening;
    const ids: unknown[] = [];
    for await (const event of subscription) {
      if (event.kind === "insert") ids.push(event.newRow["id"]);
    }
    assertEquals(ids, [1]);
    assertEquals(states.slice(0, 5), [
      ...["connecting", "retrying", "connecting", "retrying", "connecting"],
    ] as SubscriptionStatus["state"][]);
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "subscribe() with retry.first waits for a server that is full, or whose name is not known",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await sql("SELECT pg_create_logical_replication_slot('other', 'pgoutput')");
    const connection = server.url;
    const first = await subscribe({
      ...{ connection, slot: "other", publication: "p" },
    });
    const errors: unknown[] = [];
    const three = Promise.withResolvers<void>();
    const opening = subscribe({
      ...{ connection, slot: "s", publication: "p" },
      retry: { ...RETRY, first: true },
      onStatus: (status) => {
        if (status.state !== "retrying") return;
        if (errors.push(status.error) === 3) three.resolve();
      },
    });
    await three.promise;
    await first.close();
    await using _subscription = await opening;
    for (const error of errors) {
      assert(error instanceof PostgresError);
      assertEquals(error.code, SQLSTATE.TOO_MANY_CONNECTIONS);
    }
    // A name that can't be resolved is a server that can't be reached.
    const giveUp = new AbortController();
    let attempts = 0;
    await assertRejects(
      () =>
        subscribe({
          connection: "postgres://app@nowhere.invalid/shop",
          ...{ slot: "s", publication: "p", retry: { ...RETRY, first: true } },
          signal: giveUp.signal,
          onStatus: ({ state }) => {
            if (state === "retrying" && ++attempts === 3) giveUp.abort();
          },
        }),
      DOMException,
    );
    assertEquals(attempts, 3);
  },
  { majors: [18], settings: { max_wal_senders: "1" } },
);

testOnPostgres(
  "subscribe() with retry.first ends at once where someone has to act",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql("CREATE ROLE ordinary LOGIN");
    const retry = { ...RETRY, first: true };
    const options = { slot: "s", publication: "p", retry };
    await assertRejects(
      () => subscribe({ ...options, connection: server.url }),
      SubscriptionError,
    );
    await assertRejects(
      () =>
        subscribe({
          ...options,
          connection: server.url.replace("postgres@", "ordinary@"),
        }),
      PostgresError,
    );
    // A slot in use is another option's matter.
    await sql(MAKE_SLOT);
    await using _first = await subscribe({
      ...options,
      connection: server.url,
    });
    const inUse = await assertRejects(
      () => subscribe({ ...options, connection: server.url }),
      PostgresError,
    );
    assertEquals(inUse.code, SQLSTATE.OBJECT_IN_USE);
  },
  { majors: [18] },
);

testOnPostgres(
  "subscribe() asks for the password again when it was changed under it",
  async ({ server, sql }) => {
    await sql(SET_UP);
    await sql(MAKE_SLOT);
    await sql("CREATE ROLE app LOGIN REPLICATION PASSWORD 'old'");
    // Whoever comes over TCP has to show a password.
    const hba = `${server.dataDirectory}/pg_hba.conf`;
    const trusted = await Deno.readTextFile(hba);
    await Deno.writeTextFile(
      hba,
      `host all app all scram-sha-256\nhost replication app all scram-sha-256\n${trusted}`,
    );
    await sql("SELECT pg_reload_conf()");
    const folder = await Deno.makeTempDir();
    const file = `${folder}/pgpass`;
    const { host, port } = server;
    // Nobody reads it half written.
    const write = async (password: string) => {
      const next = await Deno.makeTempFile({ dir: folder });
      await Deno.writeTextFile(next, `${host}:${port}:*:app:${password}\n`);
      await Deno.rename(next, file);
    };
    await write("old");
    let current = "old";
    const ways = {
      file: { passfile: file },
      function: { password: () => Promise.resolve(current) },
    };
    try {
      for (const [name, way] of Object.entries(ways)) {
        const codes: unknown[] = [];
        await sql("ALTER ROLE app PASSWORD 'old'");
        await write("old");
        current = "old";
        await sql(
          `SELECT pg_create_logical_replication_slot('${name}', 'pgoutput')`,
        );
        await using subscription = await subscribe({
          connection: { host, port, user: "app", database: "postgres", ...way },
          ...{ slot: name, publication: "p" },
          retry: { initialDelayMs: 100 },
          onStatus: async (status) => {
            if (status.state !== "retrying") return;
            const { error } = status;
            if (!(error instanceof PostgresError)) return;
            codes.push(error.code);
            // Whoever hands out passwords is not always in time.
            if (error.code !== SQLSTATE.INVALID_PASSWORD) return;
            current = "new";
            await write("new");
          },
        });
        const events = subscription[Symbol.asyncIterator]();
        const next = events.next();
        await sql("ALTER ROLE app PASSWORD 'new'");
        await sql(`SELECT pg_terminate_backend(${subscription.processId})`);
        await sql(`INSERT INTO t SELECT count(*) FROM t`);
        assert(!(await next).done, name);
        assert(codes.includes(SQLSTATE.INVALID_PASSWORD), `${name}: ${codes}`);
        assertEquals(subscription.status.state, "streaming");
        await subscription.close();
      }
      // With one that stays wrong it ends, and says so.
      const connection = { host, port, user: "app", database: "postgres" };
      await using subscription = await subscribe({
        connection: { ...connection, password: "new" },
        ...{ slot: "s", publication: "p", retry: RETRY },
      });
      const ended = assertRejects(async () => {
        for await (const _event of subscription);
      }, PostgresError);
      await sql("ALTER ROLE app PASSWORD 'other'");
      await sql(`SELECT pg_terminate_backend(${subscription.processId})`);
      assertEquals((await ended).code, SQLSTATE.INVALID_PASSWORD);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  { majors: [14, 18] },
);
