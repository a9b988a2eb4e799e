import { assertEquals } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import { testOnPostgres } from "../helpers/postgres.ts";

testOnPostgres(
  "subscribe() gives the same values whatever a role's settings are",
  async ({ server, sql }) => {
    await sql(String.raw`
    CREATE TABLE item (d date, ts timestamptz, iv interval, b bytea, f float8, n name);
    CREATE PUBLICATION items FOR TABLE item;
    CREATE ROLE odd LOGIN REPLICATION;
    GRANT SELECT ON item TO odd;
    ALTER ROLE odd SET datestyle = 'SQL, DMY';
    ALTER ROLE odd SET intervalstyle = 'iso_8601';
    ALTER ROLE odd SET bytea_output = 'escape';
    ALTER ROLE odd SET extra_float_digits = -15;
    ALTER ROLE odd SET timezone = 'Asia/Kathmandu';
    ALTER ROLE odd SET client_encoding = 'LATIN1'`);
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql(
      String
        .raw`INSERT INTO item VALUES ('2024-02-01', '2024-02-01 12:00:00.5+00',
    '3 days 04:05:06', '\x00ff5c', 0.1::float8 + 0.2, 'ä')`,
    );
    const rows: unknown[] = [];
    for (const user of ["postgres", "odd"]) {
      await using subscription = await subscribe({
        connection: server.url.replace("postgres@", `${user}@`),
        slot: "s",
        publication: "items",
        acknowledge: "manual",
        until: "now",
      });
      for await (const event of subscription) {
        if (event.kind === "insert") rows.push(event.newRow);
      }
    }
    const row = {
      d: "2024-02-01",
      ts: "2024-02-01 12:00:00.5+00",
      iv: "3 days 04:05:06",
      b: Uint8Array.of(0, 255, 92),
      f: 0.30000000000000004,
      n: "ä",
    };
    assertEquals(rows, [row, row]);
  },
);

testOnPostgres(
  "subscribe() is not ended by a role's time limits",
  async ({ server, sql }) => {
    await sql(`
      CREATE TABLE item (id int);
      CREATE PUBLICATION items FOR TABLE item;
      CREATE ROLE hasty LOGIN REPLICATION;
      ALTER ROLE hasty SET statement_timeout = '150ms';
      ALTER ROLE hasty SET lock_timeout = '150ms';
      ALTER ROLE hasty SET idle_in_transaction_session_timeout = '150ms';
      ALTER ROLE hasty SET idle_session_timeout = '150ms'`);
    if (server.major >= 17) {
      await sql("ALTER ROLE hasty SET transaction_timeout = '150ms'");
    }
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await using subscription = await subscribe({
      connection: server.url.replace("postgres@", "hasty@"),
      slot: "s",
      publication: "items",
      retry: false,
    });
    const events = subscription[Symbol.asyncIterator]();
    const first = events.next();
    // Nothing is waited for: the limits are to pass while the stream is idle.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await sql("INSERT INTO item VALUES (1)");
    assertEquals((await first).value.kind, "begin");
    await new Promise((resolve) => setTimeout(resolve, 500));
    assertEquals((await events.next()).value.kind, "relation");
  },
  { majors: [14, 18] },
);
