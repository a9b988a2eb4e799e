import type { Bench, BenchContext } from "../harness/bench.ts";
import {
  type Contest,
  CONTROL,
  type Entrant,
  REFERENCE,
  runContest,
  startAll,
} from "../harness/contest.ts";
import { watchLoad } from "../harness/machine_load.ts";
import { judgeTrust } from "../harness/trust.ts";
import { NARROW_ROWS } from "../workloads/rows.ts";
import { AtRest } from "./at_rest.ts";
import { ColdStarter, STARTERS } from "./cold_start.ts";
import { openLatencyPair } from "./latency.ts";

/** The client that subscribes to nothing. */
export const NOTHING = "no subscription";

/** The latency of a commit of one row. */
export const LATENCY_BENCHES: readonly Bench[] = [{
  group: "latency",
  workload: "latency",
  title: "a commit of one row, 200 a second for each of two clients",
  run: latency,
}];

/** From the start of a process to its first event. */
export const COLD_START_BENCHES: readonly Bench[] = [{
  group: "cold_start",
  workload: "cold_start",
  title: "from process start to the first pending event",
  run: coldStart,
}];

/** The cost of idle subscriptions. */
export const AT_REST_BENCHES: readonly Bench[] = [
  {
    group: "idle",
    workload: "idle",
    title: "one idle subscription",
    run: (context) =>
      atRest(context, {
        clients: ["pg-logical-replication", "pgwire", NOTHING],
        subscriptions: 1,
      }),
  },
  {
    group: "subscriptions",
    workload: "subscriptions_100",
    title: "100 idle subscriptions in one process",
    run: (context) =>
      atRest(context, {
        clients: ["pg-logical-replication", NOTHING],
        subscriptions: context.effort.subscriptions,
      }),
  },
];

const INTERVAL_MS = 5;
const WARM_UP_SLICES = 8;
const PAUSE_MS = 200;

// Two at a time: each pair is a contest of its own, with its own slices of the reference.
async function latency(context: BenchContext): Promise<Contest> {
  const { effort, onSlice } = context;
  const opponents = [
    CONTROL,
    "pg-logical-replication",
    "pgwire",
    "postgres",
  ];
  const watch = watchLoad();
  const contests: Contest[] = [];
  for (const name of opponents) {
    const client = name === CONTROL ? REFERENCE : name;
    contests.push(
      await runContest({
        open: () =>
          openLatencyPair([
            { name: REFERENCE, client: REFERENCE },
            { name, client },
          ], {
            ...context,
            commits: effort.commits,
            intervalMs: INTERVAL_MS,
            warmUpSlices: Math.min(WARM_UP_SLICES, effort.rounds),
          }),
        rounds: effort.rounds,
        generations: 1,
        onSlice,
      }),
    );
  }
  const load = watch.stop();
  const [control, ...others] = contests;
  const ratios = Object.assign({}, ...contests.map(({ ratios }) => ratios));
  return {
    load,
    trust: judgeTrust({ control: ratios[CONTROL], load }),
    entries: [
      ...control!.entries,
      ...others.flatMap(({ entries }) =>
        entries.filter(({ client }) => client !== REFERENCE)
      ),
    ],
    ratios,
  };
}

async function coldStart(
  { laboratory, runtime, source, effort, onSlice }: BenchContext,
): Promise<Contest> {
  const prepared = await source.prepare(NARROW_ROWS, { rows: 1, leadIn: 0 });
  const contest = await runContest({
    open: () =>
      Promise.resolve(
        [...Object.keys(STARTERS), CONTROL].map((name) =>
          new ColdStarter({
            ...{ name, laboratory, runtime, source, prepared },
            client: name === CONTROL ? REFERENCE : name,
          })
        ),
      ),
    rounds: effort.rounds,
    generations: 1,
    onSlice,
  });
  await source.remove(NARROW_ROWS);
  return contest;
}

async function atRest(
  { laboratory, runtime, source, effort, onSlice }: BenchContext,
  { clients, subscriptions }: {
    readonly clients: readonly string[];
    readonly subscriptions: number;
  },
): Promise<Contest> {
  const table = "at_rest";
  await source.query(
    `CREATE TABLE ${table} (id bigserial PRIMARY KEY, sent bigint NOT NULL);
    CREATE PUBLICATION ${table} FOR TABLE ${table}`,
  );
  await source.createSlot(table);
  const starts = [REFERENCE, ...clients, CONTROL].map((name) => () =>
    AtRest.start({
      ...{ name, laboratory, runtime, source, table },
      client: [CONTROL, NOTHING].includes(name) ? REFERENCE : name,
      subscriptions: name === NOTHING ? 0 : subscriptions,
      pauseMs: Math.min(PAUSE_MS, effort.warmUpMs),
    })
  );
  const contest = await runContest({
    open: () => startAll<Entrant>(starts),
    rounds: effort.rounds,
    generations: 1,
    onSlice,
  });
  await source.dropSlot(table);
  await source.query(`DROP PUBLICATION ${table}; DROP TABLE ${table}`);
  return contest;
}
