import { capture } from "../capture.ts";
import { BINARY, BY_HAND, DELIVERING } from "../clients/mod.ts";
import { ENCODERS } from "../clients/outlets.ts";
import type { Bench, BenchContext, GroupName } from "../harness/bench.ts";
import {
  type Contest,
  CONTROL,
  REFERENCE,
  runContest,
  startAll,
} from "../harness/contest.ts";
import {
  COLUMNS_130,
  COLUMNS_1600,
  TABLES_1000,
  VALUE_100MB,
  VALUE_10MB,
  VALUE_1MB,
} from "../workloads/shapes.ts";
import { NARROW_ROWS, ONE_ROW, WIDE_ROWS } from "../workloads/rows.ts";
import { sizeOf, type Workload } from "../workloads/workload.ts";
import { Replayer } from "./replayer.ts";

const PEERS: readonly string[] = [
  "pg-logical-replication",
  "pgwire",
  "postgres",
];
/** The best of the others. */
const SOONEST: readonly string[] = ["pg-logical-replication", "pgwire"];
const VIEWED: readonly Workload[] = [NARROW_ROWS, WIDE_ROWS, ONE_ROW];
/** The workloads whose tables {@linkcode BY_HAND} knows. */
const HAND_WRITTEN: readonly Workload[] = [NARROW_ROWS, ONE_ROW];
const VIEWS: readonly string[] = [
  BINARY,
  "walbrook, for await",
  "walbrook, readable",
];

/** The workloads that are decoded from memory, by which builds can be compared. */
export const COMPARABLE: readonly Workload[] = [
  ...[NARROW_ROWS, WIDE_ROWS, ONE_ROW],
  ...[COLUMNS_130, COLUMNS_1600, TABLES_1000],
  ...[VALUE_1MB, VALUE_10MB, VALUE_100MB],
];

/** Clients that turn recorded bytes of a server into rows. */
export const DECODE_BENCHES: readonly Bench[] = COMPARABLE.map((workload) =>
  decode("decode", workload, othersOn(workload))
);

/** The same with each event written in a form for outside. */
export const ENCODE_BENCHES: readonly Bench[] = [{
  ...decode("encode", WIDE_ROWS, Object.keys(ENCODERS)),
  workload: "encode",
  title: `${WIDE_ROWS.title}, written`,
}];

/** The same with each event delivered to a destination that takes no time. */
export const DELIVER_BENCHES: readonly Bench[] = [{
  ...decode("deliver", NARROW_ROWS, [DELIVERING]),
  workload: "deliver",
  title: `${NARROW_ROWS.title}, delivered`,
}];

function othersOn(workload: Workload): readonly string[] {
  if (workload.size.valueBytes === undefined) {
    return [
      ...VIEWED.includes(workload) ? VIEWS : [],
      ...PEERS,
      ...HAND_WRITTEN.includes(workload) ? [BY_HAND] : [],
    ];
  }
  // pgwire refuses messages of 100 MB.
  return PEERS.filter((name) => name !== "pgwire" || workload !== VALUE_100MB);
}

function decode(
  group: GroupName,
  workload: Workload,
  others: readonly string[],
): Bench {
  return {
    group,
    workload: workload.name,
    title: workload.title,
    run: (context) => run(workload, others, context),
  };
}

async function run(
  workload: Workload,
  others: readonly string[],
  { laboratory, runtime, source, effort, onSlice, mayRepeat }: BenchContext,
): Promise<Contest> {
  const prepared = await source.prepare(
    workload,
    sizeOf(workload, "replayed", effort.scale),
  );
  const { build, folder } = laboratory;
  const captured = await capture(source, prepared, { build, folder });
  await source.remove(workload);
  const { sliceMs, warmUpMs, rounds, generations } = effort;
  const common = { laboratory, runtime, build, sliceMs, warmUpMs };
  const some = effort.fewClients
    ? others.filter((name) => SOONEST.includes(name))
    : others;
  const names = [REFERENCE, ...some, CONTROL];
  try {
    return await runContest({
      open: () =>
        startAll(
          names.map((name) => () =>
            Replayer.start({
              ...common,
              name,
              client: name === CONTROL ? REFERENCE : name,
              capture: captured,
            })
          ),
        ),
      rounds,
      generations,
      mayRepeat,
      onSlice,
    });
  } finally {
    for (const { path } of [captured.text, captured.binary]) {
      for (const end of ["json", "bin"]) {
        await Deno.remove(`${path}.${end}`).catch(() => {});
      }
    }
  }
}
