/**
 * What the runtime's own streams take for each event, with nothing of the library in them:
 * by how they are read, and by how many events each pull brings. Run it by
 * `deno run bench/streams.ts`, `bun bench/streams.ts` or `node bench/streams.ts`.
 *
 * @module
 */
import { median } from "./harness/statistics.ts";

type Ready = { readonly kind: string };

const READY: readonly Ready[] = Array.from(
  { length: 3000 },
  (_, i) => ({ kind: i % 3 === 1 ? "update" : "begin" }),
);

function streamOf(events: number, perPull: number): ReadableStream<Ready> {
  let at = 0;
  return new ReadableStream<Ready>({
    pull(controller) {
      if (at === events) return controller.close();
      for (const end = at + perPull; at < end; at++) {
        controller.enqueue(READY[at % READY.length]!);
      }
    },
  }, { highWaterMark: 0 });
}

let updates = 0;

function count({ kind }: Ready): void {
  if (kind === "update") updates++;
}

const WAYS: Readonly<
  Record<string, (stream: ReadableStream<Ready>) => Promise<void>>
> = {
  "for await": async (stream) => {
    for await (const event of stream) count(event);
  },
  "getReader()": async (stream) => {
    const reader = stream.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      count(value);
    }
  },
  "pipeTo()": (stream) => stream.pipeTo(new WritableStream({ write: count })),
};

/**
 * Reads streams in each way, and gives the nanoseconds for an event.
 *
 * @param events How many events each stream has: a multiple of 3,000.
 * @param rounds How many streams to read, of which the median counts.
 */
export async function measureStreams(
  events: number,
  rounds: number,
): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [way, take] of Object.entries(WAYS)) {
    for (const perPull of [3, 3000]) {
      const times: number[] = [];
      for (let round = 0; round < rounds; round++) {
        const startedAt = performance.now();
        await take(streamOf(events, perPull));
        times.push((performance.now() - startedAt) / events * 1e6);
      }
      found[`${way}, ${perPull} events a pull`] = Math.round(median(times));
    }
  }
  return found;
}

if (import.meta.main) {
  for (const [what, ns] of Object.entries(await measureStreams(300_000, 9))) {
    console.log(`${what}: ${ns} ns an event`);
  }
}
