import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import {
  connectSql,
  startPostgres,
  testOnPostgres,
  withServer,
} from "./postgres.ts";
import { until } from "./until.ts";

async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

testOnPostgres(
  "startPostgres() starts the version asked for",
  async ({ server, sql }) => {
    assertEquals(await sql.value("SHOW wal_level"), "logical");
    assertEquals(
      await sql.value(
        "SELECT current_setting('server_version_num')::int / 10000",
      ),
      `${server.major}`,
    );
  },
);

Deno.test("startPostgres() takes settings, access rules and files", async () => {
  const options = {
    settings: { wal_sender_timeout: "1234ms", "my.quoted": "it's" },
    hba: ["host all refused 127.0.0.1/32 reject"],
    files: { "note.txt": "for the server alone" },
  };
  await withServer(options, async (server, sql) => {
    assertEquals(await sql.value("SHOW wal_sender_timeout"), "1234ms");
    assertEquals(await sql.value("SHOW my.quoted"), "it's");
    assertEquals(
      await sql.value("SELECT pg_read_file('note.txt')"),
      "for the server alone",
    );
    await sql("CREATE ROLE refused LOGIN");
    await using refused = connectSql(
      server.url.replace("postgres@", "refused@"),
    );
    await assertRejects(
      () => refused("SELECT 1"),
      Error,
      "pg_hba.conf rejects",
    );
  });
});

Deno.test("PostgresServer keeps port and data over a restart, and a crash", async () => {
  await withServer({}, async (server, sql) => {
    await sql("CREATE TABLE kept AS SELECT 1 AS id");
    const { port } = server;
    for (const mode of ["fast", "immediate"] as const) {
      await server.stop(mode);
      await server.start();
      assertEquals(server.port, port);
      assertEquals(await sql("SELECT id FROM kept"), [{ id: "1" }]);
    }
    assertStringIncludes(await server.log(), "automatic recovery in progress");
  });
});

Deno.test("startPostgres() says why the server would not start, and removes it", async () => {
  const error = await assertRejects(
    () => startPostgres({ settings: { wal_level: "nonsense" } }),
    Error,
    "Cannot start PostgreSQL",
  );
  assertMatch(error.message, /invalid value for parameter "wal_level"/);
});

Deno.test("startPostgres() rejects with the reason of an aborted signal", async () => {
  const aborter = new AbortController();
  const starting = startPostgres({ signal: aborter.signal });
  const reason = new Error("Changed my mind");
  aborter.abort(reason);
  assertEquals(await assertRejects(() => starting), reason);
});

Deno.test("a server ends with the process that started it, however that ends", async () => {
  const module = import.meta.resolve("../../examples/demo/postgres_server.ts");
  const code = `
    import { startPostgres } from ${JSON.stringify(module)};
    const server = await startPostgres();
    console.log(server.dataDirectory);
    await new Promise(() => setInterval(() => {}, 1000));
  `;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["eval", "--quiet", code],
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream());
  let dataDirectory = "";
  for await (const text of lines) {
    dataDirectory = text.trim();
    child.kill("SIGKILL");
  }
  await child.status;
  assertEquals(dataDirectory.endsWith("/data"), true);
  await until(async () => !await exists(dataDirectory));
});
