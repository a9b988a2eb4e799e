import type { GroupName } from "./bench.ts";
import type { Contest, Entry } from "./contest.ts";
import { describeMachine } from "./machine_load.ts";
import type { Laboratory, RuntimeName } from "./runtimes.ts";

/** One contest, and what it was about. */
export interface Measurement extends Omit<Contest, "entries"> {
  readonly group: GroupName;
  readonly workload: string;
  readonly title: string;
  readonly runtime: RuntimeName;
  /** When it ended, as ISO 8601. */
  readonly at: string;
  readonly entries: readonly (Omit<Entry, "slices"> & Partial<Entry>)[];
}

/** A contest that could not be held. */
export interface Failure {
  readonly group: GroupName;
  readonly workload: string;
  readonly runtime: RuntimeName;
  /** What went wrong. */
  readonly message: string;
}

/** The results of a run. */
export interface Results {
  /** When the run began, as ISO 8601. */
  readonly startedAt: string;
  /** The commit, with "+" behind it if files have been changed since. */
  readonly revision: string;
  /** Which effort was made, such as `full`. */
  readonly effort: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly measurements: readonly Measurement[];
  readonly failures: readonly Failure[];
}

/** Keeps the results of a run in a file, which is written after each contest. */
export class ResultsFile {
  readonly #path: string;
  #results: Results;

  private constructor(path: string, results: Results) {
    this.#path = path;
    this.#results = results;
  }

  /** Begins a run, and forgets the one before. */
  static begin(
    path: string,
    { runtimes, peers }: Pick<Laboratory, "runtimes" | "peers">,
    { revision, effort }: Pick<Results, "revision" | "effort">,
  ): ResultsFile {
    return new ResultsFile(path, {
      startedAt: new Date().toISOString(),
      revision,
      effort,
      machine: describeMachine(),
      versions: {
        PostgreSQL: "18",
        ...Object.fromEntries(
          runtimes.map(({ name, version }) => [name, version]),
        ),
        ...peers,
      },
      measurements: [],
      failures: [],
    });
  }

  /**
   * Goes on with the run that the file has, and tries again what failed in it.
   *
   * @returns `null` if there is no such file.
   * @throws {Error} If the run was of another revision or effort.
   */
  static async resume(
    path: string,
    { revision, effort }: Pick<Results, "revision" | "effort">,
  ): Promise<ResultsFile | null> {
    const results = await readResults(path);
    if (results === null) return null;
    if (results.revision !== revision || results.effort !== effort) {
      throw new Error(
        `Cannot resume: ${path} has a run (${results.effort}) of ${results.revision}, and this is one (${effort}) of ${revision}`,
      );
    }
    return new ResultsFile(path, { ...results, failures: [] });
  }

  /** All results so far. */
  get results(): Results {
    return this.#results;
  }

  /** Whether a contest was held already. */
  has(
    { group, workload, runtime }: Pick<
      Measurement,
      "group" | "workload" | "runtime"
    >,
  ): boolean {
    return this.#results.measurements.some((one) =>
      one.group === group && one.workload === workload &&
      one.runtime === runtime
    );
  }

  /** Adds a contest, and writes the file. */
  async add(measurement: Measurement): Promise<void> {
    const measurements = [...this.#results.measurements, measurement];
    await this.#write({ ...this.#results, measurements });
  }

  /** Notes that a contest could not be held, and writes the file. */
  async addFailure(failure: Failure): Promise<void> {
    const failures = [...this.#results.failures, failure];
    await this.#write({ ...this.#results, failures });
  }

  async #write(results: Results): Promise<void> {
    this.#results = results;
    const text = `${JSON.stringify(results)}\n`;
    const next = `${this.#path}.next`;
    await Deno.writeTextFile(next, text);
    await Deno.rename(next, this.#path);
  }
}

/** Reads the results of a run; `null` if there is no such file. */
export async function readResults(path: string | URL): Promise<Results | null> {
  try {
    return JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return null;
  }
}

/**
 * Adds what a later run has found: its measurements take the place of earlier ones of the
 * same bench in the same runtime, and its versions those of the same program.
 */
export function mergeResults(before: Results, later: Results): Results {
  const nameOf = ({ group, workload, runtime }: Failure | Measurement) =>
    [group, workload, runtime].join();
  const found = new Set([...later.measurements, ...later.failures].map(nameOf));
  const isKept = (one: Failure | Measurement) => !found.has(nameOf(one));
  return {
    ...later,
    versions: { ...before.versions, ...later.versions },
    measurements: [
      ...before.measurements.filter(isKept),
      ...later.measurements,
    ],
    failures: [...before.failures.filter(isKept), ...later.failures],
  };
}

/** Leaves out the single slices. */
export function withoutSlices(results: Results): Results {
  return {
    ...results,
    measurements: results.measurements.map((measurement) => ({
      ...measurement,
      entries: measurement.entries.map(({ slices: _, ...entry }) => entry),
    })),
  };
}
