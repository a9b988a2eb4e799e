import { assertEquals } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import { testOnPostgres } from "../helpers/postgres.ts";

// The waiting is what is tested here, and there is no way to know its end.
const pause = (milliseconds: number) =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

// Long enough for a busy machine to do something within a third of it.
const PATIENCE_MS = 2_000;

testOnPostgres(
  "subscribe() keeps its link while the consumer sleeps, with more to come than fits anywhere",
  async ({ server, sql }) => {
    await sql(
      "CREATE TABLE item (id int, body text); CREATE PUBLICATION items FOR TABLE item",
    );
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql(
      "INSERT INTO item SELECT g, repeat('x', 1000) FROM generate_series(1, 40000) g",
    );
    await sql("INSERT INTO item VALUES (40001, 'the last')");
    await using subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "items",
      until: "now",
      // A lost link would end the stream, and not be mended in silence.
      retry: false,
    });
    let next = 1;
    for await (const event of subscription) {
      if (event.kind !== "insert") continue;
      assertEquals(event.newRow["id"], next++);
      // Several times the server's patience, in the middle and with all of it received.
      if (next === 100 || next === 40_002) await pause(3 * PATIENCE_MS);
    }
    assertEquals(next, 40_002);
    assertEquals((await server.log()).includes("replication timeout"), false);
  },
  {
    settings: { wal_sender_timeout: `${PATIENCE_MS}ms` },
    majors: [14, 16, 18],
  },
);
