import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  subscribe,
  type SubscribeOptions,
  TemporaryFileError,
} from "@walbrook/walbrook";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { environment } from "../../src/socket/deno.ts";
import { openUnnamed } from "../../src/socket/temporary_file.ts";
import { NEWEST, type SqlClient, testOnPostgres } from "../helpers/postgres.ts";
import { MemoryFiles } from "./memory_files.ts";

const settings = { logical_decoding_work_mem: "64kB" };
const MANY = 3_000;

async function prepare(sql: SqlClient, plugin = "pgoutput"): Promise<void> {
  await sql("CREATE TABLE t (id int PRIMARY KEY, note text)");
  await sql("CREATE PUBLICATION p FOR TABLE t");
  await sql(`SELECT pg_create_logical_replication_slot('s', '${plugin}')`);
  await sql("INSERT INTO t VALUES (0, 'before')");
  await sql(
    `INSERT INTO t SELECT g, repeat('x', 100) FROM generate_series(1, ${MANY}) g`,
  );
  await sql(`INSERT INTO t VALUES (${MANY + 1}, 'after')`);
}

async function idsOf(options: SubscribeOptions): Promise<unknown[]> {
  await using subscription = await subscribe({ until: "now", ...options });
  const ids: unknown[] = [];
  for await (const event of subscription) {
    if (event.kind === "insert") ids.push(event.newRow["id"]);
  }
  return ids;
}

const ALL = Array.from({ length: MANY + 2 }, (_, id) => id);

/** A disk that has room for some bytes. */
function diskOf(size: number): MemoryFiles {
  const files = new MemoryFiles();
  const disk = new MemoryFiles();
  return Object.assign(disk, {
    openTemporaryFile: async () => {
      const file = await files.openTemporaryFile();
      disk.made = files.made;
      return {
        read: file.read.bind(file),
        write: (bytes: Uint8Array, position: number) =>
          position + bytes.length > size
            ? Promise.reject(new Error("No space left on device"))
            : file.write(bytes, position),
        close: async () => {
          await file.close();
          disk.open = files.open;
        },
      };
    },
  });
}

testOnPostgres(
  "subscribe() gets past a large transaction for which the disk has no room",
  async ({ server, sql }) => {
    await prepare(sql);
    const options = { connection: server.url, slot: "s", publication: "p" };
    for (const retry of [{ initialDelayMs: 1 }, false] as const) {
      for (const size of [0, 100_000]) {
        const disk = diskOf(size);
        const warnings: string[] = [];
        const errors: unknown[] = [];
        const ids = await idsOf({
          ...options,
          acknowledge: "manual",
          retry,
          streaming: {
            memoryLimit: 0,
            openTemporaryFile: disk.openTemporaryFile,
          },
          onStatus: (status) => {
            if (status.state === "retrying") errors.push(status.error);
          },
          onWarning: ({ code }) => warnings.push(code),
        });
        assertEquals(ids, ALL);
        assertEquals(warnings, ["temporaryFileFailed"]);
        assertEquals(errors.length, 1);
        assert(errors[0] instanceof TemporaryFileError, `${errors[0]}`);
        assertEquals(disk.open, 0);
      }
    }
  },
  { settings, majors: [14, 18] },
);

testOnPostgres(
  "subscribe() gets past a disk that is full, by default too",
  async ({ server, sql }) => {
    await prepare(sql);
    // Linux has a file which is on a full disk.
    const path = "/dev/full";
    if (!await Deno.stat(path).then(() => true, () => false)) return;
    const full = await Deno.makeTempDir();
    try {
      const openTemporaryFile = async () => {
        const link = `${full}/${crypto.randomUUID()}`;
        await Deno.symlink(path, link);
        return await openUnnamed(link);
      };
      const warnings: string[] = [];
      const ids = await idsOf({
        ...{ connection: server.url, slot: "s", publication: "p" },
        environment: { ...environment, openTemporaryFile },
        onWarning: ({ code }) => warnings.push(code),
      });
      assertEquals(ids, ALL);
      // It is found out before anything is asked for.
      assertEquals(warnings, []);
    } finally {
      await Deno.remove(full, { recursive: true });
    }
  },
  { settings, majors: [NEWEST] },
);

testOnPostgres(
  "subscribe() ends with a TemporaryFileError where the plugin needs the disk, and goes on once there is room",
  async ({ server, sql }) => {
    await prepare(sql, "test_decoding");
    const options = {
      ...{ connection: server.url, slot: "s", plugin: testDecoding() },
    };
    const full = diskOf(100_000);
    const error = await assertRejects(
      () =>
        idsOf({
          ...options,
          streaming: {
            memoryLimit: 1_000,
            openTemporaryFile: full.openTemporaryFile,
          },
        }),
      TemporaryFileError,
      "No space left on device; make room, raise streaming.memoryLimit",
    );
    assert(error.cause instanceof Error);
    assertEquals(full.open, 0);
    const { openTemporaryFile } = new MemoryFiles();
    const ids = await idsOf({
      ...options,
      streaming: { memoryLimit: 1_000, openTemporaryFile },
    });
    assertEquals(ids.slice(-MANY - 1), ALL.slice(1));
  },
  { settings, majors: [NEWEST] },
);
