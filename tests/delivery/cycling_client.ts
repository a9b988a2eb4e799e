/**
 * A process that opens and closes subscriptions in all ways, and says what is left of
 * that. To be run with `--v8-flags=--expose-gc`.
 *
 * Arguments: the server's URL, the slot, and how many times.
 */
import { subscribe, type Subscription } from "@walbrook/walbrook";

/** What is open and what is alive. */
export interface Holdings {
  /** Open files and sockets of the process; 0 where the system can't tell. */
  readonly descriptors: number;
  /** The heap, in bytes, after garbage collection. */
  readonly heap: number;
}

const WARM_UP = 20;

const WAYS: readonly ((subscription: Subscription) => Promise<void>)[] = [
  (subscription) => subscription.close(),
  async (subscription) => {
    for await (const event of subscription) if (event.kind === "insert") break;
  },
  (subscription) => subscription.readable.cancel(),
  async (subscription) => {
    const reader = subscription.batches.getReader();
    const reading = reader.read();
    await subscription.close();
    await reading;
  },
];

async function cycle(
  url: string,
  slot: string,
  index: number,
): Promise<void> {
  const controller = new AbortController();
  const subscription = await subscribe({
    connection: url,
    slot,
    publication: "items",
    acknowledge: "manual",
    signal: controller.signal,
  });
  const way = WAYS[index % (WAYS.length + 1)];
  if (way !== undefined) return await way(subscription);
  const reading = subscription[Symbol.asyncIterator]().next();
  controller.abort();
  await reading.catch(() => {});
  await subscription.close();
}

async function holdings(): Promise<Holdings> {
  // What was closed a moment ago is let go of in the turns after.
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    (globalThis as unknown as { gc(): void }).gc();
  }
  return { descriptors: descriptors(), heap: Deno.memoryUsage().heapUsed };
}

function descriptors(): number {
  try {
    return [...Deno.readDirSync("/proc/self/fd")].length;
  } catch {
    return 0;
  }
}

if (import.meta.main) {
  const [url = "", slot = "", times = "0"] = Deno.args;
  for (let i = 0; i < WARM_UP; i++) await cycle(url, slot, i);
  const before = await holdings();
  for (let i = 0; i < Number(times); i++) await cycle(url, slot, i);
  console.log(JSON.stringify({ before, after: await holdings() }));
}
