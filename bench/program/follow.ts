import { RowCounter } from "../clients/client.ts";
import type { Slice } from "../harness/slice.ts";
import type { ServerAddress, Turn, Usage } from "./job.ts";
import type { Parts } from "./parts.ts";
import { usage } from "./resources.ts";

/** Takes turns in which a client follows a slot of a real server. */
export function follow(
  { job, client, library, load, part }: Parts,
): (turn: Turn) => Promise<Slice | Usage> {
  const server = job.server as ServerAddress;
  return async (turn) => {
    if (turn.kind !== "follow") return usage();
    const { slot, publication, leadIn } = turn;
    const rows = new RowCounter(turn.rows, { leadIn });
    await client({ server, slot, publication, rows, load, library, part });
    const { measured, seconds, cpuSeconds } = rows;
    return { rows: measured, seconds, cpuSeconds };
  };
}
