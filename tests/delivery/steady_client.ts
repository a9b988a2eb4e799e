/**
 * A process that follows a slot for a while and says what memory it holds. To be run with
 * `--v8-flags=--expose-gc`.
 *
 * Arguments: the server's URL, the slot, for how many milliseconds, and how many times to
 * look.
 */
import { subscribe } from "@walbrook/walbrook";

/** What is held at one moment. */
export interface Sample {
  /** How many changes have come so far. */
  readonly changes: number;
  /** The heap after garbage collection, in bytes. */
  readonly heap: number;
  /** The process's memory, in bytes. */
  readonly rss: number;
}

if (import.meta.main) {
  const [url = "", slot = "", duration = "", times = ""] = Deno.args;
  const samples: Sample[] = [];
  let changes = 0;
  const step = Number(duration) / Number(times);
  let next = performance.now() + step;
  await using subscription = await subscribe({
    connection: url,
    slot,
    publication: "delivery",
  });
  for await (const event of subscription) {
    if ("relation" in event && event.kind !== "relation") changes++;
    if (performance.now() < next) continue;
    (globalThis as unknown as { gc(): void }).gc();
    const { heapUsed: heap, rss } = Deno.memoryUsage();
    samples.push({ changes, heap, rss });
    if (samples.length === Number(times)) break;
    next += step;
  }
  console.log(JSON.stringify(samples));
}
