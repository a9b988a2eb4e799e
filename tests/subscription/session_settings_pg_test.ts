import { assertEquals } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import {
  PgoutputDecoderStream,
  pgoutputOptions,
} from "@walbrook/walbrook/pgoutput";
import { connect } from "@walbrook/walbrook/replication";
import { connectSql, testOnPostgres } from "../helpers/postgres.ts";
import { untilTrue } from "../helpers/until_true.ts";

testOnPostgres(
  "subscribe() gives the same values whatever a role's settings are",
  async ({ server, sql }) => {
    await sql(String.raw`
    CREATE SCHEMA odd;
    CREATE TYPE odd.mood AS ENUM ('glad');
    CREATE TABLE item (d date, ts timestamptz, iv interval, b bytea, f float8, n name,
      c regclass, ty regtype, p regproc);
    CREATE PUBLICATION items FOR TABLE item;
    CREATE ROLE odd LOGIN REPLICATION;
    GRANT SELECT ON item TO odd;
    ALTER ROLE odd SET datestyle = 'SQL, DMY';
    ALTER ROLE odd SET intervalstyle = 'iso_8601';
    ALTER ROLE odd SET bytea_output = 'escape';
    ALTER ROLE odd SET extra_float_digits = -15;
    ALTER ROLE odd SET search_path = odd, public;
    ALTER ROLE odd SET quote_all_identifiers = on;
    ALTER ROLE odd SET timezone = 'Asia/Kathmandu';
    ALTER ROLE odd SET client_encoding = 'LATIN1'`);
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql(
      String
        .raw`INSERT INTO item VALUES ('2024-02-01', '2024-02-01 12:00:00.5+00',
    '3 days 04:05:06', '\x00ff5c', 0.1::float8 + 0.2, 'ä',
    'item', 'odd.mood', 'now')`,
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
      c: "public.item",
      ty: "odd.mood",
      p: "now",
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

const HASTY = `
  CREATE TABLE item (id int, filler text);
  CREATE PUBLICATION items FOR TABLE item;
  CREATE ROLE hasty LOGIN REPLICATION`;

testOnPostgres(
  "a role's transaction_timeout does not end a stream in a large transaction",
  async ({ server, sql }) => {
    await sql(`${HASTY}; ALTER ROLE hasty SET transaction_timeout = '100ms'`);
    const connection = server.url.replace("postgres@", "hasty@");
    const slots = ["streamed", "whole", "options", "connect"];
    for (const slot of slots) {
      await sql(
        `SELECT pg_create_logical_replication_slot('${slot}', 'pgoutput')`,
      );
    }
    const rows = 100_000;
    await sql(
      `INSERT INTO item SELECT g, repeat('x', 300) FROM generate_series(1, ${rows}) g`,
    );
    for (const slot of slots.slice(0, 3)) {
      await using subscription = await subscribe({
        connection: slot === "options"
          ? `${connection}?options=-c%20transaction_timeout%3D90ms`
          : connection,
        ...{ slot, publication: "items", until: "now", retry: false },
        streaming: slot === "streamed",
      });
      let inserts = 0;
      for await (const events of subscription.batches) {
        for (const { kind } of events) if (kind === "insert") inserts++;
      }
      assertEquals(inserts, rows, slot);
    }
    await using low = await connect(connection);
    const stream = await low.startReplication({
      ...{ kind: "logical", slot: "connect" },
      pluginOptions: pgoutputOptions({
        ...{ protocolVersion: 1, publications: ["items"] },
      }),
    });
    let inserts = 0;
    const messages = stream.readable.pipeThrough(new PgoutputDecoderStream());
    for await (const batch of messages) {
      for (const { kind } of batch) if (kind === "insert") inserts++;
      if (batch.at(-1)?.kind === "commit") break;
    }
    assertEquals(inserts, rows);
  },
  { majors: [17, 18] },
);

testOnPostgres(
  "a role's lock_timeout does not end the wait for a slot that is created",
  async ({ server, sql }) => {
    await sql(`${HASTY}; ALTER ROLE hasty SET lock_timeout = '100ms'`);
    await using writer = connectSql(server.url);
    await writer("BEGIN; INSERT INTO item VALUES (1)");
    const opening = subscribe({
      connection: server.url.replace("postgres@", "hasty@"),
      ...{ slot: { name: "s", create: true }, publication: "items" },
      ...{ until: "now", retry: false },
    });
    await untilTrue(
      sql,
      "EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'walsender' AND wait_event_type = 'Lock')",
    );
    // Nothing is waited for: the limit is to pass while it waits.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await writer("COMMIT");
    await using _subscription = await opening;
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "a role's idle_session_timeout ends neither connect() nor a checkpoint that loads slowly",
  async ({ server, sql }) => {
    await sql(`${HASTY}; ALTER ROLE hasty SET idle_session_timeout = '150ms'`);
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    const connection = server.url.replace("postgres@", "hasty@");
    // Nothing is waited for: the limit is to pass.
    const pass = () => new Promise<void>((resolve) => setTimeout(resolve, 500));
    await using low = await connect(connection);
    await pass();
    const { timeline } = await low.identifySystem();
    assertEquals(timeline, 1);
    await using subscription = await subscribe({
      ...{ connection, slot: "s", publication: "items", retry: false },
      checkpoint: {
        load: () => pass().then(() => null),
        save: () => Promise.resolve(),
      },
    });
    await sql("INSERT INTO item VALUES (1)");
    const { value } = await subscription[Symbol.asyncIterator]().next();
    assertEquals(value.kind, "begin");
  },
  { majors: [14, 18] },
);
