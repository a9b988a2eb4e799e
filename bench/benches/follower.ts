import { Contender } from "../harness/contender.ts";
import type { Entrant, StartUp, Values } from "../harness/contest.ts";
import type { Laboratory, Runtime } from "../harness/runtimes.ts";
import type { Slice } from "../harness/slice.ts";
import type { Prepared, Source } from "../harness/source.ts";
import type { FollowTurn, ServerAddress, Usage } from "../program/job.ts";
import { memoryValues } from "./replayer.ts";

/** The slot that an entrant follows, and the client that follows it. */
export interface FollowOptions {
  /** Its name in the tables. */
  readonly name: string;
  /** A client of `bench/clients/mod.ts`. */
  readonly client: string;
  readonly laboratory: Laboratory;
  readonly runtime: Runtime;
  readonly source: Source;
  readonly prepared: Prepared;
  /** Where to connect. */
  readonly address: ServerAddress;
}

/** A client that follows copies of one slot, each to its last row. */
export class Follower implements Entrant {
  readonly name: string;
  readonly #contender: Contender;
  readonly #options: FollowOptions;
  #warmUpCpuSeconds = 0;

  private constructor(contender: Contender, options: FollowOptions) {
    this.name = options.name;
    this.#contender = contender;
    this.#options = options;
  }

  /** Starts the client's process. */
  static async start(options: FollowOptions): Promise<Follower> {
    const { client, laboratory, runtime, address } = options;
    const contender = await Contender.start(runtime, {
      task: "follow",
      client,
      library: laboratory.build.library(runtime.name),
      modules: laboratory.folder,
      server: address,
    });
    return new Follower(contender, options);
  }

  get startUp(): StartUp {
    const { ready } = this.#contender;
    return { ...ready, warmUpCpuSeconds: this.#warmUpCpuSeconds };
  }

  /** Follows the slot twice, which compiles the code. */
  async warmUp(): Promise<void> {
    const cold = await this.takeTurn();
    const warm = await this.takeTurn();
    this.#warmUpCpuSeconds = Math.max(0, cold.cpuSeconds - warm.cpuSeconds);
  }

  async takeTurn(): Promise<Slice> {
    const { source, prepared: { workload, rows, leadIn } } = this.#options;
    const slot = await source.copySlot(workload.name);
    try {
      const publication = workload.name;
      const turn: FollowTurn = {
        kind: "follow",
        ...{ slot, publication, rows, leadIn },
      };
      return await this.#contender.turn<Slice>(turn);
    } finally {
      await source.dropSlot(slot);
    }
  }

  async values(): Promise<Values> {
    return memoryValues(await this.#contender.turn<Usage>({ kind: "usage" }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#contender[Symbol.asyncDispose]();
  }
}
