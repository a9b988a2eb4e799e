/**
 * Runs one instance of a consumer, in its own process, until SIGTERM. It prints a line when it
 * receives its first row, and a summary at the end.
 *
 * @module
 */
import { subscribe } from "@walbrook/walbrook";

/** The line that an instance prints when it delivers its first row. */
export interface FirstRow {
  /** The time of that row, in milliseconds since 1970. */
  readonly firstAt: number;
}

/** The line that an instance prints at the end. */
export interface InstanceResult {
  /** The numbers of the first and the last row that it received from each writer. */
  readonly rows: readonly {
    readonly writer: number;
    readonly from: number;
    readonly to: number;
  }[];
  /** The number of rows that did not directly follow the previous row of their writer. */
  readonly wrong: number;
  /** The time of its last row, in milliseconds since 1970. */
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
  // Closing reports the position, and releases the slot for the next instance.
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
