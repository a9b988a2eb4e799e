import { assertEquals } from "@std/assert";
import { type ReplicationEvent, subscribe } from "@walbrook/walbrook";
import { testOnPostgres } from "../helpers/postgres.ts";

testOnPostgres(
  "subscribe() delivers what was prepared before TWO_PHASE was on, once it is committed",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int); CREATE PUBLICATION p FOR TABLE t");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'early'");
    await sql("INSERT INTO t VALUES (2)");
    const read = async (twoPhase: boolean, acknowledge: boolean) => {
      await using subscription = await subscribe({
        ...{ connection: server.url, publication: "p", slot: "s", twoPhase },
        ...{ until: "now", acknowledge: "manual" },
      });
      const events: string[] = [];
      for await (const event of subscription) {
        events.push(outline(event));
        if (
          acknowledge &&
          (event.kind === "commit" || event.kind === "prepare" ||
            event.kind === "commitPrepared")
        ) subscription.acknowledge(event);
      }
      return events.filter((event) => event !== "relation");
    };
    assertEquals(await read(false, true), ["begin", "2", "commit"]);
    assertEquals(await read(true, true), []);
    await sql("INSERT INTO t VALUES (3)");
    const rest = [
      ...["begin", "3", "commit"],
      ...["beginPrepare", "1", "prepare", "commitPrepared"],
      ...["begin", "4", "commit"],
    ];
    const events: string[] = [];
    await using subscription = await subscribe({
      ...{ connection: server.url, publication: "p", slot: "s" },
      ...{ twoPhase: true, acknowledge: "manual" },
    });
    for await (const event of subscription) {
      if (event.kind !== "relation") events.push(outline(event));
      // All of it comes in batches of its own, and once more over a second connection.
      if (event.kind === "commit" && events.length === 3) {
        await sql("COMMIT PREPARED 'early'");
      }
      if (event.kind === "commitPrepared") {
        await sql(`SELECT pg_terminate_backend(${subscription.processId})`);
        await sql("INSERT INTO t VALUES (4)");
      }
      if (event.kind === "commit" && events.length > 3) break;
    }
    assertEquals(events, rest);
  },
  { settings: { max_prepared_transactions: "10" }, majors: [15, 18] },
);

testOnPostgres(
  "subscribe() does not forget what was prepared late while only its end is acknowledged",
  async ({ server, sql }) => {
    await sql("CREATE TABLE t (id int); CREATE PUBLICATION p FOR TABLE t");
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    await sql("BEGIN; INSERT INTO t VALUES (1); PREPARE TRANSACTION 'early'");
    await sql("INSERT INTO t VALUES (2)");
    const read = async (twoPhase: boolean, ...done: readonly string[]) => {
      await using subscription = await subscribe({
        ...{ connection: server.url, publication: "p", slot: "s", twoPhase },
        ...{ until: "now", acknowledge: "manual" },
      });
      const events: string[] = [];
      for await (const event of subscription) {
        if (event.kind !== "relation") events.push(outline(event));
        const isDone = event.kind === "commit" || event.kind === "prepare" ||
          event.kind === "commitPrepared";
        if (isDone && done.includes(event.kind)) {
          subscription.acknowledge(event);
        }
      }
      return events;
    };
    await read(false, "commit");
    await read(true);
    await sql("COMMIT PREPARED 'early'");
    const late = ["beginPrepare", "1", "prepare", "commitPrepared"];
    assertEquals(await read(true, "commitPrepared"), late);
    assertEquals(await read(true, "prepare"), late);
    assertEquals(await read(true, "prepare", "commitPrepared"), late);
    assertEquals(await read(true), []);
  },
  { settings: { max_prepared_transactions: "10" }, majors: [15, 18] },
);

function outline(event: ReplicationEvent): string {
  return event.kind === "insert" ? `${event.newRow["id"]}` : event.kind;
}
