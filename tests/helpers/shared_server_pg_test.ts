import { assertEquals } from "@std/assert";
import { sharedServer } from "./postgres.ts";

const shared = sharedServer();

Deno.test("sharedServer() gives every test of a file", async () => {
  await shared.sql("CREATE TABLE left_here ()");
});

Deno.test("sharedServer() the same server", async () => {
  assertEquals(await shared.sql("SELECT * FROM left_here"), []);
});

Deno.test("connectSql() returns values as text, of the last statement with rows", async () => {
  assertEquals(
    await shared.sql(
      "SELECT 0; SELECT 1 AS a, '{1,2}'::int[] AS b, NULL AS c, DATE '2026-01-02' AS d",
    ),
    [{ a: "1", b: "{1,2}", c: null, d: "2026-01-02" }],
  );
  assertEquals(await shared.sql("SELECT 2 AS a; CREATE TABLE t ()"), [{
    a: "2",
  }]);
  assertEquals(await shared.sql.value("SELECT 3 WHERE false"), undefined);
});
