import { connectSql } from "../helpers/postgres.ts";
import { pause } from "./pause.ts";

/** The number of rows that change. */
const KEYS = 100;

/** The options of {@linkcode Work}. */
export interface WorkOptions {
  /** The source. */
  readonly url: string;
  /** The number of changes a second. */
  readonly rate: number;
  /** Returns a random whole number below its argument. */
  readonly random: (below: number) => number;
}

/**
 * Changes rows at a steady rate until it is ended, and catches up after the server was down.
 * The `n` of a row is 1 at its insert, and each change adds 1.
 */
export class Work {
  /** The number of changes that were committed. */
  changes = 0;
  readonly #options: WorkOptions;
  readonly #start = performance.now();
  readonly #done: Promise<void>;
  #isOver = false;

  constructor(options: WorkOptions) {
    this.#options = options;
    this.#done = this.#run();
  }

  /** Ends the work after the open transaction. */
  async end(): Promise<void> {
    this.#isOver = true;
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#isOver) {
      try {
        await this.#change();
      } catch {
        // The server is down.
        await pause(100);
      }
    }
  }

  async #change(): Promise<void> {
    const { url, rate } = this.#options;
    await using sql = connectSql(url);
    while (!this.#isOver) {
      const statements = this.#statements();
      await sql(`BEGIN; ${statements.join("; ")}; COMMIT`);
      this.changes += statements.length;
      const due = this.#start + this.changes / rate * 1_000;
      await pause(Math.max(0, due - performance.now()));
    }
  }

  #statements(): string[] {
    const { random } = this.#options;
    return Array.from({ length: 1 + random(20) }, () => {
      const id = random(KEYS);
      return random(30) === 0
        ? `DELETE FROM counters WHERE id = ${id}`
        : `INSERT INTO counters VALUES (${id}, 1) ON CONFLICT (id) DO UPDATE SET n = counters.n + 1`;
    });
  }
}
