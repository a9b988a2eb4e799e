/**
 * What the runtime's own streams take for each event, with nothing of the library in them:
 * by how they are read, and by how many events each pull brings. Run it by
 * `deno run bench/streams.ts`, `bun bench/streams.ts` or `node bench/streams.ts`.
 *
 * @module
 */
import { median } from "./median.ts";

const EVENTS = 300_000;
const ROUNDS = 9;

type Ready = { readonly kind: string };

const READY: readonly Ready[] = Array.from(
  { length: 3000 },
  (_, i) => ({ kind: i % 3 === 1 ? "update" : "begin" }),
);

function streamOf(perPull: number): ReadableStream<Ready> {
  let at = 0;
  return new ReadableStream<Ready>({
    pull(controller) {
      if (at === EVENTS) return controller.close();
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

for (const [way, take] of Object.entries(WAYS)) {
  for (const perPull of [3, 3000]) {
    const times: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const startedAt = performance.now();
      await take(streamOf(perPull));
      times.push((performance.now() - startedAt) / EVENTS * 1e6);
    }
    const ns = Math.round(median(times));
    console.log(`${way}, ${perPull} events a pull: ${ns} ns an event`);
  }
}
