import { assertEquals } from "@std/assert";
import { makeAuthority } from "../login/certificates.ts";
import { type SqlClient, withServer } from "../helpers/postgres.ts";
import { findProgram } from "../runtimes/binaries.ts";
import { bundle } from "../runtimes/bundle.ts";
import { startWorkerd } from "../runtimes/workerd.ts";

// What Cloudflare does once a minute; other requests are passed on.
const FRONT = `export default {
  async fetch(request, env) {
    if (request.method !== "POST") return await env.WORKER.fetch(request);
    return Response.json(await env.WORKER.scheduled({ cron: "* * * * *" }));
  },
};`;

const BINDINGS = (url: string) => `
  (name = "DATABASE_URL", text = ${JSON.stringify(url)}),
  (name = "SLOT", text = "edge_replica"),
  (name = "PUBLICATION", text = "shop"),
  (name = "READ_TOKEN", text = "let me read"),
  (name = "REPLICA", durableObjectNamespace = "Replica"),`;

const SETTINGS = `
  durableObjectNamespaces = [(className = "Replica", uniqueKey = "replica")],
  durableObjectStorage = (localDisk = "storage"),`;

/** The Worker in workerd, beside a server. */
interface Edge {
  /** What Cloudflare does once a minute. */
  cron(): Promise<void>;
  /** What a reader with the token gets. */
  read(table: string): Promise<Record<string, unknown>[]>;
  /** Where it listens. */
  readonly url: string;
}

async function onEdge(
  run: (edge: Edge, sql: SqlClient) => Promise<void>,
): Promise<void> {
  const program = await findProgram("workerd");
  if (program === null) {
    return console.log("workerd is not tested: npm has none for this system");
  }
  const authority = await makeAuthority("Edge");
  const { certificate, key } = await authority.issue([
    { type: "ip", value: "127.0.0.1" },
  ]);
  const code = await bundle("examples/worker/worker.ts");
  await withServer({
    settings: {
      ssl: "on",
      ssl_cert_file: "server.crt",
      ssl_key_file: "server.key",
    },
    files: { "server.crt": certificate, "server.key": key },
  }, async (server, sql) => {
    await sql("CREATE PUBLICATION shop FOR ALL TABLES");
    await using workerd = await startWorkerd(program, {
      module: code,
      trusted: authority.certificate,
      bindings: BINDINGS(server.url),
      settings: SETTINGS,
      front: FRONT,
    });
    const { url } = workerd;
    const headers = { authorization: "Bearer let me read" };
    await run({
      url,
      async cron() {
        const response = await fetch(url, { method: "POST" });
        assertEquals((await response.json()).outcome, "ok");
        // Nobody is left at the slot.
        const [slot] = await sql("SELECT active FROM pg_replication_slots");
        assertEquals(slot?.["active"], "f");
      },
      async read(table) {
        const response = await fetch(url + encodeURIComponent(table), {
          headers,
        });
        assertEquals(response.status, 200);
        return await response.json();
      },
    }, sql);
  });
}

Deno.test("examples/worker drains the slot in workerd, once per cron, and stops", async () => {
  await onEdge(async ({ cron, read }, sql) => {
    await sql("CREATE TABLE orders (id bigint PRIMARY KEY, note text)");
    await sql("ALTER TABLE orders ALTER note SET STORAGE EXTERNAL");
    const copy = () => read("public.orders");
    await cron(); // makes the slot
    const note = "long ".repeat(2000);
    await sql(`INSERT INTO orders VALUES (1, '${note}'), (2, 'b'), (3, 'c')`);
    await cron();
    assertEquals(await copy(), [
      { id: "1", note },
      { id: "2", note: "b" },
      { id: "3", note: "c" },
    ]);
    // The long note is not sent again.
    await sql("UPDATE orders SET id = 11 WHERE id = 1");
    await sql("DELETE FROM orders WHERE id = 3");
    await cron();
    await cron();
    assertEquals(await copy(), [{ id: "11", note }, { id: "2", note: "b" }]);
    await sql("TRUNCATE orders");
    await cron();
    assertEquals(await copy(), []);
  });
});

Deno.test("examples/worker copies tables with any key, and those without one", async () => {
  await onEdge(async ({ cron, read }, sql) => {
    await sql(`CREATE SCHEMA other;
      CREATE TABLE t (id int PRIMARY KEY, n int);
      CREATE TABLE other.t (id int PRIMARY KEY, n int);
      CREATE TABLE whole (a text, b text, n int, PRIMARY KEY (b, a));
      ALTER TABLE whole REPLICA IDENTITY FULL;
      CREATE TABLE keyless (n int, note text);
      ALTER TABLE keyless REPLICA IDENTITY FULL;
      CREATE TABLE "a/b.c" (id text PRIMARY KEY)`);
    const long = "k".repeat(2000);
    await cron();
    await sql(`INSERT INTO t VALUES (1, 1); INSERT INTO other.t VALUES (1, 2);
      INSERT INTO whole VALUES ('x', 'y', 1), ('y', 'x', 2), ('z', 'z', 3);
      INSERT INTO keyless VALUES (1, NULL), (1, NULL), (2, 'b'), (3, 'c');
      INSERT INTO "a/b.c" VALUES ('1'), ('${long}')`);
    await cron();
    await sql(`UPDATE t SET n = 10; DELETE FROM other.t;
      UPDATE whole SET n = 20 WHERE a = 'y'; DELETE FROM whole WHERE a = 'z';
      UPDATE whole SET b = 'w' WHERE a = 'x';
      DELETE FROM keyless WHERE ctid = '(0,1)';
      UPDATE keyless SET note = 'changed' WHERE n = 2;
      DELETE FROM keyless WHERE n = 3;
      DELETE FROM "a/b.c" WHERE id = '1'`);
    await cron();
    const tables = ["public.t", "other.t", "public.whole", "public.keyless"];
    for (const table of [...tables, 'public."a/b.c"']) {
      const truth = await sql(
        `SELECT pg_catalog.to_json(t) AS row FROM ${table} t`,
      );
      assertEquals(
        (await read(table)).map((row) => JSON.stringify(row)).sort(),
        truth.map(({ row }) => JSON.stringify(JSON.parse(row!))).sort(),
        table,
      );
    }
    // Another table comes in the place of one that is renamed.
    await sql(`ALTER TABLE t RENAME TO was_t;
      CREATE TABLE t (id int PRIMARY KEY, n int);
      INSERT INTO t VALUES (3, 3)`);
    await cron();
    assertEquals(await read("public.t"), [{ id: 3, n: 3 }]);
    await sql("INSERT INTO was_t VALUES (2, 2)");
    await cron();
    assertEquals(await read("public.was_t"), [
      { id: 1, n: 10 },
      { id: 2, n: 2 },
    ]);
    assertEquals(await read("public.t"), [{ id: 3, n: 3 }]);
  });
});

Deno.test("examples/worker copies the rows that are there, whatever cuts a run off", async () => {
  await onEdge(async ({ cron, read, url }, sql) => {
    await sql(`CREATE TABLE orders (id int PRIMARY KEY, note text);
      INSERT INTO orders SELECT i, repeat('note ', 100) FROM generate_series(1, 6000) i;
      CREATE TABLE keyless (n int); ALTER TABLE keyless REPLICA IDENTITY FULL;
      INSERT INTO keyless VALUES (1), (1), (2)`);
    // One that ends with its connection, in the middle of the copy.
    const cut = fetch(url, { method: "POST" });
    for (let tries = 0; tries < 400; tries++) {
      const [found] = await sql(
        `SELECT count(pg_terminate_backend(pid)) AS n FROM pg_stat_activity
        WHERE application_name = 'walbrook' AND query LIKE '%COPY%'`,
      );
      if (found?.n !== "0") break;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await (await cut).body?.cancel();
    await sql("UPDATE orders SET note = 'changed' WHERE id % 1000 = 0");
    await cron();
    await sql("INSERT INTO orders VALUES (-1, 'last')");
    await cron();
    const rows = await read("public.orders");
    assertEquals(rows.length, 6_001);
    assertEquals(rows.filter(({ note }) => note === "changed").length, 6);
    const numbers = await read("public.keyless");
    assertEquals(numbers.map(({ n }) => n).sort(), [1, 1, 2]);
  });
});

Deno.test("examples/worker lets nobody read without the token", async () => {
  await onEdge(async ({ cron, url }, sql) => {
    await sql("CREATE TABLE orders (id int PRIMARY KEY)");
    await cron();
    const statuses = [];
    for (
      const authorization of [
        undefined,
        "",
        "Bearer",
        "Bearer let me rea",
        "Bearer let me read!",
        "let me read",
        "Bearer let me read",
      ]
    ) {
      const headers: HeadersInit = authorization === undefined
        ? {}
        : { authorization };
      const response = await fetch(`${url}public.orders`, { headers });
      await response.body?.cancel();
      statuses.push(response.status);
    }
    assertEquals(statuses, [401, 401, 401, 401, 401, 401, 200]);
  });
});
