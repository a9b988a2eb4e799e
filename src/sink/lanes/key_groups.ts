/**
 * Groups of keys: an update that changes a key joins two keys, and later deliveries for
 * either one must wait for it.
 */
export class KeyGroups {
  // Each key with its group, an object that all keys of the group share.
  readonly #groups = new Map<string, readonly string[]>();

  /** Whether there are no keys. */
  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** The number of keys. */
  get size(): number {
    return this.#groups.size;
  }

  /** All keys. */
  get keys(): readonly string[] {
    return [...this.#groups.keys()];
  }

  /** Whether it contains a key. */
  has(key: string): boolean {
    return this.#groups.has(key);
  }

  /** Returns the keys of a key's group, including the key itself. */
  groupOf(key: string): readonly string[] {
    return this.#groups.get(key) ?? [key];
  }

  /** Adds keys as one group, merged with the groups that they belong to already. */
  add(keys: readonly string[]): void {
    if (keys.every((key) => this.#groups.get(key)?.includes(keys[0]!))) return;
    const all = [...new Set(keys.flatMap((key) => this.groupOf(key)))];
    for (const key of all) this.#groups.set(key, all);
  }

  /** Removes keys. */
  remove(keys: readonly string[]): void {
    for (const key of keys) this.#groups.delete(key);
  }
}
