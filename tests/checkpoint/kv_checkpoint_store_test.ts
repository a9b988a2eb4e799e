import { assertEquals, assertRejects } from "@std/assert";
import {
  type Checkpoint,
  CheckpointConflictError,
  type Lsn,
} from "@walbrook/walbrook";
import {
  KvCheckpointStore,
  type KvDatabase,
} from "@walbrook/walbrook/checkpoint";

/** Deno KV in memory, with its limit for a value and its versions. */
function memoryKv(): KvDatabase & { readonly values: Map<string, unknown> } {
  const values = new Map<string, unknown>();
  const versions = new Map<string, string>();
  let last = 0;
  const keyOf = (key: readonly unknown[]) => JSON.stringify(key);
  return {
    values,
    get: (key) =>
      Promise.resolve({
        value: values.get(keyOf(key)) ?? null,
        versionstamp: versions.get(keyOf(key)) ?? null,
      }),
    atomic() {
      const checks: (() => boolean)[] = [];
      const writes: (() => void)[] = [];
      return {
        check({ key, versionstamp }) {
          checks.push(() =>
            (versions.get(keyOf(key)) ?? null) === versionstamp
          );
          return this;
        },
        set(key, value) {
          if (value instanceof Uint8Array && value.length > 65_536) {
            throw new TypeError("Value too large (max 65536 bytes)");
          }
          writes.push(() => {
            values.set(keyOf(key), value);
            versions.set(keyOf(key), `${++last}`);
          });
          return this;
        },
        delete(key) {
          writes.push(() => {
            values.delete(keyOf(key));
            versions.delete(keyOf(key));
          });
          return this;
        },
        commit() {
          const ok = checks.every((check) => check());
          if (ok) { for (const write of writes) write(); }
          return Promise.resolve({ ok });
        },
      };
    },
  };
}

function at(lsn: bigint, tables = 0): Checkpoint {
  const position = { lsn: lsn as Lsn, systemId: "7", timeline: 1 };
  if (tables === 0) return position;
  const done = Array.from({ length: tables }, (_, i) => 16_384 + i);
  const snapshot = { version: 1, initialized: true, done, tables: {} } as const;
  return { ...position, snapshot };
}

Deno.test("KvCheckpointStore stores what is larger than a value may be", async () => {
  const kv = memoryKv();
  const store = new KvCheckpointStore(kv, "c");
  assertEquals(await store.load(), null);
  for (const tables of [1, 30_000, 20_000, 0]) {
    await store.save(at(10n, tables));
    assertEquals(
      await new KvCheckpointStore(kv, "c").load(),
      at(10n, tables),
    );
  }
  // The header, and one part.
  assertEquals(kv.values.size, 2);
  assertEquals(await new KvCheckpointStore(kv, "d").load(), null);
});

Deno.test("KvCheckpointStore never goes back, and refuses a process that was overtaken", async () => {
  const kv = memoryKv();
  const paused = new KvCheckpointStore(kv, "c");
  const heir = new KvCheckpointStore(kv, "c");
  await paused.save(at(10n));
  assertEquals(await heir.load(), at(10n));
  await heir.save(at(30n));
  await assertRejects(() => paused.save(at(20n)), CheckpointConflictError);
  await heir.save(at(20n));
  assertEquals(await heir.load(), at(30n));
});

Deno.test("KvCheckpointStore writes data and position at once, or neither", async () => {
  const kv = memoryKv();
  const paused = new KvCheckpointStore(kv, "c");
  const heir = new KvCheckpointStore(kv, "c");
  const write = async (store: KvCheckpointStore, who: string, lsn: bigint) => {
    const atomic = kv.atomic().set(["effect", `${lsn}`], who);
    await store.saveIn(atomic, at(lsn, Number(lsn)));
    return (await atomic.commit()).ok;
  };
  assertEquals(await paused.load(), null);
  assertEquals(await write(paused, "paused", 10n), true);
  // Two chunks of a copy at one position.
  assertEquals(await write(paused, "paused", 10n), true);
  assertEquals(await heir.load(), at(10n, 10));
  const late = kv.atomic().set(["effect", "20"], "paused");
  await paused.saveIn(late, at(20n));
  assertEquals(await write(heir, "heir", 20n), true);
  // It was overtaken between the two.
  assertEquals((await late.commit()).ok, false);
  await assertRejects(
    () => write(paused, "paused", 20n),
    CheckpointConflictError,
  );
  assertEquals(kv.values.get('["effect","20"]'), "heir");
  // The subscription comes later with what was acknowledged.
  await heir.save(at(20n));
  await heir.save(at(15n));
  assertEquals(await heir.load(), at(20n, 20));
});

Deno.test("KvCheckpointStore never puts the parts of two checkpoints together", async () => {
  const kv = memoryKv();
  const other = new KvCheckpointStore(kv, "c");
  await other.save(at(1n, 20_000));
  let reads = 0;
  let position = 1;
  // Another process writes between the header and the parts, the first times or always.
  const interrupted = (times: number) =>
    new KvCheckpointStore({
      ...kv,
      async get(key) {
        const found = await kv.get(key);
        if (key.length === 2 && ++reads <= 2 * times) {
          await other.save(at(BigInt(++position), 20_001 - position));
        }
        return found;
      },
    }, "c");
  const loaded = await interrupted(3).load();
  const done = loaded?.snapshot?.done.length;
  assertEquals(done, 20_001 - Number(loaded?.lsn));
  reads = 0;
  await assertRejects(
    () => interrupted(Infinity).load(),
    CheckpointConflictError,
    "keeps storing it",
  );
});

Deno.test("KvCheckpointStore stores in Deno KV whatever fits, and says of the rest that it does not", async () => {
  const script = new URL("real_kv.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", "--unstable-kv", script],
  }).output();
  const [text, problems] = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  );
  assertEquals(code, 0, problems);
  assertEquals(JSON.parse(text!), [
    ...["200: true", "65536: true", "65537: true", "800000: true"],
    `800001: Cannot store the checkpoint of "${
      "c".repeat(200)
    }" in Deno KV: with the progress of its copies it has 800001 bytes, and Deno KV stores at most 800000 at once; use FileCheckpointStore or PostgresCheckpointStore, or copy fewer tables at a time`,
    ...["700000: true", "200: true"],
  ]);
});
