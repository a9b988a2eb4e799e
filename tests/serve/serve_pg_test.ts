import { assert, assertEquals, assertMatch } from "@std/assert";
import { subscribe, type SubscribeOptions } from "@walbrook/walbrook";
import {
  type LiveService,
  serve,
  type ServeOptions,
} from "@walbrook/walbrook/serve";
import {
  type PostgresServer,
  type SqlClient,
  testOnOldestAndNewest,
  testOnPostgres,
} from "../helpers/postgres.ts";
import { Watcher } from "./watcher.ts";

/** Serves publication `p`, to everyone. */
async function open(
  { url }: PostgresServer,
  options: ServeOptions = {},
  more: Partial<SubscribeOptions> = {},
): Promise<LiveService> {
  const subscription = await subscribe({
    connection: url,
    slot: { name: "s", create: true, temporary: true },
    publication: "p",
    ...more,
  });
  return serve(subscription, { authorize: () => true, ...options });
}

const ORDERS =
  `CREATE TABLE orders (id int PRIMARY KEY, status text, total numeric, note text);
  CREATE TABLE log (n int);
  CREATE PUBLICATION p FOR TABLE orders, log;
  INSERT INTO orders SELECT i, CASE i % 2 WHEN 0 THEN 'open' ELSE 'paid' END, i * 1.5 FROM generate_series(1, 10) i`;

/** A change of another row, so that what did not happen is known. */
async function mark(sql: SqlClient, id: number): Promise<string> {
  await sql(`INSERT INTO orders VALUES (${id}, 'open')`);
  return String(id);
}

testOnOldestAndNewest(
  "a client gets a table's rows first, then its changes",
  async ({ server, sql }) => {
    await sql(ORDERS);
    await using service = await open(server);
    await using client = await Watcher.open(service.fetch, {
      table: "public.orders",
    });
    await client.ready();
    assertEquals(client.resets, ["start"]);
    assertEquals(client.rows.size, 10);
    assertEquals(client.rows.get("2"), {
      id: 2,
      status: "open",
      total: "3.0",
      note: null,
    });
    await sql(
      `BEGIN; UPDATE orders SET id = 20 WHERE id = 2; DELETE FROM orders WHERE id = 3;
    INSERT INTO orders VALUES (30, 'new'); COMMIT`,
    );
    const event = await client.next();
    assertEquals(event?.event, "changes");
    assertMatch(event?.id ?? "", /^\w+-\w+-[\dA-F]+\/[\dA-F]+$/);
    assertEquals([...client.rows.keys()].map(Number).sort((a, b) => a - b), [
      1,
      4,
      5,
      6,
      7,
      8,
      9,
      10,
      20,
      30,
    ]);
    await sql("TRUNCATE orders");
    await client.next();
    assertEquals(client.rows.size, 0);
  },
);

testOnOldestAndNewest(
  "a row that leaves a client's filter, or whose old values are unknown, is deleted",
  async ({ server, sql }) => {
    await sql(ORDERS);
    await using service = await open(server);
    await using client = await Watcher.open(service.fetch, {
      table: "public.orders",
      where: "status = 'open' AND id < 100",
    });
    await client.ready();
    assertEquals([...client.rows.keys()], ["2", "4", "6", "8", "10"]);
    await sql("UPDATE orders SET status = 'paid' WHERE id = 4");
    await client.until(() => !client.rows.has("4"));
    await sql("UPDATE orders SET status = 'open' WHERE id = 5");
    await client.has("5");
    // Never seen by the client: nothing, or a delete of what it does not have.
    await sql(
      "UPDATE orders SET total = 0 WHERE id = 7; UPDATE orders SET id = 107 WHERE id = 8",
    );
    await client.has(await mark(sql, 11));
    assertEquals([...client.rows.keys()], ["2", "6", "10", "5", "11"]);
  },
);

testOnOldestAndNewest(
  "a row that enters a filter has the large values that the change did not send",
  async ({ server, sql }) => {
    await sql(ORDERS);
    await sql(`ALTER TABLE orders ALTER note SET STORAGE EXTERNAL;
    UPDATE orders SET note = repeat('x', 5000) WHERE id = 1`);
    await using service = await open(server);
    await using client = await Watcher.open(service.fetch, {
      table: "public.orders",
      where: "status = 'open'",
    });
    await client.ready();
    await sql("UPDATE orders SET status = 'open' WHERE id = 1");
    await client.until(() =>
      String(client.rows.get("1")?.note).length === 5000
    );
    await sql("UPDATE orders SET total = 9 WHERE id = 1");
    await client.until(() => client.rows.get("1")?.total === "9");
    assertEquals(String(client.rows.get("1")?.note).length, 5000);
  },
);

testOnOldestAndNewest(
  "clients are exact at each position, among writers, whenever they come",
  async ({ server, sql }) => {
    await sql(
      `CREATE TABLE t (id int PRIMARY KEY, k int, v int); CREATE PUBLICATION p FOR TABLE t;
    INSERT INTO t SELECT i, i % 5, 0 FROM generate_series(1, 2000) i`,
    );
    await using service = await open(server, {}, {
      snapshot: { tables: [], chunkBytes: 4_000 },
    });
    let isWriting = true;
    const writing = (async () => {
      for (let n = 1; isWriting; n++) {
        await sql(
          `BEGIN; UPDATE t SET v = v + 1, k = (k + 1) % 5 WHERE id % 97 = ${
            n % 97
          };
        DELETE FROM t WHERE id % 211 = ${
            n % 211
          }; INSERT INTO t SELECT i, i % 5, ${n} FROM generate_series(1, 2000) i
        WHERE i % 211 = ${n % 211} ON CONFLICT DO NOTHING; COMMIT`,
        );
      }
    })();
    const queries = ["", "k = 1", "k = 2 AND v >= 1", "id <= 500", "k = 1"];
    const watch = (where: string) =>
      Watcher.open(service.fetch, { table: "public.t", where });
    const clients: Watcher[] = [];
    // Some come together, and some while others have their rows already.
    for (const wheres of [queries.slice(0, 2), queries.slice(2)]) {
      const some = await Promise.all(wheres.map(watch));
      await Promise.all(some.map((client) => client.ready()));
      clients.push(...some);
    }
    isWriting = false;
    await writing;
    await sql(
      `INSERT INTO t SELECT 9000 + i, i, 1 FROM generate_series(0, 4) i; UPDATE t SET v = 77 WHERE id = 500`,
    );
    await Promise.all(clients.map(async (client, i) => {
      const where = queries[i] || "true";
      const truth = await sql(
        `SELECT id, k, v FROM t WHERE ${where} ORDER BY id`,
      );
      const wanted = truth.map(({ id, k, v }) => ({
        id: Number(id),
        k: Number(k),
        v: Number(v),
      }));
      const text = JSON.stringify(wanted);
      const now = () =>
        JSON.stringify(
          [...client.rows.values()].sort((a, b) => Number(a.id) - Number(b.id)),
        );
      await client.until(() => now() === text);
      await client[Symbol.asyncDispose]();
    }));
  },
);

testOnOldestAndNewest(
  "equal requests share a copy, and so do others that wait for the same table",
  async ({ server, sql }) => {
    await sql(ORDERS);
    const subscription = await subscribe({
      connection: server.url,
      slot: { name: "s", create: true, temporary: true },
      publication: "p",
    });
    await using service = serve(subscription, { authorize: () => true });
    // The first copy goes on only once all have come.
    await subscription.paceSnapshot({ paused: true });
    const first = await Watcher.open(service.fetch, {
      table: "public.orders",
      where: "id = 1",
    });
    const waiting = await Promise.all(
      Array.from({ length: 30 }, (_, i) =>
        Watcher.open(service.fetch, {
          table: "public.orders",
          where: `id = ${i % 10}`,
        })),
    );
    await subscription.paceSnapshot({ paused: false });
    await first.ready();
    for (const client of waiting) await client.ready();
    assertEquals(service.figures.channels, 10);
    assertEquals(service.figures.clients, 31);
    assert(service.figures.copies <= 3, `${service.figures.copies} copies`);
    assertEquals(
      waiting.map(({ rows }) => [...rows.keys()].join()),
      waiting.map((_, i) => i % 10 === 0 ? "" : String(i % 10)),
    );
    for (const client of [first, ...waiting]) {
      await client[Symbol.asyncDispose]();
    }
    // The end of a response takes a few turns to come through.
    for (let i = 0; i < 1_000 && service.figures.clients > 0; i++) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assertEquals(service.figures.clients, 0);
  },
);

testOnOldestAndNewest(
  "a client goes on behind its last event, and starts over where that is too old",
  async ({ server, sql }) => {
    await sql(ORDERS);
    await using service = await open(server, { limits: { keptBytes: 20_000 } });
    const query = { table: "public.orders", where: "status = 'open'" };
    const client = await Watcher.open(service.fetch, query);
    await client.ready();
    await sql("INSERT INTO orders VALUES (40, 'open')");
    await client.has("40");
    const { lastEventId } = client;
    await client[Symbol.asyncDispose]();
    await sql(
      "INSERT INTO orders VALUES (41, 'open'); INSERT INTO orders VALUES (42, 'paid')",
    );
    await sql(
      "INSERT INTO orders VALUES (43, 'open'); DELETE FROM orders WHERE id = 40",
    );
    {
      await using again = await Watcher.open(service.fetch, query, lastEventId);
      await again.has(await mark(sql, 44));
      assertEquals(again.resets, []);
      assertEquals([...again.rows.keys()], ["41", "43", "44"]);
    }
    {
      // The position of another request means nothing.
      await using other = await Watcher.open(service.fetch, {
        table: "public.orders",
      }, lastEventId);
      await other.ready();
      assertEquals(other.resets, ["tooOld"]);
    }
    await sql(
      "INSERT INTO orders SELECT i, 'paid', 1, repeat('y', 100) FROM generate_series(1000, 1100) i",
    );
    await sql(
      "INSERT INTO orders SELECT i, 'paid', 1, repeat('y', 100) FROM generate_series(1101, 1200) i",
    );
    await using late = await Watcher.open(service.fetch, query, lastEventId);
    // Only once the service has seen it.
    await late.has(await mark(sql, 45));
    await using later = await Watcher.open(service.fetch, query, lastEventId);
    await later.ready();
    assertEquals(later.resets, ["tooOld"]);
    assertEquals([...later.rows.keys()].map(Number).sort((a, b) => a - b), [
      2,
      4,
      6,
      8,
      10,
      41,
      43,
      44,
      45,
    ]);
  },
);

testOnOldestAndNewest(
  "clients start over where the table's definition changes",
  async ({ server, sql }) => {
    await sql(ORDERS);
    await using service = await open(server);
    await using client = await Watcher.open(service.fetch, {
      table: "public.orders",
    });
    await using filtered = await Watcher.open(service.fetch, {
      table: "public.orders",
      where: "note IS NULL",
    });
    await client.ready();
    await filtered.ready();
    await sql(
      "ALTER TABLE orders ADD extra int DEFAULT 7; ALTER TABLE orders DROP note",
    );
    await sql("INSERT INTO orders VALUES (50, 'open')");
    await client.until(() => client.resets.length === 2 && client.isReady);
    assertEquals(client.resets, ["start", "schema"]);
    assertEquals(client.rows.get("1"), {
      id: 1,
      status: "paid",
      total: "1.5",
      extra: 7,
    });
    assertEquals(client.rows.size, 11);
    await filtered.until(() => filtered.problems.length > 0);
    assertMatch(filtered.problems[0]!, /no such column/);
  },
);

testOnPostgres(
  "a client that takes nothing is cut off, and harms nobody",
  async ({ server, sql }) => {
    await sql(ORDERS);
    await using service = await open(server, {
      limits: { clientBytes: 100_000 },
    });
    const fetchIt = service.fetch;
    const stalled = await fetchIt(
      new Request("http://localhost/changes?table=public.orders"),
    );
    await using client = await Watcher.open(fetchIt, {
      table: "public.orders",
    });
    await client.ready();
    assertEquals(service.figures.clients, 2);
    for (let i = 0; service.figures.clients === 2 && i < 500; i++) {
      await sql(
        `INSERT INTO orders SELECT i, 'open', 1, repeat('y', 200) FROM generate_series(${
          1000 + i * 50
        }, ${1049 + i * 50}) i`,
      );
      await client.has(String(1049 + i * 50));
    }
    assertEquals(service.figures.cut, 1);
    await client.has(await mark(sql, 60));
    await stalled.body?.cancel();
  },
  { majors: [18] },
);

testOnPostgres(
  "after a transaction that is too large to keep, the rows are read again",
  async ({ server, sql }) => {
    await sql(ORDERS);
    await using service = await open(server, {
      limits: { transactionBytes: 5_000 },
    });
    await using client = await Watcher.open(service.fetch, {
      table: "public.orders",
    });
    await client.ready();
    await sql(
      "INSERT INTO orders SELECT i, 'open' FROM generate_series(1000, 1200) i",
    );
    await client.until(() => client.resets.length === 2 && client.isReady);
    assertEquals(client.resets, ["start", "unclear"]);
    assertEquals(client.rows.size, 211);
  },
  { majors: [18] },
);

testOnPostgres("/changes says what it can't do", async ({ server, sql }) => {
  await sql(ORDERS);
  await using service = await open(server, { limits: { clients: 0 } });
  const statusOf = async (query: string) => {
    const response = await service.fetch(
      new Request(`http://localhost/changes?${query}`),
    );
    const { error } = await response.json();
    return `${response.status} ${error}`;
  };
  assertMatch(await statusOf(""), /^400 Cannot tell which table/);
  assertMatch(
    await statusOf("table=public.none"),
    /^400 Cannot copy table public.none: no published table has that name/,
  );
  assertMatch(
    await statusOf("table=public.log"),
    /^400 Cannot watch table public.log: it has no key/,
  );
  assertMatch(
    await statusOf("table=public.orders&where=id"),
    /^400 Cannot read the filter/,
  );
  assertMatch(
    await statusOf("table=public.orders&where=x=1"),
    /^400 Cannot filter by column x/,
  );
  assertMatch(
    await statusOf("table=public.orders"),
    /^503 Cannot serve more than 0 clients/,
  );
}, { majors: [18] });

testOnPostgres(
  "authorize() restricts tables, columns and rows",
  async ({ server, sql }) => {
    await sql(ORDERS);
    await using service = await open(server, {
      authorize: ({ headers }, table) => {
        if (table !== "public.orders") return false;
        return headers.has("admin") ||
          { columns: ["id", "status"], where: "status = 'open'" };
      },
    });
    const ask = (query: string) =>
      service.fetch(new Request(`http://localhost/changes?${query}`));
    assertEquals((await ask("table=public.log")).status, 403);
    const probing = await ask("table=public.orders&where=total > 3");
    assertEquals(probing.status, 403);
    assertMatch(await probing.text(), /Cannot use column total/);
    await using client = await Watcher.open(service.fetch, {
      table: "public.orders",
      where: "id <= 4",
    });
    await client.ready();
    assertEquals([...client.rows.values()], [{ id: 2, status: "open" }, {
      id: 4,
      status: "open",
    }]);
    await sql(
      "UPDATE orders SET status = 'open', total = 3 WHERE id = 1; UPDATE orders SET status = 'paid' WHERE id = 2",
    );
    await client.until(() => !client.rows.has("2"));
    assertEquals([...client.rows.values()], [{ id: 4, status: "open" }, {
      id: 1,
      status: "open",
    }]);
  },
  { majors: [18] },
);

testOnOldestAndNewest(
  "changes that come before the rows of a copy, between reset and ready, are not lost",
  async ({ server, sql }) => {
    await sql(ORDERS);
    await sql(`ALTER TABLE orders ALTER note SET STORAGE EXTERNAL;
    UPDATE orders SET note = repeat('x', 5000) WHERE id <= 4`);
    const subscription = await subscribe({
      connection: server.url,
      slot: { name: "s", create: true, temporary: true },
      publication: "p",
    });
    await using service = serve(subscription, { authorize: () => true });
    // The copy waits, so that the changes come first.
    await subscription.paceSnapshot({ paused: true });
    await using client = await Watcher.open(service.fetch, {
      table: "public.orders",
    });
    await client.until(() => client.resets.length === 1);
    await sql(`BEGIN; UPDATE orders SET total = 0 WHERE id = 1;
      UPDATE orders SET id = 20 WHERE id = 2; DELETE FROM orders WHERE id = 3;
      INSERT INTO orders VALUES (30, 'new'); COMMIT`);
    const first = await client.next();
    assertEquals([first?.event, client.isReady], ["changes", false]);
    await subscription.paceSnapshot({ paused: false });
    await client.ready();
    // A large value that was not part of the change may be read and sent afterwards.
    await client.until(() =>
      [...client.rows.values()].every((row) => "note" in row)
    );
    const truth = await sql(
      "SELECT id, status, total::text, note FROM orders ORDER BY id",
    );
    assertEquals(
      [...client.rows.values()].sort((a, b) => Number(a.id) - Number(b.id)),
      truth.map((row) => ({ ...row, id: Number(row.id) })),
    );
  },
);

testOnPostgres(
  "a client gets keys of rows outside its filter as deletes, except with REPLICA IDENTITY FULL",
  async ({ server, sql }) => {
    await sql(ORDERS);
    await using service = await open(server, {
      authorize: () => ({ where: "status = 'open'" }),
    });
    const deletesOf = async (last: number) => {
      await using client = await Watcher.open(service.fetch, {
        table: "public.orders",
      });
      await client.ready();
      await sql(
        `DELETE FROM orders WHERE id = ${last}; UPDATE orders SET total = 0 WHERE id = ${
          last - 2
        }`,
      );
      await mark(sql, 100 + last);
      const deletes: string[] = [];
      while (!client.rows.has(String(100 + last))) {
        const event = await client.next();
        deletes.push(...event?.data.match(/"delete":"\d+"/g) ?? []);
      }
      return deletes;
    };
    // Rows with odd numbers are paid.
    assertEquals(await deletesOf(9), ['"delete":"9"', '"delete":"7"']);
    await sql("ALTER TABLE orders REPLICA IDENTITY FULL");
    assertEquals(await deletesOf(5), []);
  },
  { majors: [18] },
);
