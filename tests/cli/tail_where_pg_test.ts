import { assertEquals, assertStringIncludes } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { runCli } from "./run_cli.ts";

testOnPostgres(
  "tail --table and --where show what they name, and confirm the rest",
  async ({ server: { url }, sql }) => {
    await sql(`CREATE DOMAIN amount AS numeric;
      CREATE TYPE state AS ENUM ('open', 'paid');
      CREATE TABLE orders (id int PRIMARY KEY, total amount, state state);
      CREATE TABLE log (id int PRIMARY KEY);
      CREATE PUBLICATION p FOR TABLE orders, log`);
    await sql("SELECT pg_create_logical_replication_slot('s', 'pgoutput')");
    const tail = ["tail", url, "--slot", "s", "--publication", "p"];
    const change = () =>
      sql(`TRUNCATE orders, log; INSERT INTO log VALUES (1);
        INSERT INTO orders VALUES (1, 5, 'open'), (2, 500, 'paid');
        UPDATE orders SET state = 'paid' WHERE id = 1;
        UPDATE orders SET state = 'open' WHERE id = 2`);
    const shown = async (...args: readonly string[]) => {
      await change();
      const { code, stdout, stderr } = await runCli([
        ...[...tail, "--until", "now", "--json", "--table", "orders"],
        ...args,
      ]);
      assertEquals(code, 0, stderr.join("\n"));
      return stdout.map((line) => JSON.parse(line))
        .filter(({ newRow }) => newRow !== undefined)
        .map(({ kind, newRow }) => `${kind} ${newRow.id} ${newRow.state}`);
    };
    assertEquals(await shown(), [
      ...["insert 1 open", "insert 2 paid", "update 1 paid", "update 2 open"],
    ]);
    assertEquals(await shown("--where", "total > 10.5"), [
      ...["insert 2 paid", "update 2 open"],
    ]);
    assertEquals(await shown("--where", "state = 'paid' AND total < 10"), [
      "update 1 paid",
    ]);
    // Nothing is left over: all of it was confirmed.
    const rest = await runCli([...tail, "--until", "now"]);
    assertEquals(rest.stdout, []);
    await change();
    for (
      const [where, said] of [
        ["nowhere = 1", "column nowhere"],
        ["total = 'x'", "total"],
        ["total >", "--where"],
      ] as const
    ) {
      const refused = await runCli([
        ...[...tail, "--until", "now", "--table", "orders"],
        ...["--where", where],
      ]);
      assertEquals(refused.code, 64, refused.stderr.join("\n"));
      assertStringIncludes(refused.stderr[0] ?? "", said);
    }
  },
  { majors: [18] },
);
