/** A key of Deno KV. */
export type KvKey = readonly (string | number)[];

/** An entry of Deno KV: a part of `Deno.KvEntryMaybe`. */
export interface KvEntry {
  /** The value; `null` where there is none. */
  readonly value: unknown;
  /** The version; `null` where there is no value. */
  readonly versionstamp: string | null;
}

/** Writes that succeed or fail together: a part of `Deno.AtomicOperation`. */
export interface KvAtomic {
  /** Has all fail unless a key is at a version. */
  check(
    entry: { readonly key: KvKey; readonly versionstamp: string | null },
  ): KvAtomic;
  /** Sets a value. */
  set(key: KvKey, value: unknown): KvAtomic;
  /** Removes a value. */
  delete(key: KvKey): KvAtomic;
  /** Writes all, unless a check fails. */
  commit(): Promise<{ readonly ok: boolean }>;
}

/** What is used of a `Deno.Kv`, whose types are there only with `--unstable-kv`. */
export interface KvDatabase {
  /** Reads a value. */
  get(key: KvKey): Promise<KvEntry>;
  /** Begins writes that succeed or fail together. */
  atomic(): KvAtomic;
}
