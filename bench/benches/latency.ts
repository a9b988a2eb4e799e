import { Contender } from "../harness/contender.ts";
import type { Entrant, StartUp, Values } from "../harness/contest.ts";
import type { Laboratory, Runtime } from "../harness/runtimes.ts";
import type { Slice } from "../harness/slice.ts";
import type { Source } from "../harness/source.ts";
import { median, quantile } from "../harness/statistics.ts";
import type { Collected } from "../program/stay.ts";
import type { CollectTurn, OpenTurn, Usage } from "../program/job.ts";

/** The commits that two entrants wait for. */
export interface LatencyOptions {
  readonly laboratory: Laboratory;
  readonly runtime: Runtime;
  readonly source: Source;
  /** The commits of one slice. */
  readonly commits: number;
  /** Milliseconds between two commits for the same client. */
  readonly intervalMs: number;
  /** The slices that come first and are not measured. */
  readonly warmUpSlices: number;
}

/** The name and the position of a client in a pair. */
export interface PairMember {
  readonly name: string;
  readonly client: string;
}

/**
 * Connects two clients at once, each to a table of its own. While a slice is taken,
 * commits go to the one and to the other in turn: how long a server takes to write and
 * to wake up differs from one second to the next by more than clients do.
 */
export async function openLatencyPair(
  members: readonly [PairMember, PairMember],
  options: LatencyOptions,
): Promise<[Entrant, Entrant]> {
  const { source } = options;
  await using onFailure = new AsyncDisposableStack();
  const sides: Side[] = [];
  for (const member of members) {
    const side = await Side.open(member, options, sides.length);
    onFailure.defer(() => side.close(source));
    sides.push(side);
  }
  const pair = new CommitPair(sides, options);
  for (let slice = 0; slice < options.warmUpSlices; slice++) await pair.take();
  for (const side of sides) side.forget();
  onFailure.move();
  const [first, second] = sides.map((side): Entrant => ({
    name: side.name,
    startUp: side.startUp,
    takeTurn: (round) => pair.sliceOf(side, round),
    values: () => side.values(),
    [Symbol.asyncDispose]: () => side.close(source),
  }));
  return [first!, second!];
}

class CommitPair {
  readonly #sides: readonly Side[];
  readonly #options: LatencyOptions;
  #round = -1;
  #slices = new Map<Side, Slice>();

  constructor(sides: readonly Side[], options: LatencyOptions) {
    this.#sides = sides;
    this.#options = options;
  }

  // Both sides are measured at once, and each gets its part of it in its turn.
  async sliceOf(side: Side, round: number): Promise<Slice> {
    if (round !== this.#round) {
      this.#round = round;
      this.#slices = await this.take();
    }
    return this.#slices.get(side)!;
  }

  async take(): Promise<Map<Side, Slice>> {
    const { commits, intervalMs, source } = this.#options;
    const step = intervalMs / this.#sides.length;
    // Of two in strict turns the second would always be 3 % sooner.
    const turns = [...this.#sides, ...this.#sides.toReversed()];
    let due = performance.now();
    for (let count = 0; count < commits * this.#sides.length; count++) {
      const pause = due - performance.now();
      if (pause > 0) await new Promise((done) => setTimeout(done, pause));
      due += step;
      await turns[count % turns.length]!.commit(source);
    }
    const slices = new Map<Side, Slice>();
    for (const side of this.#sides) slices.set(side, await side.collect());
    return slices;
  }
}

/** One client with its table. */
class Side {
  readonly name: string;
  readonly #table: string;
  readonly #contender: Contender;
  #latencies: number[] = [];
  #sent = 0;
  #cpuSeconds = 0;

  private constructor(name: string, table: string, contender: Contender) {
    this.name = name;
    this.#table = table;
    this.#contender = contender;
  }

  static async open(
    { name, client }: PairMember,
    { laboratory, runtime, source }: LatencyOptions,
    place: number,
  ): Promise<Side> {
    const table = `latency_${place}`;
    await source.query(
      `CREATE TABLE ${table} (id bigserial PRIMARY KEY, sent bigint NOT NULL);
      CREATE PUBLICATION ${table} FOR TABLE ${table}`,
    );
    await source.createSlot(table);
    await using onFailure = new AsyncDisposableStack();
    const contender = onFailure.use(
      await Contender.start(runtime, {
        task: "latency",
        client,
        library: laboratory.build.library(runtime.name),
        modules: laboratory.folder,
        server: source.address,
      }),
    );
    const side = new Side(name, table, contender);
    const turn: OpenTurn = {
      ...{ kind: "open", slots: [table], publication: table },
    };
    await contender.turn<Usage>(turn);
    // A client that makes a slot of its own has to be there before the first commit.
    await source.waitForWalsenders(place + 1);
    onFailure.move();
    return side;
  }

  get startUp(): StartUp {
    return { ...this.#contender.ready, warmUpCpuSeconds: 0 };
  }

  async commit(source: Source): Promise<void> {
    this.#sent++;
    const now = performance.timeOrigin + performance.now();
    await source.query(
      `INSERT INTO ${this.#table} (sent) VALUES (${Math.round(now * 1000)})`,
    );
  }

  async collect(): Promise<Slice> {
    const turn: CollectTurn = { kind: "collect", rows: this.#sent };
    const { latencies } = await this.#contender.turn<Collected>(turn);
    const { cpuSeconds } = await this.#contender.turn<Usage>({ kind: "usage" });
    const spent = cpuSeconds - this.#cpuSeconds;
    this.#cpuSeconds = cpuSeconds;
    this.#latencies.push(...latencies);
    return {
      rows: latencies.length,
      seconds: median(latencies) / 1e6 * latencies.length,
      cpuSeconds: spent,
    };
  }

  forget(): void {
    this.#latencies = [];
  }

  values(): Values {
    const at = (part: number) => Math.round(quantile(this.#latencies, part));
    return {
      commits: this.#latencies.length,
      p50Microseconds: at(0.5),
      p95Microseconds: at(0.95),
      p99Microseconds: at(0.99),
    };
  }

  async close(source: Source): Promise<void> {
    await this.#contender[Symbol.asyncDispose]();
    await source.dropSlot(this.#table);
    await source.query(
      `DROP PUBLICATION ${this.#table}; DROP TABLE ${this.#table}`,
    );
  }
}
