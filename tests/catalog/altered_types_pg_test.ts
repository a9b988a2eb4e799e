import { dial } from "@walbrook/walbrook/deno";
import { assertEquals, assertMatch } from "@std/assert";
import { subscribe } from "@walbrook/walbrook";
import type { BadValue } from "@walbrook/walbrook/subscription";
import { testOnPostgres } from "../helpers/postgres.ts";
import { makeSlots } from "../subscription/collect_rows.ts";

testOnPostgres(
  "subscribe() follows types that are altered",
  async ({ server, sql }, t) => {
    for (const binary of [false, true]) {
      const told: string[] = [];
      const slot = `altered_${binary}`;
      await sql(`
        DROP PUBLICATION IF EXISTS p;
        DROP TABLE IF EXISTS t, u;
        DROP TYPE IF EXISTS pair;
        CREATE TYPE pair AS (a int, b text);
        CREATE TABLE t (id serial PRIMARY KEY, p pair);
        CREATE TABLE u (id serial PRIMARY KEY, p pair[]);
        CREATE PUBLICATION p FOR ALL TABLES`);
      await makeSlots(sql, [slot]);
      const options = {
        connection: server.url,
        slot,
        publication: "p",
        binary,
        onBadValue: ({ relation, column, error }: BadValue) =>
          told.push(`${relation.name}.${column} ${error}`),
      };

      await t.step(`as it goes on, binary: ${binary}`, async () => {
        await using subscription = await subscribe(options);
        const events = subscription[Symbol.asyncIterator]();
        // What the statement inserts, by the events up to its commit.
        async function inserted(statement: string): Promise<unknown[]> {
          await sql(statement);
          const rows: unknown[] = [];
          for (;;) {
            const { value: event } = await events.next();
            if (event.kind === "insert") rows.push(event.newRow["p"]);
            if (event.kind === "commit" && rows.length > 0) return rows;
          }
        }
        assertEquals(
          await inserted("INSERT INTO t (p) VALUES ((1, 'x')), (NULL)"),
          [{ a: 1, b: "x" }, null],
        );
        // The tables are not described again: only the values tell.
        await sql("ALTER TYPE pair ADD ATTRIBUTE c bool");
        assertEquals(
          await inserted(
            "INSERT INTO t (p) VALUES ((1, 'x', true)), ((2, NULL, NULL))",
          ),
          [{ a: 1, b: "x", c: true }, { a: 2, b: null, c: null }],
        );
        assertEquals(
          await inserted(
            "INSERT INTO u (p) VALUES (array[(3, 'y', false)::pair])",
          ),
          [[{ a: 3, b: "y", c: false }]],
        );
        await sql("ALTER TYPE pair DROP ATTRIBUTE b");
        assertEquals(await inserted("INSERT INTO t (p) VALUES ((4, true))"), [
          { a: 4, c: true },
        ]);
        // A new name does not show in the values; a table that is described again does.
        await sql("ALTER TYPE pair RENAME ATTRIBUTE c TO d");
        await sql("ALTER TABLE t ADD extra int");
        assertEquals(await inserted("INSERT INTO t (p) VALUES ((5, true))"), [
          { a: 5, d: true },
        ]);
        assertEquals(told, []);
      });

      await t.step(`in what has waited, binary: ${binary}`, async () => {
        await sql("INSERT INTO t (p) VALUES ((6, true)), ((7, true))");
        await sql("ALTER TYPE pair ADD ATTRIBUTE e text");
        await sql("INSERT INTO t (p) VALUES ((8, true, 'z'))");
        await sql("INSERT INTO u (p) VALUES (array[(9, NULL, 'z')::pair])");
        await using subscription = await subscribe({
          ...options,
          until: "now",
        });
        const rows: unknown[] = [];
        for await (const event of subscription) {
          if (event.kind === "insert") rows.push(event.newRow["p"]);
        }
        assertEquals(rows.slice(-4), [
          "(6,t)",
          "(7,t)",
          { a: 8, d: true, e: "z" },
          [{ a: 9, d: null, e: "z" }],
        ]);
        // What was not acknowledged has come again, as text.
        assertEquals(
          told.length,
          rows.filter((row) => typeof row === "string").length,
        );
        assertMatch(
          told[0]!,
          /^t\.p StaleTypeError: Cannot read a value of composite type "public"\."pair": it has 2 attributes.*, and the type 3 attributes/,
        );
      });

      await t.step(`whose type is gone, binary: ${binary}`, async () => {
        told.length = 0;
        await sql("CREATE TYPE gone AS ENUM ('x')");
        await sql("CREATE TABLE v (id int PRIMARY KEY, g gone, n int)");
        await sql("INSERT INTO v VALUES (1, 'x', 2)");
        await sql("DROP TABLE v; DROP TYPE gone");
        await using subscription = await subscribe({
          ...options,
          until: "now",
        });
        const rows: unknown[] = [];
        for await (const event of subscription) {
          if (event.kind === "insert") rows.push(event.newRow);
        }
        const g = binary ? Uint8Array.of(0x78) : "x";
        assertEquals(rows, [{ id: 1, g, n: 2 }]);
        assertEquals(told, [
          'v.g Error: Cannot look up type "public"."gone" of column "g": the catalog does not know it any more; its values are delivered as the server sends them',
        ]);
      });
    }
  },
  { majors: [14, 18] },
);

testOnPostgres(
  "Subscription.close() does not wait for a look-up that does not end",
  async ({ server, sql }) => {
    await sql(`
      CREATE TYPE mood AS ENUM ('sad');
      CREATE TABLE t (id int PRIMARY KEY, m mood);
      CREATE PUBLICATION p FOR TABLE t`);
    await makeSlots(sql, ["s"]);
    await sql("INSERT INTO t VALUES (1, 'sad')");
    const asking = Promise.withResolvers<void>();
    const gaveUp = Promise.withResolvers<void>();
    let calls = 0;
    const subscription = await subscribe({
      connection: server.url,
      slot: "s",
      publication: "p",
      dial: (address, options) => {
        if (calls++ === 0) return dial(address, options);
        // A server that does not answer.
        asking.resolve();
        return new Promise((_, reject) => {
          options?.signal?.addEventListener("abort", () => {
            gaveUp.resolve();
            reject(options.signal?.reason);
          });
        });
      },
    });
    const next = subscription[Symbol.asyncIterator]().next();
    await asking.promise;
    await subscription.close();
    await gaveUp.promise;
    assertEquals(await next, { done: true, value: undefined });
  },
  { majors: [18] },
);
