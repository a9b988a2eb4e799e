/** A key of Deno KV. */
export type KvKey = readonly (string | number)[];

/** An entry of Deno KV: a part of `Deno.KvEntryMaybe`. */
export interface KvEntry {
  /** The value; `null` if there is none. */
  readonly value: unknown;
  /** The version; `null` if there is no value. */
  readonly versionstamp: string | null;
}

/** Writes that succeed or fail together: a part of `Deno.AtomicOperation`. */
export interface KvAtomic {
  /** Makes the operation fail unless a key has a given version. */
  check(
    entry: { readonly key: KvKey; readonly versionstamp: string | null },
  ): KvAtomic;
  /** Sets a value. */
  set(key: KvKey, value: unknown): KvAtomic;
  /** Removes a value. */
  delete(key: KvKey): KvAtomic;
  /** Writes everything, unless a check fails. */
  commit(): Promise<{ readonly ok: boolean }>;
}

/** The part of `Deno.Kv` in use. Deno has its types only with `--unstable-kv`. */
export interface KvDatabase {
  /** Reads a value. */
  get(key: KvKey): Promise<KvEntry>;
  /** Starts an operation whose writes succeed or fail together. */
  atomic(): KvAtomic;
}
