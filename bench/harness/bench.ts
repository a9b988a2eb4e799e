import type { Contest } from "./contest.ts";
import type { TakenSlice } from "./interleave.ts";
import type { Laboratory, Runtime } from "./runtimes.ts";
import type { Source } from "./source.ts";
import type { MayRepeat } from "./time_budget.ts";

/** The benches of one kind, which share a table. */
export type GroupName =
  | "decode"
  | "encode"
  | "deliver"
  | "follow"
  | "tls"
  | "network"
  | "latency"
  | "cold_start"
  | "idle"
  | "subscriptions"
  | "snapshot";

/** One measurement that can be made in each runtime. */
export interface Bench {
  readonly group: GroupName;
  /** What is measured, by which `--only` finds it. */
  readonly workload: string;
  /** What it stands for, in a few words. */
  readonly title: string;
  /** Whether it is measured only when it is requested by name. */
  readonly isApart?: boolean;
  /**
   * Makes the measurement in one runtime.
   *
   * @param context What to work with.
   */
  run(context: BenchContext): Promise<Contest>;
}

/** The environment of a bench. */
export interface BenchContext {
  readonly laboratory: Laboratory;
  readonly runtime: Runtime;
  readonly source: Source;
  readonly effort: Effort;
  /** Is told of each slice. */
  readonly onSlice: (taken: TakenSlice) => void;
  /** Tells whether there is time for another generation of processes. */
  readonly mayRepeat: MayRepeat;
}

/** The amount of work to measure. */
export interface Effort {
  /** How long all of it may take, about, in minutes. */
  readonly minutes: number;
  /** The slices of each client. */
  readonly rounds: number;
  /** How many generations of processes to start, where a client is not the same. */
  readonly generations: number;
  /** The part of the rows of each workload to take, from 0 to 1. */
  readonly scale: number;
  /** The processor time of a slice that can be of any length, in milliseconds. */
  readonly sliceMs: number;
  /** How much processor time clients decode for before their first slice, in ms. */
  readonly warmUpMs: number;
  /** Whether to leave out the clients that a quick look does not need. */
  readonly fewClients: boolean;
  /** The commits in a slice of the latency. */
  readonly commits: number;
  /** How many subscriptions to open in one process. */
  readonly subscriptions: number;
}

/** The usual effort. */
export const FULL: Effort = {
  minutes: 19,
  rounds: 15,
  generations: 3,
  scale: 1,
  sliceMs: 30,
  warmUpMs: 800,
  fewClients: false,
  commits: 40,
  subscriptions: 100,
};

/** The effort of `--quick`. */
export const QUICK: Effort = {
  ...FULL,
  minutes: 1,
  generations: 1,
  scale: 0.5,
  sliceMs: 20,
  warmUpMs: 700,
  fewClients: true,
};

/** The effort of the tests: that all of it works, not how fast. */
export const SHORTEST: Effort = {
  minutes: 1,
  rounds: 1,
  generations: 1,
  scale: 0.02,
  sliceMs: 1,
  warmUpMs: 1,
  fewClients: false,
  commits: 3,
  subscriptions: 3,
};
