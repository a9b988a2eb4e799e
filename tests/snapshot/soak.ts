/**
 * Copies tables among writers for minutes, in every way that the gate has only a short form of,
 * and prints a table of what came of it. The last two runs are controls: other methods under
 * the same load, which have to be wrong. Then a consumer that takes a second for each chunk copies
 * a table, while the slot has to advance, and migrations have to get their locks.
 *
 * ```sh
 * deno run -A tests/snapshot/soak.ts [MAJOR …]
 * ```
 *
 * @module
 */
import {
  connectSql,
  type PostgresMajor,
  startPostgres,
} from "../helpers/postgres.ts";
import { type Control, useControl } from "./controls.ts";
import { meet, type MeetOptions } from "./meet.ts";
import { slowCopy } from "./slow_copy.ts";

interface Run extends MeetOptions {
  readonly name: string;
  readonly control?: Control;
  /** The oldest version that has what it needs. */
  readonly since?: number;
}

const LOAD = { rows: 6_000, writers: 8, pauseMs: 1, prepared: true } as const;
const RUNS: readonly Run[] = [
  { name: "writers", ...LOAD },
  { name: "standby", ...LOAD, waitForStandby: true },
  { name: "truncations", ...LOAD, truncate: 0.002 },
  {
    name: "tables, readers",
    ...{ ...LOAD, rows: 2_000, tables: ["t", "u", "w", "x"], readers: 3 },
  },
  { name: "partitions", ...LOAD, partitioned: true },
  { name: "row filter", ...LOAD, filter: "n % 3 <> 1", since: 15 },
  {
    name: "all of them",
    ...{ ...LOAD, rows: 2_000, tables: ["t", "u", "w"], readers: 3 },
    ...{ partitioned: true, filter: "n % 3 <> 1", crash: 0.0002, since: 15 },
  },
  { name: "stops", ...LOAD, stop: 0.2 },
  { name: "crashes", ...LOAD, rows: 3_000, crash: 0.0003 },
  {
    name: "crashes, own position",
    ...{ ...LOAD, rows: 3_000, crash: 0.0003, ownsPosition: true },
  },
  {
    name: "replays",
    ...{ ...LOAD, rows: 3_000, crash: 0.0003, replay: true },
  },
  {
    name: "control: watermark",
    ...{ ...LOAD, waitForStandby: true, control: "watermark" },
  },
  {
    name: "control: eviction",
    ...{ ...LOAD, waitForStandby: true, control: "eviction" },
  },
];

let failures = 0;
const majors = Deno.args.length > 0
  ? Deno.args.map(Number)
  : [14, 15, 16, 17, 18];
for (const major of majors) {
  for (const { name, control, since = 14, ...options } of RUNS) {
    if (major < since) continue;
    await using server = await startPostgres({
      major: major as PostgresMajor,
      settings: { max_prepared_transactions: "20" },
    });
    await using sql = connectSql(server.url);
    using _other = control && useControl(control);
    const { wrong, notes, figures } = await meet({ server, sql }, options);
    const isRight = control === undefined ? wrong === 0 : wrong > 0;
    if (!isRight) failures++;
    console.log(
      `${major} ${name.padEnd(22)} ${wrong} wrong ${
        JSON.stringify({ ...figures, ...notes })
      }${isRight ? "" : "  <-- not as expected"}`,
    );
  }
  await using server = await startPostgres({ major: major as PostgresMajor });
  await using sql = connectSql(server.url);
  const slow = await slowCopy({ server, sql }, {
    ...{ rounds: 50, workMs: 1_000, rows: 20_000 },
  });
  console.log(`${major} ${"slow copy".padEnd(22)} ${JSON.stringify(slow)}`);
}
if (failures > 0) Deno.exit(1);
