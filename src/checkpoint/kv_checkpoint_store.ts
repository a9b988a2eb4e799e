import { CheckpointConflictError } from "../errors.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import type { Checkpoint, CheckpointStore } from "../preflight/checkpoint.ts";
import { formatCheckpoint, parseCheckpoint } from "./checkpoint_text.ts";
import { conflict, type KeptPosition, mayReplace } from "./fence.ts";
import type { KvAtomic, KvDatabase } from "./kv_database.ts";

/** The size of a part: a value has at most 64 KiB. */
const PART_BYTES = 60_000;
/** The size of all parts: an atomic operation has at most 819,200 bytes, with its keys. */
const MAX_BYTES = 800_000;
/** How often to retry if another process writes at the same time. */
const ATTEMPTS = 10;

/** The value of the store's key; the parts of the JSON are stored under keys below it. */
interface Header extends KeptPosition {
  readonly parts: number;
  readonly versionstamp: string | null;
}

/**
 * Stores a checkpoint in Deno KV, under the keys `["walbrook", consumer, …]`, in one atomic
 * operation. Deno KV limits that to 800 KiB, which the progress of a copy exceeds only with
 * tens of thousands of tables, or of rows whose keys change while they are copied.
 *
 * A consumer whose data is in the same database can write both in one operation with
 * {@linkcode KvCheckpointStore.saveIn}: then no crash and no pause repeats anything.
 * Otherwise, everything processed since the last checkpoint is delivered again after a crash.
 *
 * @example
 * ```ts ignore
 * import { KvCheckpointStore } from "@walbrook/walbrook/checkpoint";
 *
 * const kv = await Deno.openKv();
 * const checkpoint = new KvCheckpointStore(kv, "search_indexer");
 * // subscribe({ checkpoint, snapshot: "initial", … })
 * ```
 */
export class KvCheckpointStore implements CheckpointStore {
  readonly #kv: KvDatabase;
  readonly #consumer: string;
  readonly #writers: string[] = [crypto.randomUUID()];
  // The highest position that this process has found or written.
  #own: Lsn = INVALID_LSN;
  #isKeptWithData = false;

  /**
   * Creates a store; does not read or write anything yet.
   *
   * @param kv The database.
   * @param consumer The name of the consumer.
   */
  constructor(kv: KvDatabase, consumer: string) {
    this.#kv = kv;
    this.#consumer = consumer;
  }

  /**
   * Loads the checkpoint.
   *
   * @throws {CheckpointConflictError} If another process keeps storing it.
   */
  async load(): Promise<Checkpoint | null> {
    for (let attempt = 1;; attempt++) {
      const header = await this.#header();
      if (header === null) return null;
      const parts = await Promise.all(
        Array.from(
          { length: header.parts },
          (_, i) => this.#kv.get(this.#key(i)),
        ),
      );
      // Another process may have written in the meantime.
      const isSame = (await this.#header())?.versionstamp ===
        header.versionstamp;
      if (!isSame && attempt === ATTEMPTS) throw busy(this.#consumer);
      if (!isSame) continue;
      this.#own = header.lsn;
      this.#writers[1] = header.writer;
      return parseCheckpoint(textOf(parts.map(({ value }) => value)));
    }
  }

  /**
   * Stores a checkpoint, unless the consumer has stored the same position or a higher one with
   * its data.
   *
   * @throws {CheckpointConflictError} If another process has stored the same or a later
   * position.
   * @throws {RangeError} If it has more than 800,000 bytes as JSON.
   */
  async save(checkpoint: Checkpoint): Promise<void> {
    for (let attempt = 1;; attempt++) {
      const isOlder = checkpoint.lsn < this.#own ||
        (this.#isKeptWithData && checkpoint.lsn === this.#own);
      if (isOlder) return;
      const atomic = this.#kv.atomic();
      await this.#add(atomic, checkpoint);
      const { ok } = await atomic.commit();
      if (ok) break;
      if (attempt === ATTEMPTS) throw conflict(this.#consumer, checkpoint.lsn);
    }
    if (checkpoint.lsn > this.#own) this.#own = checkpoint.lsn;
  }

  /**
   * Adds a checkpoint to your own atomic operation, which writes the data that belongs to it.
   * If the result of its `commit()` is not `ok`, another process has written in between, or
   * one of your own checks has failed.
   *
   * @param atomic The operation.
   * @param checkpoint Created by `subscription.checkpointAfter()`.
   * @throws {CheckpointConflictError} If another process has stored the same or a later
   * position, and therefore the data too.
   * @throws {RangeError} If it has more than 800,000 bytes as JSON.
   */
  async saveIn(atomic: KvAtomic, checkpoint: Checkpoint): Promise<void> {
    await this.#add(atomic, checkpoint);
    this.#isKeptWithData = true;
    this.#own = checkpoint.lsn;
  }

  async #add(atomic: KvAtomic, checkpoint: Checkpoint): Promise<void> {
    const { lsn } = checkpoint;
    const before = await this.#header();
    if (!mayReplace(before, lsn, this.#writers)) {
      throw conflict(this.#consumer, lsn);
    }
    const versionstamp = before?.versionstamp ?? null;
    atomic.check({ key: this.#key(), versionstamp });
    const bytes = new TextEncoder().encode(formatCheckpoint(checkpoint));
    if (bytes.length > MAX_BYTES) throw tooLarge(this.#consumer, bytes.length);
    const parts = Math.ceil(bytes.length / PART_BYTES);
    for (let i = 0; i < parts; i++) {
      const part = bytes.slice(i * PART_BYTES, (i + 1) * PART_BYTES);
      atomic.set(this.#key(i), part);
    }
    for (let i = parts; i < (before?.parts ?? 0); i++) {
      atomic.delete(this.#key(i));
    }
    const writer = this.#writers[0]!;
    atomic.set(this.#key(), { lsn: String(lsn), writer, parts });
  }

  async #header(): Promise<Header | null> {
    const { value, versionstamp } = await this.#kv.get(this.#key());
    if (value === null) return null;
    const { lsn, writer, parts } = value as Record<string, unknown>;
    return {
      lsn: BigInt(String(lsn)) as Lsn,
      writer: String(writer),
      parts: Number(parts),
      versionstamp,
    };
  }

  #key(part?: number): readonly (string | number)[] {
    const key = ["walbrook", this.#consumer];
    return part === undefined ? key : [...key, part];
  }
}

function busy(consumer: string): CheckpointConflictError {
  return new CheckpointConflictError(
    `Cannot load the position of "${consumer}": another process keeps storing it; stop one of the two`,
  );
}

function tooLarge(consumer: string, bytes: number): RangeError {
  return new RangeError(
    `Cannot store the checkpoint of "${consumer}" in Deno KV: with the progress of its copies it has ${bytes} bytes, and Deno KV stores at most ${MAX_BYTES} at once; use FileCheckpointStore or PostgresCheckpointStore, or copy fewer tables at a time`,
  );
}

function textOf(parts: readonly unknown[]): string {
  const decoder = new TextDecoder();
  const texts = parts.map((part) =>
    decoder.decode(part as Uint8Array, { stream: true })
  );
  return texts.join("") + decoder.decode();
}
