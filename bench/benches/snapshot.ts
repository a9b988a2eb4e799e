import { BARE_SOCKET, OBJECT_COPIERS, ONE_COPY } from "../clients/copy/mod.ts";
import type { Bench, BenchContext } from "../harness/bench.ts";
import {
  type Contest,
  CONTROL,
  type Entrant,
  REFERENCE,
  runContest,
  startAll,
} from "../harness/contest.ts";
import {
  makeMixedRows,
  MIXED_ROWS,
  MIXED_TABLE,
} from "../workloads/mixed_rows.ts";
import { CopyEntrant } from "./copy_entrant.ts";
import { hasPsql, Psql } from "./psql.ts";

/** The name of the client that reads rows as bytes in binary format. */
export const BINARY_BYTES = "walbrook, binary";
/** The name of the client that reads rows as bytes, each as a chunk of a stream. */
export const BYTES_BY_ROW = "walbrook, copyOut()";

/** One bench of copies: its workload, its clients, and the measured side. */
interface CopyBench {
  readonly workload: string;
  readonly title: string;
  /** The number of rows in a slice at full scale. */
  readonly rows: number;
  /** The clients by their names in the tables of results; the first one is the reference. */
  readonly clients: Readonly<Record<string, string>>;
  /** The side whose processor time is measured. */
  readonly clock: "client" | "server";
  /** Whether PostgreSQL's own client takes part. */
  readonly native?: boolean;
}

const COPIES: readonly CopyBench[] = [
  {
    workload: "copy_objects",
    title: "rows of 20 mixed columns, copied as objects with equal values",
    rows: 20_000,
    clients: Object.fromEntries(
      Object.keys(OBJECT_COPIERS).map((name) => [name, name]),
    ),
    clock: "client",
  },
  {
    workload: "copy_bytes",
    title: "the bytes of these rows by COPY, not decoded",
    rows: 60_000,
    clients: {
      [REFERENCE]: "copyOutBatches()",
      [BINARY_BYTES]: "copyOutBatches(), binary",
      [BYTES_BY_ROW]: "copyOut()",
      [BARE_SOCKET]: BARE_SOCKET,
    },
    clock: "client",
    native: true,
  },
  {
    workload: "copy_server",
    title: "the server's share of the initial copy, compared with one COPY",
    rows: 50_000,
    clients: { [REFERENCE]: REFERENCE, [ONE_COPY]: ONE_COPY },
    clock: "server",
  },
];

/** The benches that compare the initial copy of a table with cursors and a plain COPY. */
export const SNAPSHOT_BENCHES: readonly Bench[] = COPIES.map((copy) => ({
  group: "snapshot",
  workload: copy.workload,
  title: copy.title,
  isApart: true,
  run: (context) => run(copy, context),
}));

async function run(
  { clients, rows: most, clock, native = false }: CopyBench,
  { laboratory, runtime, source, effort, onSlice }: BenchContext,
): Promise<Contest> {
  const tableRows = Math.ceil(MIXED_ROWS * effort.scale);
  const rows = Math.ceil(most * effort.scale);
  // The benches of the group share the table, which is discarded with its server.
  const isThere = await source.query(
    `SELECT to_regclass('${MIXED_TABLE}') IS NOT NULL`,
  );
  if (isThere !== "t") {
    await source.query(makeMixedRows(tableRows));
    await source.query(`VACUUM (FREEZE) ${MIXED_TABLE}`);
  }
  const starts = Object.entries({ ...clients, [CONTROL]: clients[REFERENCE]! })
    .map(([name, client]) => (): Promise<Entrant> =>
      CopyEntrant.start({
        ...{ name, client, laboratory, runtime, source },
        ...{ rows, tableRows, clock },
      })
    );
  const natives = native && await hasNative()
    ? [() => Promise.resolve(new Psql(source, rows, tableRows))]
    : [];
  return await runContest({
    open: () =>
      startAll<Entrant>([
        ...starts.slice(0, -1),
        ...natives,
        ...starts.slice(-1),
      ]),
    rounds: effort.rounds,
    generations: 1,
    onSlice,
  });
}

async function hasNative(): Promise<boolean> {
  if (await hasPsql()) return true;
  console.error("psql is not installed: its copies are not measured");
  return false;
}
