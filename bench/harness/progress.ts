import type { Bench } from "./bench.ts";
import type { TakenSlice } from "./interleave.ts";
import type { Measurement } from "./results.ts";
import type { RuntimeName } from "./runtimes.ts";
import { METRICS, secondsPerRow } from "./slice.ts";

/** The place to which lines are written. */
export interface Screen {
  /** Whether somebody is looking: then there is a line for each slice. */
  readonly isTerminal: boolean;
  write(line: string): void;
}

/** Reports the progress of a run. */
export class Progress {
  readonly #screen: Screen;
  readonly #total: number;
  readonly #startedAt = performance.now();
  #done = 0;
  #held = 0;

  /**
   * @param screen Where to write.
   * @param total How many contests there are.
   */
  constructor(screen: Screen, total: number) {
    this.#screen = screen;
    this.#total = total;
  }

  /** Tells that a contest is kept from an earlier run. */
  keep(bench: Bench, runtime: RuntimeName): void {
    this.#done++;
    this.#screen.write(`${this.#name(bench, runtime)}: kept`);
  }

  /** Tells of a slice. */
  slice(
    bench: Bench,
    runtime: RuntimeName,
    { participant, round, slice }: TakenSlice,
  ): void {
    if (!this.#screen.isTerminal) return;
    const times = METRICS.map((metric) =>
      `${metric} ${microseconds(secondsPerRow(slice, metric))}`
    );
    this.#screen.write(
      `${this.#name(bench, runtime)}, slice ${
        round + 1
      }: ${participant.name}: ${times.join(", ")} a row`,
    );
  }

  /** Tells what a contest found. */
  held(bench: Bench, measurement: Measurement): void {
    const { runtime, ratios, load, trust } = measurement;
    const name = this.#name(bench, runtime, 1);
    this.#count();
    const list = Object.entries(ratios).map(([client, { wall, cpu }]) =>
      `${client} ${wall.p50.toFixed(2)} (cpu ${cpu.p50.toFixed(2)})`
    );
    const doubts = METRICS.flatMap((metric) => {
      const reason = trust[metric];
      return reason === null
        ? []
        : [`\n  ${metric} not to be trusted: ${reason}`];
    });
    this.#screen.write(
      `${name}: ${Math.round(load.seconds)} s; walbrook's time for a row, by ${
        list.join(", ")
      }${doubts.join("")}${this.#left}`,
    );
  }

  /** Tells that a contest could not be held. */
  failed(bench: Bench, runtime: RuntimeName, message: string): void {
    const name = this.#name(bench, runtime, 1);
    this.#count();
    this.#screen.write(`${name}: failed: ${message}`);
  }

  #count(): void {
    this.#done++;
    this.#held++;
  }

  get #left(): string {
    const left = this.#total - this.#done;
    if (left <= 0) return "";
    const each = (performance.now() - this.#startedAt) / this.#held;
    return `\n  about ${Math.ceil(each * left / 60_000)} min left`;
  }

  #name({ group, workload }: Bench, runtime: RuntimeName, more = 0): string {
    const what = group === workload ? group : `${group} ${workload}`;
    return `[${this.#done + more}/${this.#total}] ${what}, ${runtime}`;
  }
}

function microseconds(seconds: number): string {
  const value = seconds * 1e6;
  if (value >= 1000) return `${Math.round(value).toLocaleString("en")} µs`;
  return `${value.toPrecision(3)} µs`;
}
