import type { Entrant } from "../harness/contest.ts";
import { rangeQuery } from "../clients/copy/copier.ts";
import type { Slice } from "../harness/slice.ts";
import type { Source } from "../harness/source.ts";
import { MIXED_TABLE } from "../workloads/mixed_rows.ts";
import { runForTimes } from "./pg_recvlogical.ts";

/** The name of PostgreSQL's own client in the tables. */
export const PSQL = "psql";

/** Returns whether `psql` is installed. */
export async function hasPsql(): Promise<boolean> {
  try {
    const command = new Deno.Command(PSQL, { args: ["--version"] });
    return (await command.output()).success;
  } catch {
    return false;
  }
}

/**
 * Copies rows to `/dev/null` with `\copy` of `psql`. `psql` ends after each copy, so a slice
 * is the difference between two runs: one that copies no rows, and one that copies them all.
 */
export class Psql implements Entrant {
  readonly name: string = PSQL;
  readonly startUp = null;
  readonly #source: Source;
  readonly #rows: number;
  readonly #tableRows: number;
  #after = 0;

  /**
   * @param source The server.
   * @param rows The number of rows in a slice.
   * @param tableRows The number of rows in the table.
   */
  constructor(source: Source, rows: number, tableRows: number) {
    this.#source = source;
    this.#rows = rows;
    this.#tableRows = tableRows;
  }

  async takeTurn(): Promise<Slice> {
    if (this.#after + this.#rows > this.#tableRows) this.#after = 0;
    const none = await this.#copy(0);
    const all = await this.#copy(this.#rows);
    this.#after += this.#rows;
    return {
      rows: this.#rows,
      seconds: Math.max(0, all.seconds - none.seconds),
      cpuSeconds: Math.max(0, all.cpuSeconds - none.cpuSeconds),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  #copy(rows: number): Promise<Omit<Slice, "rows">> {
    const { host, port } = this.#source.address;
    const query = rangeQuery(MIXED_TABLE, rows, this.#after);
    return runForTimes([
      ...[PSQL, "-X", "-q", "-h", host, "-p", `${port}`],
      ...["-U", "postgres", "-d", "postgres"],
      ...["-c", `\\copy (${query}) TO '/dev/null'`],
    ]);
  }
}
