import { assertEquals } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import type { PasswordRequest } from "@walbrook/walbrook/replication";
import { startFaultProxy } from "../helpers/fault_proxy.ts";
import { testOnPostgres } from "../helpers/postgres.ts";

testOnPostgres(
  "subscribe() mends a lost link at the next host, with a password fetched anew",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE item (id int PRIMARY KEY); CREATE PUBLICATION items FOR TABLE item; " +
        "CREATE ROLE app LOGIN REPLICATION PASSWORD 'token'; GRANT SELECT ON item TO app",
    );
    const first = await startFaultProxy(server.port);
    await using second = await startFaultProxy(server.port);
    const fetched: PasswordRequest[] = [];
    await using subscription = await subscribe({
      connection: {
        host: ["127.0.0.1", "127.0.0.1"],
        port: [first.port, second.port],
        user: "app",
        database: "postgres",
        targetSessionAttrs: "read-write",
        password: (request) => {
          fetched.push(request);
          return Promise.resolve("token");
        },
      },
      slot: { name: "s", create: true },
      publication: "items",
      retry: { initialDelayMs: 20, maxDelayMs: 200 },
    });
    const events = subscription[Symbol.asyncIterator]();
    async function nextInsert(): Promise<unknown> {
      for (;;) {
        const { value } = await events.next();
        if (value.kind === "insert") return value.newRow["id"];
      }
    }
    await sql("INSERT INTO item VALUES (1)");
    assertEquals(await nextInsert(), 1);
    assertEquals([first.connections.length, second.connections.length], [1, 0]);
    const request = {
      host: "127.0.0.1",
      port: first.port,
      user: "app",
      database: "postgres",
    };
    assertEquals(fetched, [request]);
    // The first host is gone for good: nobody listens there any more.
    await first[Symbol.asyncDispose]();
    await sql("INSERT INTO item VALUES (2)");
    assertEquals(await nextInsert(), 2);
    assertEquals(second.connections.length, 1);
    assertEquals(fetched, [request, { ...request, port: second.port }]);
  },
  { hba: ["host all app 127.0.0.1/32 scram-sha-256"], majors: [14, 18] },
);

testOnPostgres(
  "subscribe() asks the catalog of the server that the stream comes from",
  async ({ server, sql }) => {
    await sql(
      "CREATE TYPE mood AS ENUM ('glad'); CREATE TABLE item (id int PRIMARY KEY, mood mood[]); " +
        "CREATE PUBLICATION items FOR TABLE item",
    );
    await using first = await startFaultProxy(server.port);
    await using second = await startFaultProxy(server.port);
    // By chance the wrong way would go unnoticed once in 2^8 runs.
    for (let i = 0; i < 8; i++) {
      const before = [first, second].map(({ connections }) =>
        connections.length
      );
      await using subscription = await subscribe({
        connection:
          `host=127.0.0.1,127.0.0.1 port=${first.port},${second.port} user=postgres dbname=postgres sslmode=disable load_balance_hosts=random`,
        slot: { name: `s${i}`, create: true, temporary: true },
        publication: "items",
      });
      await sql(`INSERT INTO item VALUES (${i}, '{glad}')`);
      for await (const event of subscription) {
        if (event.kind !== "insert") continue;
        assertEquals(event.newRow["mood"], ["glad"]);
        break;
      }
      const made = [first, second].map(({ connections }, at) =>
        connections.length - (before[at] ?? 0)
      );
      assertEquals(made.sort(), [0, 2]);
    }
  },
  { majors: [18] },
);
