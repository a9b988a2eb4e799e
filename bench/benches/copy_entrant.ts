import { Contender } from "../harness/contender.ts";
import type { Entrant, StartUp, Values } from "../harness/contest.ts";
import type { Laboratory, Runtime } from "../harness/runtimes.ts";
import type { Slice } from "../harness/slice.ts";
import type { Source } from "../harness/source.ts";
import type { CopyTurn, Usage } from "../program/job.ts";
import { MIXED_TABLE } from "../workloads/mixed_rows.ts";
import { memoryValues } from "./replayer.ts";
import { BackendClock } from "./backend_clock.ts";

/** The table that an entrant copies, and the client that copies it. */
export interface CopyEntrantOptions {
  /** The entrant's name in the tables of results. */
  readonly name: string;
  /** The name of a client in `bench/clients/copy/mod.ts`. */
  readonly client: string;
  readonly laboratory: Laboratory;
  readonly runtime: Runtime;
  readonly source: Source;
  /** The number of rows in a slice. */
  readonly rows: number;
  /** The number of rows in the table. */
  readonly tableRows: number;
  /** The side whose processor time is measured: the client, or the server processes for it. */
  readonly clock: "client" | "server";
}

let connections = 0;

/** A client that copies the next rows of a table in each slice. */
export class CopyEntrant implements Entrant {
  readonly name: string;
  readonly #contender: Contender;
  readonly #options: CopyEntrantOptions;
  readonly #backends: BackendClock | null;
  #warmUpCpuSeconds = 0;
  #after = 0;

  private constructor(
    contender: Contender,
    backends: BackendClock | null,
    options: CopyEntrantOptions,
  ) {
    this.name = options.name;
    this.#contender = contender;
    this.#backends = backends;
    this.#options = options;
  }

  /** Starts the client's process. */
  static async start(options: CopyEntrantOptions): Promise<CopyEntrant> {
    const { client, laboratory, runtime, source, clock } = options;
    const slot = `copies_${connections++}`;
    const contender = await Contender.start(runtime, {
      ...{ task: "copy", client, slot, publication: MIXED_TABLE },
      library: laboratory.build.library(runtime.name),
      modules: laboratory.folder,
      server: source.address,
    });
    const backends = clock === "server" ? new BackendClock(source, slot) : null;
    return new CopyEntrant(contender, backends, options);
  }

  get startUp(): StartUp | null {
    if (this.#backends !== null) return null;
    const { ready } = this.#contender;
    return { ...ready, warmUpCpuSeconds: this.#warmUpCpuSeconds };
  }

  /** Takes two slices, so that the code is compiled. */
  async warmUp(): Promise<void> {
    const cold = await this.takeTurn();
    const warm = await this.takeTurn();
    this.#warmUpCpuSeconds = Math.max(0, cold.cpuSeconds - warm.cpuSeconds);
  }

  async takeTurn(): Promise<Slice> {
    const { rows, tableRows } = this.#options;
    if (this.#after + rows > tableRows) this.#after = 0;
    const turn: CopyTurn = { kind: "copy", rows, after: this.#after };
    this.#after += rows;
    const slice = await this.#contender.turn<Slice>(turn);
    if (this.#backends === null) return slice;
    return { ...slice, cpuSeconds: await this.#backends.lap() };
  }

  async values(): Promise<Values> {
    return memoryValues(await this.#contender.turn<Usage>({ kind: "usage" }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#contender[Symbol.asyncDispose]();
  }
}
