import type { Entrant, Values } from "../harness/contest.ts";
import { type Laboratory, run, type Runtime } from "../harness/runtimes.ts";
import type { Slice } from "../harness/slice.ts";
import type { Prepared, Source } from "../harness/source.ts";
import { median } from "../harness/statistics.ts";
import { startRoundTripCounter } from "../network/round_trips.ts";
import type { ColdStart, ColdStartTimes } from "../program/cold_start.ts";

/** The clients that are started, and the modules that start them. */
export const STARTERS: Readonly<Record<string, string>> = {
  "walbrook": "walbrook",
  "pg-logical-replication": "pg_logical_replication",
  "pgwire": "pgwire",
};

/** The program that an entrant starts. */
export interface ColdStartOptions {
  /** Its name in the tables. */
  readonly name: string;
  /** A client of {@linkcode STARTERS}. */
  readonly client: string;
  readonly laboratory: Laboratory;
  readonly runtime: Runtime;
  readonly source: Source;
  readonly prepared: Prepared;
}

/** A client that is started for each slice and ends after its first event. */
export class ColdStarter implements Entrant {
  readonly name: string;
  readonly startUp = null;
  readonly #options: ColdStartOptions;
  readonly #times: ColdStartTimes[] = [];

  /** @param options What to start. */
  constructor(options: ColdStartOptions) {
    this.name = options.name;
    this.#options = options;
  }

  async takeTurn(): Promise<Slice> {
    const times = await this.#start(this.#options.source.address.port);
    this.#times.push(times);
    return {
      rows: 1,
      seconds: times.delivered / 1000,
      cpuSeconds: times.cpuMs / 1000,
    };
  }

  async values(): Promise<Values> {
    const { source } = this.#options;
    await using counter = await startRoundTripCounter(source.address.port);
    await this.#start(counter.port);
    const step = (length: (times: ColdStartTimes) => number) =>
      Math.round(median(this.#times.map(length)));
    const steps = {
      bootMs: step(({ booted }) => booted),
      importMs: step(({ booted, imported }) => imported - booted),
    };
    const rest = this.#times.some(({ subscribed }) => subscribed === null)
      ? {
        connectMs: step(({ imported, delivered }) => delivered - imported),
      }
      : {
        subscribeMs: step((one) => one.subscribed! - one.imported),
        firstEventMs: step((one) => one.delivered - one.subscribed!),
      };
    return { ...steps, ...rest, roundTrips: counter.beforeStream ?? NaN };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #start(port: number): Promise<ColdStartTimes> {
    const { client, laboratory, runtime, source, prepared } = this.#options;
    const slot = await source.copySlot(prepared.workload.name);
    const module = STARTERS[client]!;
    const extension = runtime.coldStart.slice(-3);
    const job: ColdStart = {
      client: `./cold/${module}${extension}`,
      library: client === "walbrook"
        ? laboratory.build.library(runtime.name)
        : laboratory.folder,
      host: source.address.host,
      port,
      slot,
      publication: prepared.workload.name,
      spawnedAt: performance.timeOrigin + performance.now(),
    };
    const command = [...runtime.command, runtime.coldStart];
    try {
      const text = await run(
        [...command, JSON.stringify(job)],
        laboratory.folder,
      );
      return JSON.parse(text);
    } finally {
      await source.dropSlot(slot);
    }
  }
}
