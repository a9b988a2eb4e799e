/**
 * Copies large tables in processes of their own, and prints what memory that takes: it depends
 * on the size of chunks and of the largest row, not of the table.
 *
 * ```sh
 * deno run -A tests/snapshot/large_tables.ts [--rows=10000000]
 * ```
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import { parseArgs } from "@std/cli/parse-args";
import {
  NEWEST,
  type PostgresServer,
  withServer,
} from "../helpers/postgres.ts";

const CLIENT = new URL("copying_client.ts", import.meta.url).pathname;
const MIB = 2 ** 20;

/** What a copy took. */
export interface Copying {
  /** How many rows came. */
  readonly rows: number;
  /** How many characters their texts have. */
  readonly bytes: number;
  /** By how much the resident set grew, in bytes. */
  readonly growth: number;
  /** How long it took. */
  readonly seconds: number;
}

/** How to copy in a process of its own. */
export interface CopyOptions {
  /** The bytes of a chunk. */
  readonly chunkBytes: number;
  /** How long the consumer sleeps after each chunk, in milliseconds. @default {0} */
  readonly sleepMs?: number;
  /** Whether to ask for the binary format. @default {false} */
  readonly binary?: boolean;
  /**
   * How many megabytes of JavaScript objects to allow, so that what the collector leaves for
   * later does not count. @default {64}
   */
  readonly heapMegabytes?: number;
}

/** Copies the tables of publication `p` in a process of its own. */
export async function copyApart(
  { url }: PostgresServer,
  options: CopyOptions,
): Promise<Copying> {
  const { chunkBytes, sleepMs = 0, binary = false, heapMegabytes = 64 } =
    options;
  const { code, stdout } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet"],
      `--v8-flags=--max-old-space-size=${heapMegabytes}`,
      ...[CLIENT, url, `${chunkBytes}`, `${sleepMs}`],
      binary ? "binary" : "text",
    ],
    stdin: "null",
    stderr: "inherit",
  }).output();
  assertEquals(code, 0);
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The SQL for a table of large values, which are stored as they are. */
export function largeRows(count: number, rowBytes: number): string {
  return `CREATE TABLE t (id int PRIMARY KEY, body text);
    ALTER TABLE t ALTER body SET STORAGE EXTERNAL;
    INSERT INTO t SELECT i, repeat('x', ${rowBytes}) FROM generate_series(1, ${count}) i;
    CREATE PUBLICATION p FOR TABLE t`;
}

interface Case {
  readonly name: string;
  readonly sql: string;
  readonly rows: number;
  readonly rowMib: number;
  readonly heapMegabytes: number;
}

if (import.meta.main) {
  const { rows } = parseArgs(Deno.args, { string: ["rows"] });
  const many = Number(rows ?? 10_000_000);
  const cases: readonly Case[] = [
    {
      ...{ name: "narrow rows", rows: many, rowMib: 0, heapMegabytes: 64 },
      sql: `CREATE TABLE t (id int PRIMARY KEY, v text);
        INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, ${many}) i;
        CREATE PUBLICATION p FOR TABLE t`,
    },
    {
      ...{ name: "rows of 1 MiB", rows: 1_000, rowMib: 1, heapMegabytes: 64 },
      sql: largeRows(1_000, MIB),
    },
    {
      ...{ name: "rows of 200 MiB", rows: 3, rowMib: 200, heapMegabytes: 280 },
      sql: largeRows(3, 200 * MIB),
    },
  ];
  console.log("| table | format | rows | MiB | growth of memory | seconds |");
  console.log("| ----- | ------ | ---: | --: | ---------------: | ------: |");
  for (const { name, sql: setUp, rows, rowMib, heapMegabytes } of cases) {
    await withServer({ major: NEWEST }, async (server, sql) => {
      await sql(setUp);
      for (const binary of [false, true]) {
        const chunkBytes = 4 * MIB;
        const found = await copyApart(server, {
          ...{ chunkBytes, binary, heapMegabytes },
        });
        assertEquals(found.rows, rows);
        // Two chunks and three times the largest row; with small rows, the runtime's own memory.
        const most = Math.max(2 * chunkBytes + 3 * rowMib * MIB, 160 * MIB);
        console.log(
          `| ${name} | ${binary ? "binary" : "text"} | ${found.rows} | ${
            Math.round(found.bytes / MIB)
          } | ${Math.round(found.growth / MIB)} MiB | ${
            found.seconds.toFixed(1)
          } |`,
        );
        assert(found.growth <= most, `${most / MIB} MiB at most`);
      }
    });
  }
}
