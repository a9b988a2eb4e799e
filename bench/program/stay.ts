import { RowCounter } from "../clients/client.ts";
import type { CollectTurn, OpenTurn, ServerAddress, Turn } from "./job.ts";
import type { Parts } from "./parts.ts";
import { usage } from "./resources.ts";

/** The rows that have arrived since the last turn. */
export interface Collected {
  /** Microseconds from the sending of each row to its arrival, in the order of arrival. */
  readonly latencies: readonly number[];
}

/** Takes turns with subscriptions that stay open. */
export function stay(
  { job, client, library, load, part }: Parts,
): (turn: Turn) => Promise<unknown> {
  const server = job.server as ServerAddress;
  let failed: Promise<never> = new Promise(() => {});
  let latencies: number[] = [];
  let arrived = 0;
  let subscriptions = 0;
  let wake: () => void = () => {};

  function onRow(row: unknown): void {
    const now = performance.timeOrigin + performance.now();
    const { sent } = row as { readonly sent: unknown };
    latencies.push(Math.round(now * 1000 - Number(sent)));
    arrived++;
    wake();
  }

  function open({ slots, publication }: OpenTurn): void {
    subscriptions += slots.length;
    const clients = slots.map(async (slot): Promise<never> => {
      const rows = new RowCounter(Infinity, { onRow });
      await client({ server, slot, publication, rows, load, library, part });
      throw new Error(`The subscription to ${slot} has ended`);
    });
    failed = Promise.race([failed, ...clients]);
    failed.catch(() => {});
  }

  async function collect({ rows }: CollectTurn): Promise<Collected> {
    while (arrived < rows * subscriptions) {
      await Promise.race([
        failed,
        new Promise<void>((resolve) => wake = resolve),
      ]);
    }
    const collected = { latencies };
    latencies = [];
    return collected;
  }

  return async (turn) => {
    if (turn.kind === "open") open(turn);
    if (turn.kind === "collect") return await collect(turn);
    return usage();
  };
}
