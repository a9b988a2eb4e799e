import { assertEquals, assertStringIncludes } from "@std/assert";
import { openShop } from "../../examples/demo/shop.ts";
import {
  connectSql,
  NEWEST,
  type SqlClient,
  testOnPostgres,
} from "../helpers/postgres.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const MAKE_SLOT =
  "SELECT pg_create_logical_replication_slot('checkpoint_example', 'pgoutput')";
const IS_FREE =
  "SELECT active_pid IS NULL FROM pg_replication_slots WHERE slot_name = 'checkpoint_example'";

function copySlot(from: string, to: string): string {
  return `SELECT pg_copy_logical_replication_slot('${from}', '${to}')`;
}

function start(example: string, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--quiet", "--unstable-kv"],
      ...[`${ROOT}examples/${example}`, ...args],
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

async function runToEnd(
  example: string,
  args: readonly string[],
): Promise<string> {
  const { code, stdout, stderr } = await start(example, args).output();
  const decoder = new TextDecoder();
  assertEquals(decoder.decode(stderr), "");
  assertEquals(code, 0);
  return decoder.decode(stdout);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!await condition()) {
    if (performance.now() > deadline) throw new Error("waited too long");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function order(sql: SqlClient, first: number, count: number) {
  await sql(`
    DO $$ BEGIN
      FOR id IN ${first}..${first + count - 1} LOOP
        INSERT INTO orders VALUES (id, 1, 'pending', id / 100.0, '[]');
        COMMIT;
      END LOOP;
    END $$`);
}

async function prepare(sql: SqlClient): Promise<void> {
  await openShop(sql);
  await sql("INSERT INTO customers VALUES (1, 'Ada', 'ada@example.com', true)");
  await sql(MAKE_SLOT);
}

testOnPostgres(
  "checkpoint_postgres.ts counts each order once, however often it is killed",
  async ({ server, sql }) => {
    await prepare(sql);
    let orders = 0;
    async function counted(): Promise<number> {
      const made = await sql.value(
        "SELECT to_regclass('turnover') IS NOT NULL",
      );
      if (made !== "t") return 0;
      return Number(await sql.value("SELECT sum(orders) FROM turnover"));
    }
    let before = 0;
    for (let kills = 0; kills < 4;) {
      while (orders < before + 2000) {
        await order(sql, orders + 1, 1000);
        orders += 1000;
      }
      const child = start("checkpoint_postgres.ts", [server.url]);
      await until(async () => await counted() >= before + 150);
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended already.
      }
      await child.output();
      await until(async () => await sql.value(IS_FREE) === "t");
      before = await counted();
      // One that was killed after its work tells nothing.
      if (before < orders) kills++;
    }
    // The slot goes back to what the server saved last.
    await sql.end();
    await server.stop("immediate");
    await server.start();
    await using again = connectSql(server.url);
    await runToEnd("checkpoint_postgres.ts", [server.url]);
    const [truth] = await again("SELECT count(*), sum(total) FROM orders");
    const [effect] = await again("SELECT orders, total FROM turnover");
    assertEquals(Object.values(effect ?? {}), Object.values(truth ?? {}));
  },
  { majors: [NEWEST] },
);

for (const example of ["checkpoint_file.ts", "checkpoint_kv.ts"]) {
  testOnPostgres(
    `${example} goes on where it was, although the slot went back`,
    async ({ server, sql }) => {
      await prepare(sql);
      const folder = await Deno.makeTempDir();
      try {
        const args = [server.url, `${folder}/kept`];
        await sql(copySlot("checkpoint_example", "spare"));
        await order(sql, 1, 3);
        const first = await runToEnd(example, args);
        assertEquals(first.match(/order \d+/g), [
          "order 1",
          "order 2",
          "order 3",
        ]);
        await until(async () => await sql.value(IS_FREE) === "t");
        await sql("SELECT pg_drop_replication_slot('checkpoint_example')");
        await sql(copySlot("spare", "checkpoint_example"));
        await order(sql, 4, 2);
        const second = await runToEnd(example, args);
        assertEquals(second.match(/order \d+/g), ["order 4", "order 5"]);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
    { majors: [NEWEST] },
  );
}

Deno.test("checkpoint_kv.ts says which flag it needs", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", `${ROOT}examples/checkpoint_kv.ts`],
    cwd: ROOT,
  }).output();
  assertEquals(code, 1);
  assertStringIncludes(new TextDecoder().decode(stderr), "--unstable-kv");
});
