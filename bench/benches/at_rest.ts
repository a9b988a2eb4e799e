import { Contender } from "../harness/contender.ts";
import type { Entrant, StartUp, Values } from "../harness/contest.ts";
import type { Laboratory, Runtime } from "../harness/runtimes.ts";
import type { Slice } from "../harness/slice.ts";
import type { Source } from "../harness/source.ts";
import { median } from "../harness/statistics.ts";
import type { CollectTurn, OpenTurn, Usage } from "../program/job.ts";

/** The subscriptions that an entrant keeps open. */
export interface AtRestOptions {
  /** Its name in the tables. */
  readonly name: string;
  /** A client of `bench/clients/mod.ts`. */
  readonly client: string;
  readonly laboratory: Laboratory;
  readonly runtime: Runtime;
  readonly source: Source;
  /** The table and publication that all subscriptions follow. */
  readonly table: string;
  /** How many subscriptions to keep open in one process; none is the runtime alone. */
  readonly subscriptions: number;
  /** How long to wait in each turn, in milliseconds. */
  readonly pauseMs: number;
}

/** Commits whose way to all subscriptions is measured, after the slices. */
const COMMITS = 10;

/**
 * A process that has subscriptions open while nothing happens. What it takes is measured
 * from one turn to the next, so that a "row" is a second.
 */
export class AtRest implements Entrant {
  readonly name: string;
  readonly #contender: Contender;
  readonly #options: AtRestOptions;
  readonly #slots: readonly string[];
  readonly #opened: Values;
  #last = { at: 0, cpuSeconds: 0 };

  private constructor(
    contender: Contender,
    options: AtRestOptions,
    { slots, opened }: {
      readonly slots: readonly string[];
      readonly opened: Values;
    },
  ) {
    this.name = options.name;
    this.#contender = contender;
    this.#options = options;
    this.#slots = slots;
    this.#opened = opened;
  }

  /** Starts the process, and opens the subscriptions. */
  static async start(options: AtRestOptions): Promise<AtRest> {
    const { client, laboratory, runtime, source, table } = options;
    await using onFailure = new AsyncDisposableStack();
    const contender = onFailure.use(
      await Contender.start(runtime, {
        task: "subscriptions",
        client,
        library: laboratory.build.library(runtime.name),
        modules: laboratory.folder,
        server: source.address,
      }),
    );
    const slots: string[] = [];
    while (slots.length < options.subscriptions) {
      slots.push(await source.copySlot(table));
    }
    async function open(some: readonly string[]): Promise<Usage> {
      const turn: OpenTurn = {
        ...{ kind: "open", slots: some, publication: table },
      };
      await contender.turn<Usage>(turn);
      await source.waitForSlots(some);
      return await contender.turn<Usage>({ kind: "usage" });
    }
    const none = await contender.turn<Usage>({ kind: "usage" });
    const one = await open(slots.slice(0, 1));
    const startedAt = performance.now();
    const all = await open(slots.slice(1));
    const opened = {
      openMs: Math.round(performance.now() - startedAt),
      openCpuMs: Math.round((all.cpuSeconds - one.cpuSeconds) * 1000),
      oneMegabytes: round((one.residentBytes - none.residentBytes) / 1e6),
      moreMegabytes: round((all.residentBytes - one.residentBytes) / 1e6),
    };
    onFailure.move();
    return new AtRest(contender, options, { slots, opened });
  }

  get startUp(): StartUp {
    return { ...this.#contender.ready, warmUpCpuSeconds: 0 };
  }

  // All of them are at rest at once, so a slice goes from one turn to the next.
  async takeTurn(): Promise<Slice> {
    await pause(this.#options.pauseMs);
    const { cpuSeconds } = await this.#usage();
    const at = performance.now();
    const seconds = (at - this.#last.at) / 1000;
    const spent = cpuSeconds - this.#last.cpuSeconds;
    this.#last = { at, cpuSeconds };
    return { rows: seconds, seconds, cpuSeconds: spent };
  }

  /** Starts the first slice, when all are open. */
  async warmUp(): Promise<void> {
    const { cpuSeconds } = await this.#usage();
    this.#last = { at: performance.now(), cpuSeconds };
  }

  async values(): Promise<Values> {
    const { residentBytes } = await this.#usage();
    return {
      residentMegabytes: Math.round(residentBytes / 1e6),
      ...this.#slots.length > 1 && {
        ...this.#opened,
        fanOutMs: round(await this.#fanOut()),
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#contender[Symbol.asyncDispose]();
    for (const slot of this.#slots) {
      await this.#options.source.dropSlot(slot);
    }
  }

  // From the sending of a commit until each subscription has had its row.
  async #fanOut(): Promise<number> {
    const { source, table } = this.#options;
    const times: number[] = [];
    // All who are at rest follow the same table.
    const before = Number(await source.query(`SELECT count(*) FROM ${table}`));
    for (let rows = before; rows <= before + COMMITS; rows++) {
      const startedAt = performance.now();
      const now = performance.timeOrigin + startedAt;
      if (rows > before) {
        await source.query(
          `INSERT INTO ${table} (sent) VALUES (${Math.round(now * 1000)})`,
        );
      }
      const turn: CollectTurn = { kind: "collect", rows };
      await this.#contender.turn(turn);
      times.push(performance.now() - startedAt);
    }
    return median(times.slice(1));
  }

  #usage(): Promise<Usage> {
    return this.#contender.turn<Usage>({ kind: "usage" });
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
