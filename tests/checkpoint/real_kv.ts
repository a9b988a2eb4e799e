/** Stores checkpoints of several sizes in a Deno KV in memory, and prints what became of each. */
import { type Checkpoint, toLsn } from "@walbrook/walbrook";
import {
  formatCheckpoint,
  KvCheckpointStore,
  type KvDatabase,
} from "@walbrook/walbrook/checkpoint";

/** A checkpoint of this size as JSON. */
function ofSize(bytes: number, lsn: bigint): Checkpoint {
  const position = { lsn: toLsn(lsn), systemId: "7", timeline: 1 };
  const snapshot = { version: 1, initialized: true, done: [], tables: {} };
  const withRoom = { ...position, snapshot: { ...snapshot, room: "" } };
  const own = formatCheckpoint(withRoom as Checkpoint).length;
  const room = "x".repeat(bytes - own);
  return { ...position, snapshot: { ...snapshot, room } } as Checkpoint;
}

const { Deno: { openKv } } = globalThis as unknown as {
  readonly Deno: {
    readonly openKv: (path: string) => Promise<KvDatabase & Disposable>;
  };
};
using kv = await openKv(":memory:");
// As long as a name is likely to be: keys count, too.
const store = new KvCheckpointStore(kv, "c".repeat(200));
const outcomes: string[] = [];
let lsn = 0n;
for (const bytes of [200, 65_536, 65_537, 800_000, 800_001, 700_000, 200]) {
  const stored = ofSize(bytes, ++lsn);
  try {
    await store.save(stored);
    const loaded = await store.load();
    const isSame = loaded !== null &&
      formatCheckpoint(loaded) === formatCheckpoint(stored);
    outcomes.push(`${bytes}: ${isSame}`);
  } catch (error) {
    outcomes.push(`${bytes}: ${(error as Error).message}`);
  }
}
console.log(JSON.stringify(outcomes));
