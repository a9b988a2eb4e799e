import { MemoryServer } from "../../bench/memory_server.ts";
import type { Recording } from "../../bench/recording.ts";
import { subscribe } from "../../mod.ts";
import type { Dial } from "../../src/socket/mod.ts";
import type { View } from "../../bench/clients/walbrook.ts";
import type { Counts } from "./count_program.ts";

/** What to count the steps of. */
interface HopsJob {
  readonly slot: string;
  readonly publication: string;
  /** How to take the events. */
  readonly view: View;
}

/** How many transactions are let through, one at a time. */
const TRANSACTIONS = 20;
/** How many steps a microtask may take before the subscription is taken for stuck. */
const MOST = 10_000;
const COMMIT = 0x43; // C
const COPY_DATA = 0x64; // d
const COPY_DONE = 0x63; // c
/** Where the message of an output plugin stands in CopyData: behind XLogData's header. */
const MESSAGE_AT = 5 + 25;

/**
 * Counts steps of promises on the way of an event: how often the consumer's code would
 * have had its turn in the meantime. Each transaction arrives as one chunk, when the
 * consumer has had all before it and waits.
 */
export async function countHops(
  recording: Recording,
  { slot, publication, view }: HopsJob,
): Promise<Pick<Counts, "hopsToFirst" | "hopsToNext">> {
  const transactions = cutTransactions(recording.stream).slice(0, TRANSACTIONS);
  const socket = new SteppedSocket(recording, transactions);
  const subscription = await subscribe({
    connection: "host=memory user=postgres dbname=postgres sslmode=disable",
    dial: socket.dial,
    slot,
    publication,
  });
  const next = takeOneByOne(subscription, view);
  const firsts: number[] = [];
  const nexts: number[] = [];
  for (const _transaction of transactions) {
    const waiting = next();
    // Until nothing is left to do but to wait for the server.
    await new Promise((resolve) => setTimeout(resolve));
    const ticks = new Ticker();
    socket.step();
    let event = await waiting;
    firsts.push(ticks.stop());
    while (event !== "commit" && event !== null) {
      const ticks = new Ticker();
      event = await next();
      nexts.push(ticks.stop());
    }
  }
  await subscription.close();
  // The first transaction brings its table's description with it.
  return { hopsToFirst: least(firsts), hopsToNext: least(nexts) };
}

function least(values: readonly number[]): number {
  return values.length === 0 ? 0 : Math.min(...values);
}

type Subscription = Awaited<ReturnType<typeof subscribe>>;

// Gives the kind of each event, or null for a whole batch.
function takeOneByOne(
  subscription: Subscription,
  view: View,
): () => Promise<string | null> {
  if (view === "batches") {
    const reader = subscription.batches.getReader();
    return async () => {
      await reader.read();
      return null;
    };
  }
  const iterator = view === "readable"
    ? subscription.readable[Symbol.asyncIterator]()
    : subscription[Symbol.asyncIterator]();
  return async () => (await iterator.next()).value?.kind ?? null;
}

/** Counts microtasks, each of which is a step of a promise. */
class Ticker {
  #ticks = 0;
  #running = true;

  constructor() {
    void this.#run();
  }

  stop(): number {
    this.#running = false;
    return this.#ticks;
  }

  async #run(): Promise<void> {
    while (this.#running && this.#ticks < MOST) {
      await null;
      this.#ticks++;
    }
  }
}

/** Gives out the stream one chunk at a time. */
class SteppedSocket {
  readonly dial: Dial;
  #give: (chunk: Uint8Array) => void = () => {};
  readonly #transactions: Uint8Array[];

  constructor(recording: Recording, transactions: readonly Uint8Array[]) {
    this.#transactions = [...transactions];
    // What comes before the first transaction: CopyBothResponse.
    const opening = recording.stream.subarray(0, startOf(recording.stream));
    const server = new MemoryServer(
      { ...recording, stream: opening },
      () => {},
    );
    let end: () => void = () => {};
    let connections = 0;
    this.dial = () => {
      if (connections++ > 0) return Promise.reject(new Error("One is enough"));
      return Promise.resolve({
        readable: new ReadableStream<Uint8Array>({
          start: (controller) => {
            this.#give = (chunk) => controller.enqueue(chunk);
            end = () => controller.close();
          },
        }, { highWaterMark: 0 }),
        writable: new WritableStream<Uint8Array>({
          write: (bytes) => {
            if (bytes[0] === COPY_DONE) return end();
            for (const piece of server.push(bytes)) {
              this.#give(new Uint8Array(piece));
            }
          },
        }),
        startTls: () => Promise.reject(new TypeError("No TLS in memory")),
        close: () => Promise.resolve(),
      });
    };
  }

  step(): void {
    this.#give(this.#transactions.shift()!);
  }
}

function startOf(stream: Uint8Array): number {
  return new DataView(stream.buffer, stream.byteOffset).getInt32(1) + 1;
}

// Each ends with the message of its commit.
function cutTransactions(stream: Uint8Array): Uint8Array[] {
  const view = new DataView(stream.buffer, stream.byteOffset);
  const found: Uint8Array[] = [];
  let start = startOf(stream);
  for (let at = start; at < stream.length;) {
    const end = at + 1 + view.getInt32(at + 1);
    const isCommit = stream[at] === COPY_DATA && end - at > MESSAGE_AT &&
      stream[at + MESSAGE_AT] === COMMIT;
    if (isCommit) {
      found.push(stream.slice(start, end));
      start = end;
    }
    at = end;
  }
  return found;
}
