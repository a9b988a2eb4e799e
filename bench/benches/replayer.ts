import type { Capture } from "../capture.ts";
import { BINARY } from "../clients/mod.ts";
import type { Entrant, StartUp, Values } from "../harness/contest.ts";
import { Contender } from "../harness/contender.ts";
import type { Build, Laboratory, Runtime } from "../harness/runtimes.ts";
import type { Slice } from "../harness/slice.ts";
import type { ReplayTurn, Usage, WarmUp, WarmUpTurn } from "../program/job.ts";

/** The size of values from which on caches make no difference. */
const CACHED_BYTES = 10_000_000;

/** Returns the memory of a process, in megabytes. */
export function memoryValues({ peakBytes }: Usage): Values {
  return { peakMegabytes: Math.round(peakBytes / 1e6) };
}

/** The recording that an entrant decodes, and the client that decodes it. */
export interface ReplayOptions {
  /** Its name in the tables. */
  readonly name: string;
  /** A client of `bench/clients/mod.ts`. */
  readonly client: string;
  readonly laboratory: Laboratory;
  readonly runtime: Runtime;
  readonly build: Build;
  readonly capture: Capture;
  /** How much processor time a slice should take, in milliseconds. */
  readonly sliceMs: number;
  /** How much processor time to decode for before the first slice, in milliseconds. */
  readonly warmUpMs: number;
}

/** A client that decodes a recording, from memory. */
export class Replayer implements Entrant {
  readonly name: string;
  readonly #contender: Contender;
  readonly #options: ReplayOptions;
  #passes = 1;
  #warmUpCpuSeconds = 0;

  private constructor(contender: Contender, options: ReplayOptions) {
    this.name = options.name;
    this.#contender = contender;
    this.#options = options;
  }

  /** Starts the client's process. */
  static async start(options: ReplayOptions): Promise<Replayer> {
    const { client, laboratory, runtime, build, capture } = options;
    const { workload, rows } = capture.prepared;
    const { path, slot } = client === BINARY ? capture.binary : capture.text;
    const contender = await Contender.start(runtime, {
      task: "replay",
      client,
      library: build.library(runtime.name),
      modules: laboratory.folder,
      server: path,
      slot,
      publication: workload.name,
      rows,
    });
    return new Replayer(contender, options);
  }

  get startUp(): StartUp {
    const { ready } = this.#contender;
    return { ...ready, warmUpCpuSeconds: this.#warmUpCpuSeconds };
  }

  /** Decodes until the code is compiled, and finds how many passes make a slice. */
  async warmUp(): Promise<void> {
    const { warmUpMs, sliceMs } = this.#options;
    const decode = (cpuMilliseconds: number) => {
      const turn: WarmUpTurn = { kind: "warmUp", cpuMilliseconds };
      return this.#contender.turn<WarmUp>(turn);
    };
    const cold = await decode(warmUpMs);
    const warm = await decode(sliceMs);
    const pass = warm.cpuSeconds / warm.passes;
    this.#passes = Math.max(1, Math.round(sliceMs / 1000 / pass));
    this.#warmUpCpuSeconds = Math.max(0, cold.cpuSeconds - pass * cold.passes);
  }

  takeTurn(): Promise<Slice> {
    const { valueBytes = 0 } = this.#options.capture.prepared.workload.size;
    const turn: ReplayTurn = {
      kind: "replay",
      passes: this.#passes,
      // A pass over values that no cache holds is cold from its first to its last byte.
      leadIn: valueBytes < CACHED_BYTES,
    };
    return this.#contender.turn<Slice>(turn);
  }

  async values(): Promise<Values> {
    return memoryValues(await this.#contender.turn<Usage>({ kind: "usage" }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#contender[Symbol.asyncDispose]();
  }
}
