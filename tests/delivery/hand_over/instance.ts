/**
 * One instance of a consumer, in a process of its own, until SIGTERM. It prints a line when it
 * has its first row, and what it had at the end.
 *
 * @module
 */
import { subscribe } from "@walbrook/walbrook";

/** What an instance prints when it delivers its first row. */
export interface FirstRow {
  /** When, in milliseconds since 1970. */
  readonly firstAt: number;
}

/** What an instance prints at the end. */
export interface InstanceResult {
  /** The rows of each writer that it has: from which to which number. */
  readonly rows: readonly {
    readonly writer: number;
    readonly from: number;
    readonly to: number;
  }[];
  /** Rows that did not follow the one before, from their writer. */
  readonly wrong: number;
  /** When it had its last row, in milliseconds since 1970. */
  readonly lastAt: number;
}

async function main(): Promise<void> {
  const say = (value: unknown) => console.log(JSON.stringify(value));
  const rows = new Map<number, { from: number; to: number }>();
  let [wrong, lastAt] = [0, 0];
  await using subscription = await subscribe({
    connection: Deno.env.get("CONNECTION")!,
    slot: { name: "s", create: true, wait: true },
    publication: "p",
  });
  // Reports its position, and lets the next instance have the slot.
  Deno.addSignalListener("SIGTERM", () => void subscription.close());
  for await (const event of subscription) {
    if (event.kind !== "insert") continue;
    if (lastAt === 0) say({ firstAt: Date.now() } satisfies FirstRow);
    lastAt = Date.now();
    const writer = Number(event.newRow["writer"]);
    const n = Number(event.newRow["n"]);
    const known = rows.get(writer);
    if (known === undefined) rows.set(writer, { from: n, to: n });
    else {
      if (n !== known.to + 1) wrong++;
      known.to = n;
    }
  }
  say(
    {
      rows: Array.from(rows, ([writer, range]) => ({ writer, ...range })),
      ...{ wrong, lastAt },
    } satisfies InstanceResult,
  );
  // The listener of the signal would keep the process alive.
  Deno.exit();
}

if (import.meta.main) await main();
