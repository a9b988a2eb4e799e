import { RowCounter } from "../clients/client.ts";
import type { Slice } from "../harness/slice.ts";
import { loadRecording } from "../recording.ts";
import type { Turn, WarmUp } from "./job.ts";
import type { Parts } from "./parts.ts";
import { cpuSeconds, usage } from "./resources.ts";

/** Takes turns in which a client reads a recording. */
export async function replay(
  { job, client, library, load, part }: Parts,
): Promise<(turn: Turn) => Promise<unknown>> {
  const { slot = "", publication = "", rows: expected = 0 } = job;
  const server = await loadRecording(job.server as string);

  async function pass(): Promise<Slice> {
    const rows = new RowCounter(expected);
    await client({ server, slot, publication, rows, load, library, part });
    const { measured, seconds, cpuSeconds } = rows;
    return { rows: measured, seconds, cpuSeconds };
  }

  async function warmUp(cpuMilliseconds: number): Promise<WarmUp> {
    const before = cpuSeconds();
    for (let passes = 1;; passes++) {
      await pass();
      const taken = cpuSeconds() - before;
      if (taken * 1000 >= cpuMilliseconds) return { passes, cpuSeconds: taken };
    }
  }

  return async (turn) => {
    if (turn.kind === "warmUp") return await warmUp(turn.cpuMilliseconds);
    if (turn.kind !== "replay") return usage();
    if (turn.leadIn) await pass();
    const sum = { rows: 0, seconds: 0, cpuSeconds: 0 };
    for (let count = 0; count < turn.passes; count++) {
      const slice = await pass();
      sum.rows += slice.rows;
      sum.seconds += slice.seconds;
      sum.cpuSeconds += slice.cpuSeconds;
    }
    return sum;
  };
}
