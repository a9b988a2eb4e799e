import { assertEquals, assertRejects } from "@std/assert";
import { requireSlotAndPublication } from "../../packages/cli/src/tail/missing_options.ts";
import { testOnPostgres } from "../helpers/postgres.ts";

testOnPostgres(
  "tail never advises to publish a table that has no key",
  async ({ server, sql }) => {
    await sql(`
      CREATE TABLE orders (id int PRIMARY KEY);
      CREATE SCHEMA "Old";
      CREATE TABLE "Old".log (line text);
      CREATE TABLE unsent (id int PRIMARY KEY);
      ALTER TABLE unsent REPLICA IDENTITY NOTHING;
      CREATE TABLE whole (line text);
      ALTER TABLE whole REPLICA IDENTITY FULL;
      CREATE UNLOGGED TABLE scratch (id int)`);
    const advise = async () => {
      const error = await assertRejects(() =>
        requireSlotAndPublication(
          server.url,
          {
            slot: "s",
            temporary: false,
            publications: [],
            plugin: "pgoutput",
          },
          AbortSignal.timeout(60_000),
        )
      );
      return (error as Error).message;
    };
    assertEquals(
      await advise(),
      "There is no publication in this database yet: create one with CREATE PUBLICATION my_publication FOR TABLE public.orders, public.whole, and pass --publication my_publication" +
        '. Leave out "Old".log, public.unsent, which have no key that the server would send: once they are published, it refuses their UPDATEs and DELETEs',
    );
    // The advice as it stands keeps the application working.
    await sql(
      "CREATE PUBLICATION my_publication FOR TABLE public.orders, public.whole",
    );
    await sql(
      `INSERT INTO "Old".log VALUES ('a'); UPDATE "Old".log SET line = 'b';
       INSERT INTO unsent VALUES (1); DELETE FROM unsent;
       INSERT INTO whole VALUES ('a'); UPDATE whole SET line = 'b'`,
    );
    assertEquals(
      await advise(),
      "Which changes? Pass --publication with one of: my_publication",
    );
  },
  { majors: [14, 18] },
);
