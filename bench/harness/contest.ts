import { interleave, type Participant, type TakenSlice } from "./interleave.ts";
import { type MachineLoad, watchLoad } from "./machine_load.ts";
import {
  compareSlices,
  type Metric,
  type Ratio,
  secondsPerRow,
  type Slice,
} from "./slice.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import type { MayRepeat } from "./time_budget.ts";
import { isSame, judgeTrust, type Trust } from "./trust.ts";

/** The name of the one that all others are compared with. */
export const REFERENCE = "walbrook";
/** The name of the same client in another process. */
export const CONTROL = "walbrook, again";

/** A client that takes part in a contest. */
export interface Entrant extends Participant, AsyncDisposable {
  /** What it took before its first slice. */
  readonly startUp: StartUp | null;
  /** Works until the code is compiled. Two entrants do that at the same time. */
  warmUp?(): Promise<void>;
  /** Tells more that was found, by name and unit, after the last slice. */
  values?(): Promise<Values> | Values;
}

/** Values by name and unit, such as `peakMegabytes`. */
export type Values = Readonly<Record<string, number>>;

/** The time that a client takes to warm up. It is not part of any slice. */
export interface StartUp {
  /** Milliseconds until the runtime runs the program. */
  readonly bootMs: number;
  /** Milliseconds to load the library. */
  readonly importMs: number;
  /** Processor time of boot and import, in seconds. */
  readonly cpuSeconds: number;
  /** Processor time above that of warm code until it is compiled, in seconds. */
  readonly warmUpCpuSeconds: number;
}

/** The measurements of one client. */
export interface Entry {
  readonly client: string;
  /** Microseconds for a row. */
  readonly wallMicroseconds: Spread;
  /** Microseconds of processor time for a row. */
  readonly cpuMicroseconds: Spread;
  readonly startUp: StartUp | null;
  readonly values: Values;
  /** The slices themselves, by round. */
  readonly slices: readonly Slice[];
}

/** The result of a contest. */
export interface Contest {
  readonly entries: readonly Entry[];
  /** The reference's time for a row, by that of each other client, by its name. */
  readonly ratios: Readonly<Record<string, Ratio>>;
  readonly load: MachineLoad;
  readonly trust: Trust;
}

/** Options for {@linkcode runContest}. */
export interface ContestOptions {
  /** Starts the clients; with them it ends what they need. */
  readonly open: () => Promise<readonly Entrant[]>;
  /** How many slices each client takes in one generation of processes. */
  readonly rounds: number;
  /**
   * How many generations of processes to start at the most: two processes of the same
   * program may differ, since each compiles it in its own way. Another one is started
   * while the client that is compared with itself is not the same.
   */
  readonly generations: number;
  /** Tells whether there is time for another one; always, by default. */
  readonly mayRepeat?: MayRepeat;
  readonly onSlice?: (taken: TakenSlice) => void;
}

/**
 * Measures clients in turn, and compares {@linkcode REFERENCE} with each of the others.
 * Without {@linkcode CONTROL} among them the result is not to be trusted.
 */
export async function runContest(options: ContestOptions): Promise<Contest> {
  const watch = watchLoad();
  const found = new Map<string, Found>();
  for (let generation = 1;; generation++) {
    const startedAt = performance.now();
    await runGeneration(found, options);
    if (generation === options.generations) break;
    const seconds = (performance.now() - startedAt) / 1000;
    if (options.mayRepeat?.(seconds) === false) break;
    const { [CONTROL]: control } = compareAll(found);
    if (control === undefined || isSame(control.cpu)) break;
  }
  const load = watch.stop();
  const ratios = compareAll(found);
  return {
    entries: [...found].map(([client, { slices, startUp, values }]) => ({
      client,
      wallMicroseconds: perRow(slices, "wall"),
      cpuMicroseconds: perRow(slices, "cpu"),
      startUp,
      values,
      slices,
    })),
    ratios,
    load,
    trust: judgeTrust({ control: ratios[CONTROL] ?? null, load }),
  };
}

interface Found {
  slices: Slice[];
  startUp: StartUp | null;
  values: Values;
}

async function runGeneration(
  found: Map<string, Found>,
  { open, rounds, onSlice }: ContestOptions,
): Promise<void> {
  const entrants = await open();
  try {
    await valuesOf(
      await inPairs(
        entrants.map((entrant) => () =>
          entrant.warmUp?.() ?? Promise.resolve()
        ),
      ),
    );
    const taken = await interleave(entrants, {
      rounds,
      ...onSlice && { onSlice },
    });
    for (const [{ name, startUp, values }, slices] of taken) {
      const entrant = entrants.find((one) => one.name === name)!;
      const before = found.get(name)?.slices ?? [];
      found.set(name, {
        slices: [...before, ...slices],
        startUp,
        values: await values?.call(entrant) ?? {},
      });
    }
  } finally {
    for (const entrant of entrants) await entrant[Symbol.asyncDispose]();
  }
}

function compareAll(
  found: ReadonlyMap<string, Found>,
): Record<string, Ratio> {
  const reference = found.get(REFERENCE);
  if (reference === undefined) return {};
  return Object.fromEntries(
    [...found].filter(([client]) => client !== REFERENCE).map((
      [client, { slices }],
    ) => [client, compareSlices(reference.slices, slices)]),
  );
}

function perRow(slices: readonly Slice[], metric: Metric): Spread {
  return spreadOf(slices.map((one) => secondsPerRow(one, metric) * 1e6));
}

/**
 * Starts entrants two at a time, as there are two processors on most machines.
 *
 * @throws What the first one to fail throws; those that have started are ended.
 */
export async function startAll<T extends Entrant>(
  starts: readonly (() => Promise<T>)[],
): Promise<T[]> {
  const settled = await inPairs(starts);
  return await valuesOf(settled, async (started) => {
    for (const one of started) await one[Symbol.asyncDispose]();
  });
}

// Two at a time, up to the first pair of which one fails.
async function inPairs<T>(
  works: readonly (() => Promise<T>)[],
): Promise<PromiseSettledResult<T>[]> {
  const settled: PromiseSettledResult<T>[] = [];
  for (let at = 0; at < works.length; at += 2) {
    const pair = works.slice(at, at + 2).map((work) => work());
    settled.push(...await Promise.allSettled(pair));
    if (settled.some(({ status }) => status === "rejected")) break;
  }
  return settled;
}

async function valuesOf<T>(
  settled: readonly PromiseSettledResult<T>[],
  onFailure?: (others: readonly T[]) => Promise<void>,
): Promise<T[]> {
  const values = settled.flatMap((one) =>
    one.status === "fulfilled" ? [one.value] : []
  );
  const failure = settled.find((one) => one.status === "rejected");
  if (failure === undefined) return values;
  await onFailure?.(values);
  throw failure.reason;
}
