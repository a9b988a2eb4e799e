import { assertEquals, assertRejects } from "@std/assert";
import { testOnOldestAndNewest } from "../helpers/postgres.ts";
import { follow } from "./follower.ts";

testOnOldestAndNewest(
  "describeTable() tells the columns, their types and the key of a published table",
  async ({ server, sql }) => {
    await sql(
      `CREATE TYPE mood AS ENUM ('good'); CREATE DOMAIN cents AS int8;
      CREATE TABLE t (a text, id int, m mood, c cents, PRIMARY KEY (id, a));
      CREATE TABLE keyless (n int);
      CREATE TABLE private (n int);
      CREATE PUBLICATION p FOR TABLE t, keyless`,
    );
    await using follower = await follow(server, { snapshot: { tables: [] } });
    const { subscription } = follower;
    const table = await subscription.describeTable("public.t");
    assertEquals(
      table.columns.map((
        { name, typeSchema, typeName },
      ) => [name, typeSchema, typeName]),
      [
        ["a", "pg_catalog", "text"],
        ["id", "pg_catalog", "int4"],
        ["m", "public", "mood"],
        ["c", "pg_catalog", "int8"],
      ],
    );
    assertEquals(table.key, ["id", "a"]);
    assertEquals(table.replicaIdentity, "default");
    const keyless = await subscription.describeTable("public.keyless");
    assertEquals(keyless.key, null);
    await assertRejects(
      () => subscription.describeTable("public.private"),
      TypeError,
      "no published table has that name",
    );
  },
);
