import type { Entrant } from "../harness/contest.ts";
import type { Slice } from "../harness/slice.ts";
import type { Prepared, Source } from "../harness/source.ts";

/** Returns whether PostgreSQL's own client is installed. */
export async function hasPgRecvlogical(): Promise<boolean> {
  try {
    const command = new Deno.Command("pg_recvlogical", { args: ["--version"] });
    return (await command.output()).success;
  } catch {
    return false;
  }
}

/**
 * PostgreSQL's own client, in C. It writes what it receives to `/dev/null` as it is, and
 * decodes nothing. It ends with each slot, so a slice is the difference between two runs:
 * one to the end of the lead-in, and one to the end.
 */
export class PgRecvlogical implements Entrant {
  readonly name = "pg_recvlogical";
  readonly startUp = null;
  readonly #source: Source;
  readonly #prepared: Prepared;

  /**
   * @param source The server.
   * @param prepared What to follow.
   */
  constructor(source: Source, prepared: Prepared) {
    this.#source = source;
    this.#prepared = prepared;
  }

  async takeTurn(): Promise<Slice> {
    const { rows, leadIn, leadInEnd, end } = this.#prepared;
    const first = await this.#follow(leadInEnd);
    const all = await this.#follow(end);
    return {
      rows: rows - leadIn,
      seconds: all.seconds - first.seconds,
      cpuSeconds: Math.max(0, all.cpuSeconds - first.cpuSeconds),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #follow(end: string): Promise<Omit<Slice, "rows">> {
    const { workload } = this.#prepared;
    const { host, port } = this.#source.address;
    const slot = await this.#source.copySlot(workload.name);
    const command = [
      ...["pg_recvlogical", "--start", "-n", "-f", "/dev/null", "-S", slot],
      ...["-h", host, "-p", `${port}`, "-U", "postgres", "-d", "postgres"],
      ...["-o", "proto_version=1", "-o", `publication_names=${workload.name}`],
      ...["-E", end],
    ];
    const times = await runForTimes(command);
    await this.#source.dropSlot(slot);
    return times;
  }
}

/**
 * Runs a program, and waits for its end.
 *
 * @param command The program and its arguments.
 * @returns The wall-clock time and the processor time that it took, in seconds.
 * @throws {Error} If it fails; the message is its error output.
 */
export async function runForTimes(
  command: readonly string[],
): Promise<Omit<Slice, "rows">> {
  const startedAt = performance.now();
  const { success, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", '"$@" && times', "sh", ...command],
  }).output();
  const seconds = (performance.now() - startedAt) / 1000;
  const text = new TextDecoder();
  if (!success) throw new Error(text.decode(stderr));
  return { seconds, cpuSeconds: childSeconds(text.decode(stdout)) };
}

/** Reads what `times` prints: a line for the shell, and one for its children. */
function childSeconds(times: string): number {
  const seconds = times.split("\n")[1]?.matchAll(/(\d+)m([\d.]+)s/g) ?? [];
  return [...seconds].reduce(
    (sum, [, minutes, rest]) => sum + Number(minutes) * 60 + Number(rest),
    0,
  );
}
