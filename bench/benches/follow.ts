import { capture } from "../capture.ts";
import { BYTES } from "../clients/mod.ts";
import type { Bench, BenchContext, GroupName } from "../harness/bench.ts";
import {
  type Contest,
  CONTROL,
  type Entrant,
  REFERENCE,
  runContest,
  startAll,
} from "../harness/contest.ts";
import {
  compareSlices,
  type Metric,
  secondsPerRow,
  type Slice,
} from "../harness/slice.ts";
import type { Prepared } from "../harness/source.ts";
import { startDelayLine } from "../network/delay_line.ts";
import type { ServerAddress } from "../program/job.ts";
import {
  HUGE_TRANSACTION,
  NARROW_ROWS,
  ONE_ROW,
  WIDE_ROWS,
} from "../workloads/rows.ts";
import { sizeOf, type Workload } from "../workloads/workload.ts";
import { Follower } from "./follower.ts";
import { hasPgRecvlogical, PgRecvlogical } from "./pg_recvlogical.ts";
import { Replayer } from "./replayer.ts";

/** The clients that can follow a slot that exists, which Postgres.js can't. */
const PEERS: readonly string[] = ["pg-logical-replication", "pgwire"];
/** The client that decodes, beside the others, what they follow. */
export const DECODING = "decoding alone";
/** The sum of {@linkcode BYTES} and {@linkcode DECODING}. */
export const FLOOR = "bytes and decoding";
/** The client that leaves TLS out. */
export const WITHOUT_TLS = "walbrook, without TLS";

/** Clients that follow a slot of a real server. */
export const FOLLOW_BENCHES: readonly Bench[] = [
  NARROW_ROWS,
  WIDE_ROWS,
  ONE_ROW,
  HUGE_TRANSACTION,
].map((workload) =>
  follow({
    ...{ group: "follow", workload, others: [BYTES, ...PEERS] },
    floor: true,
  })
);

/** The same by TLS. */
export const TLS_BENCHES: readonly Bench[] = [
  {
    ...follow({
      group: "tls",
      workload: NARROW_ROWS,
      others: [...PEERS, WITHOUT_TLS],
      through: ({ source }) =>
        Promise.resolve(straight(source.encryptedAddress)),
    }),
    workload: "tls",
    title: `${NARROW_ROWS.title}, over TLS`,
  },
];

/** The same through a network with a delay. */
export const NETWORK_BENCHES: readonly Bench[] = [1, 20].map((roundTripMs) => ({
  ...follow({
    group: "network",
    workload: NARROW_ROWS,
    others: PEERS,
    through: async ({ source }) => {
      const line = await startDelayLine(source.address.port, roundTripMs);
      return {
        address: { ...source.address, port: line.port },
        [Symbol.asyncDispose]: () => line[Symbol.asyncDispose](),
      };
    },
  }),
  workload: `network_${roundTripMs}ms`,
  title: `${NARROW_ROWS.title}, ${roundTripMs} ms away`,
}));

/** A way to the server. */
interface Route extends AsyncDisposable {
  readonly address: ServerAddress;
}

interface FollowOptions {
  readonly group: GroupName;
  readonly workload: Workload;
  readonly others: readonly string[];
  /** Whether to measure what can't be saved, too: bytes, decoding, C. */
  readonly floor?: boolean;
  /** Opens the way to the server, which is direct by default. */
  readonly through?: (context: BenchContext) => Promise<Route>;
}

function follow(options: FollowOptions): Bench {
  const { group, workload } = options;
  return {
    group,
    workload: workload.name,
    title: workload.title,
    run: (context) => run(options, context),
  };
}

async function run(
  { workload, others, floor = false, through = direct }: FollowOptions,
  context: BenchContext,
): Promise<Contest> {
  const { laboratory, runtime, source, effort } = context;
  const { onSlice, mayRepeat } = context;
  const prepared = await source.prepare(
    workload,
    sizeOf(workload, "followed", effort.scale),
  );
  await using route = await through(context);
  const names = [REFERENCE, ...others, CONTROL];
  const starts = names.map((name) => () =>
    Follower.start({
      ...{ name, laboratory, runtime, source, prepared },
      client: [CONTROL, WITHOUT_TLS].includes(name) ? REFERENCE : name,
      address: name === WITHOUT_TLS ? source.address : route.address,
    })
  );
  const floors = floor ? await openFloor(prepared, context) : () => [];
  const contest = await runContest({
    open: async () =>
      await startAll<Entrant>([
        ...starts.slice(0, -1),
        ...floors(),
        ...starts.slice(-1),
      ]),
    rounds: effort.rounds,
    generations: effort.generations,
    mayRepeat,
    onSlice,
  });
  await source.remove(workload);
  return floor ? withFloor(contest) : contest;
}

/** Adds what bytes and decoding take together, round by round. */
function withFloor(contest: Contest): Contest {
  const slicesOf = (name: string) =>
    contest.entries.find(({ client }) => client === name)?.slices ?? [];
  const decoding = slicesOf(DECODING);
  const sums = slicesOf(BYTES).map((bytes, round): Slice => {
    const both = [bytes, decoding[round]!];
    const sum = (metric: Metric) =>
      both.reduce((total, one) => total + secondsPerRow(one, metric), 0);
    return { rows: 1, seconds: sum("wall"), cpuSeconds: sum("cpu") };
  });
  const ratio = compareSlices(slicesOf(REFERENCE), sums);
  return { ...contest, ratios: { ...contest.ratios, [FLOOR]: ratio } };
}

// What is compared with the reference, but is no client of JavaScript's.
async function openFloor(
  prepared: Prepared,
  { laboratory, runtime, source, effort }: BenchContext,
): Promise<() => (() => Promise<Entrant>)[]> {
  const { build, folder } = laboratory;
  const captured = await capture(source, prepared, { build, folder });
  const { sliceMs, warmUpMs } = effort;
  const decoding = () =>
    Replayer.start({
      ...{ name: DECODING, client: REFERENCE, capture: captured },
      ...{ laboratory, runtime, build, sliceMs, warmUpMs },
    });
  const hasNative = await hasPgRecvlogical();
  const native = () => Promise.resolve(new PgRecvlogical(source, prepared));
  return () => hasNative ? [decoding, native] : [decoding];
}

function direct({ source }: BenchContext): Promise<Route> {
  return Promise.resolve(straight(source.address));
}

function straight(address: ServerAddress): Route {
  return { address, [Symbol.asyncDispose]: () => Promise.resolve() };
}
