import { assert, assertEquals } from "@std/assert";
import { jetstreamManager } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { keyValueTable } from "@walbrook/nats";
import { subscribe, UNCHANGED } from "@walbrook/walbrook";
import { deliver, memoryDeadLetters } from "@walbrook/walbrook/sink";
import { testOnOldestAndNewest } from "../../../tests/helpers/postgres.ts";
import { connectTo, NATS_SERVER, NatsServer } from "./nats_server.ts";

if (NATS_SERVER !== null) {
  testOnOldestAndNewest(
    "keyValueTable() keeps the rows of a table, whatever their keys are",
    async ({ server, sql }) => {
      await using nats = await NatsServer.start();
      await sql(`CREATE TABLE t (k text PRIMARY KEY, v int, big text);
      CREATE TABLE other (a int, b text, PRIMARY KEY (a, b));
      ALTER TABLE t ALTER big SET STORAGE EXTERNAL;
      CREATE PUBLICATION p FOR ALL TABLES`);
      const options = {
        connection: server.url,
        slot: { name: "s", create: true, wait: true },
        publication: "p",
        acknowledge: "manual",
        until: "now",
      } as const;
      await (await subscribe(options)).close();
      const keys = ["", "a", "a.b", "*", ">", "é", "a b", "x=2E", "x.", "a/b"];
      for (const key of keys) {
        await sql(`INSERT INTO t VALUES ('${key}', 1)`);
      }
      await sql(`INSERT INTO other VALUES (1, 'a,b'), (1, 'a')`);
      await sql("UPDATE t SET v = 2 WHERE k = 'é'");
      await sql("UPDATE t SET k = 'moved' WHERE k = 'a'");
      await sql("DELETE FROM t WHERE k = '*'");
      await sql("TRUNCATE other");
      await sql("INSERT INTO other VALUES (2, 'new')");
      await sql(`UPDATE t SET big = repeat('y', 5000) WHERE k = 'a/b'`);
      await sql(`UPDATE t SET v = 7 WHERE k = 'a/b'`);
      await sql("ALTER TABLE t REPLICA IDENTITY FULL");
      await sql(`UPDATE t SET v = 8 WHERE k = 'a/b'`);
      const letters = memoryDeadLetters();
      const sink = deliver(
        await subscribe(options),
        keyValueTable({ connection: { servers: nats.url }, bucket: "shop" }),
        { poison: letters },
      );
      await sink.done;
      // Its large value was not sent; and what comes behind it waits.
      const [letter, behind, ...others] = letters.letters;
      assertEquals(others, []);
      const { event, keys: parked } = letter!;
      assert("newRow" in event);
      assertEquals(event.newRow["big"], UNCHANGED);
      assertEquals(behind!.keys, parked);
      const client = await connectTo(nats);
      const bucket = await new Kvm(client).open("shop");
      const found = new Map<string, number>();
      for await (const key of await bucket.keys("public.t.>")) {
        const { newRow } = (await bucket.get(key))!.json<
          { newRow: { k: string; v: number } }
        >();
        found.set(newRow.k, newRow.v);
      }
      const rows = keys.filter((key) => key !== "a" && key !== "*");
      assertEquals(
        [...found].toSorted(),
        [...rows.map((k) => [k, k === "é" ? 2 : 1]), ["moved", 1]].toSorted(),
      );
      const others2: string[] = [];
      for await (const key of await bucket.keys("public.other.>")) {
        others2.push(key);
      }
      assertEquals(others2, ["public.other.2/new"]);
      // What was sent again would be dropped: each entry was written once.
      const { streams } = await jetstreamManager(client);
      const { state } = await streams.info("KV_shop");
      assert(state.last_seq < 30, `${state.last_seq}`);
      await client.close();
    },
  );
}
