import { Buffer } from "node:buffer";
import { assert, assertEquals, assertRejects } from "@std/assert";
import { PostgresError, SQLSTATE } from "@walbrook/walbrook";
import { connect } from "@walbrook/walbrook/replication";
import { parseLsn, streamWal, type WalEvent } from "@walbrook/walbrook/wal";
import { archive } from "../../examples/archive.ts";
import { startFaultProxy, throughProxy } from "../helpers/fault_proxy.ts";
import {
  type PostgresServer,
  type SqlClient,
  testOnPostgres,
  withServer,
} from "../helpers/postgres.ts";
import { until } from "../helpers/until.ts";

const PG_WALDUMP = "/usr/lib/postgresql/15/bin/pg_waldump";

async function namesIn(folder: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of Deno.readDir(folder)) names.push(name);
  return names.sort();
}

/** Compares the archive's complete files with the server's own. */
async function compare(
  folder: string,
  server: PostgresServer,
): Promise<string[]> {
  const complete = (await namesIn(folder)).filter((name) =>
    /^[0-9A-F]{24}$/.test(name)
  );
  for (const name of complete) {
    const own = await Deno.readFile(`${server.dataDirectory}/pg_wal/${name}`);
    const copy = await Deno.readFile(`${folder}/${name}`);
    assertEquals(copy.length, own.length, name);
    assert(Buffer.from(copy).equals(own), `the bytes of ${name}`);
  }
  return complete;
}

async function fillSegment(sql: SqlClient): Promise<void> {
  await sql(
    "CREATE TABLE IF NOT EXISTS filler (n int); " +
      "INSERT INTO filler SELECT generate_series(1, 3000)",
  );
  await sql("SELECT pg_switch_wal()");
}

// Small files, so that they are soon complete; kept, so that they can be compared.
const SETTINGS = { wal_keep_size: "200MB", checkpoint_timeout: "1h" };

testOnPostgres(
  "archive() makes the server's own files, goes on where it ended, and over timelines",
  async ({ server, sql }, t) => {
    const folder = await Deno.makeTempDir();
    const run = (more: Partial<Parameters<typeof archive>[0]> = {}) =>
      archive({
        connection: server.url,
        folder,
        slot: "archive",
        createSlot: true,
        ...more,
      });
    try {
      await t.step("the files are the server's own", async () => {
        await run({ untilNow: true });
        await fillSegment(sql);
        await fillSegment(sql);
        await sql("INSERT INTO filler VALUES (0)");
        await run({ untilNow: true });
        assert((await compare(folder, server)).length >= 2);
        const names = await namesIn(folder);
        assert(names.at(-1)?.endsWith(".partial"), `${names}`);
      });

      await t.step("the slot keeps only what is not archived", async () => {
        const position = await sql.value(
          "SELECT restart_lsn FROM pg_replication_slots WHERE slot_name = 'archive'",
        );
        const end = await sql.value("SELECT pg_current_wal_flush_lsn()");
        const [from, to] = [parseLsn(position!), parseLsn(end!)];
        assert(to - from < 2n ** 20n, `${position} ${end}`);
      });

      await t.step("it follows a standby through its promotion", async () => {
        await fillSegment(sql);
        await server.stop();
        const signalFile = `${server.dataDirectory}/standby.signal`;
        await Deno.writeTextFile(signalFile, "");
        await Deno.chmod(signalFile, 0o666);
        await server.start();
        const stop = new AbortController();
        const told: string[] = [];
        const running = run({
          signal: stop.signal,
          tell: (line) => told.push(line),
        });
        await until(() => told.length > 0);
        await sql("SELECT pg_promote()");
        await fillSegment(sql);
        await fillSegment(sql);
        await until(() =>
          told.filter((line) => line.startsWith("00000002")).length >= 2
        );
        stop.abort();
        await running;
        assertEquals(
          told.filter((line) => line.startsWith("timeline")).map((line) =>
            line.slice(0, 10)
          ),
          ["timeline 1", "timeline 2"],
        );
        const history = "00000002.history";
        assertEquals(
          await Deno.readTextFile(`${folder}/${history}`),
          await Deno.readTextFile(
            `${server.dataDirectory}/pg_wal/${history}`,
          ),
        );
        const complete = await compare(folder, server);
        assert(complete.some((name) => name.startsWith("00000002")));
        const names = await namesIn(folder);
        assert(
          names.some((name) => /^00000001.*partial$/.test(name)),
          `${names}`,
        );
      });

      await t.step("another one begins on the old timeline", async () => {
        const other = `${folder}/other`;
        const [first = ""] = await compare(folder, server);
        await Deno.mkdir(other);
        await Deno.copyFile(`${folder}/${first}`, `${other}/${first}`);
        const told: string[] = [];
        await run({
          folder: other,
          slot: undefined,
          untilNow: true,
          tell: (line) => told.push(line),
        });
        assertEquals(
          (await compare(other, server)).slice(1),
          (await compare(folder, server)).slice(1),
        );
        assert(told.some((line) => line.startsWith("timeline 2")), `${told}`);
        await Deno.remove(other, { recursive: true });
      });

      await t.step("pg_waldump reads it", async () => {
        if (server.major !== 15) return;
        try {
          await Deno.stat(PG_WALDUMP);
        } catch {
          console.log(`skipped: there is no ${PG_WALDUMP} of PostgreSQL 15`);
          return;
        }
        const [first] = await compare(folder, server);
        const dump = async (path: string) => {
          const { stdout, stderr } = await new Deno.Command(PG_WALDUMP, {
            args: ["-p", path, first!],
          }).output();
          const text = new TextDecoder();
          return text.decode(stdout) + text.decode(stderr);
        };
        const own = await dump(`${server.dataDirectory}/pg_wal`);
        assert(own.includes("COMMIT"), own.slice(0, 500));
        assertEquals(await dump(folder), own);
      });
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
  { settings: SETTINGS, majors: [14, 15, 18] },
);

testOnPostgres(
  "archive() goes on over links that break or fall silent, and a server that restarts",
  async ({ server, sql }) => {
    const folder = await Deno.makeTempDir();
    await using proxy = await startFaultProxy(server.url);
    const stop = new AbortController();
    const told: string[] = [];
    const next = async (pattern: RegExp) => {
      await until(() => told.some((line) => pattern.test(line)));
      told.length = 0;
    };
    const running = archive({
      ...{ folder, slot: "archive", createSlot: true, retryDelayMs: 100 },
      connection: throughProxy(server.url, proxy),
      signal: stop.signal,
      tell: (line) => told.push(line),
    });
    try {
      await next(/^timeline 1/);
      await fillSegment(sql);
      await next(/complete$/);
      proxy.cutAll("reset");
      await next(/trying again$/);
      await fillSegment(sql);
      await next(/complete$/);
      proxy.blackHole("fromServer", "fromClient");
      await next(/has sent nothing for .*trying again$/);
      proxy.heal();
      await fillSegment(sql);
      await next(/complete$/);
      await server.stop();
      await next(/trying again$/);
      await server.start();
      await fillSegment(sql);
      await next(/complete$/);
      stop.abort();
      await running;
      assert((await compare(folder, server)).length >= 4);
    } finally {
      stop.abort();
      await running.catch(() => {});
      await Deno.remove(folder, { recursive: true });
    }
  },
  { settings: { ...SETTINGS, wal_sender_timeout: "3s" }, majors: [14, 18] },
);

Deno.test("streamWal() keeps its connection, and gives back the connection", async () => {
  await withServer({
    settings: { ...SETTINGS, wal_sender_timeout: "3s" },
  }, async (server, sql) => {
    await using connection = await connect(server.url, {
      replication: "physical",
    });
    await assertRejects(
      () => streamWal(connection, { statusIntervalMs: 0 }),
      RangeError,
    );
    const wal = await streamWal(connection);
    const reader = wal.readable.getReader();
    const events: WalEvent[] = [];
    const read = async () => {
      const { value } = await reader.read();
      if (value !== undefined) events.push(value);
    };
    await read();
    assertEquals(events[0]?.kind, "timeline");
    // Nobody reads, and the server hears of the client all the same.
    const replies = () =>
      sql.value("SELECT reply_time::text FROM pg_stat_replication");
    const first = await replies();
    await until(async () => await replies() !== first);
    const second = await replies();
    await until(async () => await replies() !== second);
    await read();
    const [, bytes] = events;
    assert(bytes?.kind === "bytes" && bytes.offset === 0);
    wal.acknowledge(bytes.end);
    await until(async () =>
      await sql.value(
        `SELECT flush_lsn >= '0/${
          bytes.end.toString(16)
        }' FROM pg_stat_replication`,
      ) === "t"
    );
    try {
      wal.acknowledge(2n ** 60n as typeof bytes.end);
      throw new Error("It took any position");
    } catch (error) {
      assert(error instanceof RangeError, `${error}`);
    }
    await wal.close();
    assertEquals((await connection.identifySystem()).timeline, 1);
    const early = await streamWal(connection);
    const beginning = early.readable.getReader().read();
    await early.close();
    assertEquals((await connection.identifySystem()).timeline, 1);
    assertEquals((await beginning).done, true);
    const never = await streamWal(connection, { timeline: 7 });
    await assertRejects(() => never.readable.getReader().read(), PostgresError);
    await sql("ALTER SYSTEM SET wal_keep_size = 0");
    await sql("SELECT pg_reload_conf()");
    await until(async () => await sql.value("SHOW wal_keep_size") === "0");
    for (let i = 0; i < 3; i++) await fillSegment(sql);
    await sql("CHECKPOINT");
    const gone = await streamWal(connection, { start: bytes.start });
    const lost = await assertRejects(async () => {
      for await (const _event of gone.readable);
    }, PostgresError);
    assertEquals(lost.code, SQLSTATE.UNDEFINED_FILE);
  });
});
