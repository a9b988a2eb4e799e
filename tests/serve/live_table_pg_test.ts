import { assert, assertEquals } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import { LiveTable } from "@walbrook/walbrook/client";
import { type LiveService, serve } from "@walbrook/walbrook/serve";
import {
  type PostgresServer,
  type SqlClient,
  withServer,
} from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";

const PATIENCE_MS = 60_000;

/** A web server at one address, whose service can be taken away and replaced. */
class Site implements AsyncDisposable {
  /** The number of requests so far. */
  requests = 0;
  /** The service that answers; `null` answers with 503. */
  service: LiveService | null = null;
  readonly #web: Deno.HttpServer<Deno.NetAddr>;
  readonly #open = new Set<() => void>();

  constructor() {
    this.#web = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** Returns the address of a table. */
  url(table: string, where: string): string {
    return `http://127.0.0.1:${this.#web.addr.port}/changes?table=${table}&where=${where}`;
  }

  /** Breaks all connections. */
  cut(): void {
    for (const end of this.#open) end();
    this.#open.clear();
  }

  async #answer(request: Request): Promise<Response> {
    this.requests++;
    if (this.service === null) return new Response(null, { status: 503 });
    const response = await this.service.fetch(request);
    // A browser would otherwise wait for seconds before it connects again.
    const { readable, writable } = new TransformStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode("retry: 10\n\n"));
        this.#open.add(() => controller.terminate());
      },
    });
    response.body!.pipeTo(writable).catch(() => {});
    return new Response(readable, response);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await this.#web.shutdown();
  }
}

const TABLE =
  `CREATE TABLE t (id int PRIMARY KEY, v int, note text); CREATE PUBLICATION p FOR TABLE t;
  ALTER TABLE t ALTER note SET STORAGE EXTERNAL;
  INSERT INTO t SELECT i, 0, repeat('x', 3000) FROM generate_series(1, 20) i`;

async function start(url: string, slot: string): Promise<LiveService> {
  const subscription = await subscribe({
    connection: url,
    slot: { name: slot, create: true, temporary: true },
    publication: "p",
  });
  return serve(subscription, { authorize: () => true });
}

/** Waits until a client's rows equal those of the server. */
async function meet(table: LiveTable, sql: SqlClient): Promise<void> {
  const truth = await sql("SELECT id, v, length(note) AS size FROM t");
  const wanted = truth.map(({ id, v, size }) => `${id} ${v} ${size}`).sort();
  await until(() => {
    const rows = [...table.rows.values()].map(({ id, v, note }) =>
      `${id} ${v} ${String(note).length}`
    );
    return JSON.stringify(rows.sort()) === JSON.stringify(wanted);
  }, PATIENCE_MS);
}

Deno.test(
  "LiveTable follows a table through cut links, a new definition, 503 and a restart",
  // Deno's EventSource leaves the body of a 503 unread.
  { sanitizeResources: false },
  () => withServer({}, followThroughAll),
);

async function followThroughAll(
  server: PostgresServer,
  sql: SqlClient,
): Promise<void> {
  await sql(TABLE);
  await using site = new Site();
  site.service = await start(server.url, "first");
  const sizes = new Set<number>();
  const problems: string[] = [];
  const table = new LiveTable(site.url("public.t", "id > 0"), {
    onChange: (rows) => sizes.add(rows.size),
    onProblem: (message) => problems.push(message),
  });
  try {
    await meet(table, sql);
    // After its link is cut, the client continues where it was, without another copy.
    site.cut();
    await sql("UPDATE t SET v = 1 WHERE id = 1");
    await meet(table, sql);
    assert(site.requests >= 2, "connected again");
    assertEquals(site.service.figures.copies, 1);
    // After a new definition, all rows come again, and replace the old ones at once.
    await sql("ALTER TABLE t ADD extra int DEFAULT 5");
    await sql("UPDATE t SET v = 2 WHERE id = 2");
    await until(() => table.rows.get("7")?.extra === 5, PATIENCE_MS);
    await meet(table, sql);
    assertEquals(site.service.figures.copies, 2);
    // The service goes away, and is replaced by another one, which knows no position.
    const old = site.service;
    site.service = null;
    await old.close();
    await until(() => problems.length > 0, PATIENCE_MS);
    assertEquals(table.rows.size, 20, "rows that it had");
    await sql("DELETE FROM t WHERE id = 3; UPDATE t SET v = 3 WHERE id = 4");
    site.service = await start(server.url, "second");
    await meet(table, sql);
    assertEquals([...sizes], [20, 19], "never a part of the rows");
    // The client ends when it can no longer watch the table.
    await sql("ALTER TABLE t RENAME id TO other; UPDATE t SET v = 4");
    await until(
      () => problems.some((one) => one.includes("column id")),
      PATIENCE_MS,
    );
    await until(() => site.service?.figures.clients === 0, PATIENCE_MS);
  } finally {
    table.close();
    await site.service?.close();
  }
}
