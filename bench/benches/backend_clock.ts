import type { Source } from "../harness/source.ts";

/** The processor time of the server processes that work for one client. */
export class BackendClock {
  readonly #source: Source;
  readonly #name: string;
  // The nanoseconds of each process, including those that have ended.
  readonly #times = new Map<number, number>();
  #before = 0;

  /**
   * @param source The server, which is on this machine.
   * @param name The name that the client gives to its connections.
   */
  constructor(source: Source, name: string) {
    this.#source = source;
    this.#name = name;
  }

  /** Returns the processor time since the last call, in seconds. */
  async lap(): Promise<number> {
    const list = await this.#source.query(
      `SELECT string_agg(pid::text, ',') FROM pg_stat_activity
      WHERE application_name = '${this.#name}'`,
    );
    for (const pid of list?.split(",").map(Number) ?? []) {
      this.#times.set(pid, await nanoseconds(pid));
    }
    const sum = [...this.#times.values()].reduce((sum, one) => sum + one, 0);
    const lap = sum - this.#before;
    this.#before = sum;
    return lap / 1e9;
  }
}

// The time that a process spent on a processor. /proc/PID/stat has it too, in steps of 10 ms.
async function nanoseconds(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/schedstat`);
  return Number(text.split(" ")[0]);
}
