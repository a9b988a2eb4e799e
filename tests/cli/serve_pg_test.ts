import { assertEquals, assertStringIncludes } from "@std/assert";
import { testOnPostgres } from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";
import { lineReader, readUntil } from "../examples/run_tail.ts";
import { runCli, spawnCli } from "./run_cli.ts";

testOnPostgres(
  "serve gives a table's rows and changes to those who may have them",
  async ({ server: { url }, sql }) => {
    await sql(`CREATE TABLE products (id int PRIMARY KEY, name text);
      CREATE TABLE users (id int PRIMARY KEY);
      INSERT INTO products VALUES (1, 'pot');
      CREATE PUBLICATION p FOR TABLE products, users`);
    const serve = ["serve", url, "--publication", "p", "--temporary"];
    const open = await runCli([...serve, "--hostname", "0.0.0.0"]);
    assertEquals(open.code, 64);
    assertStringIncludes(open.stderr[0] ?? "", "WALBROOK_TOKEN");

    const child = spawnCli(
      [...serve, "--port", "0", "--json", "--allow-table", "products"],
      { env: { WALBROOK_TOKEN: "hush" } },
    );
    const said = lineReader(child.stdout);
    const [line = ""] = await readUntil(said, () => true);
    const at: string = JSON.parse(line).url;
    const status = async (path: string, headers = {}) => {
      const response = await fetch(at + path, { headers });
      await response.body?.cancel();
      return response.status;
    };
    assertEquals(await status("health"), 200);
    assertEquals(await status("metrics"), 401);
    const authorization = { authorization: "Bearer hush" };
    assertEquals(await status("metrics", authorization), 200);
    assertEquals(await status("changes?table=public.users"), 403);
    // The token opens what anyone may read, and the rest.
    assertEquals(
      await status("changes?table=public.users", authorization),
      200,
    );
    await until(async () => {
      const response = await fetch(`${at}metrics`, { headers: authorization });
      return /^walbrook_slot_retained_bytes\b/m.test(await response.text());
    }, 60_000);

    const response = await fetch(`${at}changes?table=public.products`);
    assertEquals(response.status, 200);
    const events = lineReader(response.body!);
    await readUntil(events, (line) => line.includes('"pot"'));
    await sql("UPDATE products SET name = 'cup'");
    await readUntil(events, (line) => line.includes('"cup"'));
    child.kill("SIGINT");
    assertEquals((await child.status).code, 0);
    await Promise.all([
      events.cancel().catch(() => {}),
      said.cancel(),
      child.stderr.cancel(),
    ]);
    await child.stdin.close();
  },
  { majors: [18] },
);
