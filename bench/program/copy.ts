import { COPIERS } from "../clients/copy/mod.ts";
import type { Slice } from "../harness/slice.ts";
import type { ServerAddress, Turn, Usage } from "./job.ts";
import type { Parts } from "./parts.ts";
import { cpuSeconds, usage } from "./resources.ts";

/** Takes turns in which a client copies the next rows of a table. */
export async function copy(
  { job, library, load, part }: Omit<Parts, "client">,
): Promise<(turn: Turn) => Promise<Slice | Usage>> {
  const { client, slot: name = "", publication: table = "" } = job;
  const server = job.server as ServerAddress;
  const onRow = () => {};
  const copier = await COPIERS[client]!({
    ...{ server, table, name, onRow, load, library, part },
  });
  // The cost of reading ahead between two turns counts towards the turn that gets the rows.
  let before = cpuSeconds();
  return async (turn) => {
    if (turn.kind !== "copy") return usage();
    const startedAt = performance.now();
    const rows = await copier.take(turn.rows, turn.after);
    const seconds = (performance.now() - startedAt) / 1000;
    const now = cpuSeconds();
    const slice = { rows, seconds, cpuSeconds: now - before };
    before = now;
    return slice;
  };
}
