/**
 * Keys that belong together: an update that changes a key ties two of them, and what comes
 * later for either has to wait for it.
 */
export class KeyGroups {
  // Each key with its whole group, which all of its keys share.
  readonly #groups = new Map<string, readonly string[]>();

  /** Whether there is none. */
  get isEmpty(): boolean {
    return this.#groups.size === 0;
  }

  /** How many keys there are. */
  get size(): number {
    return this.#groups.size;
  }

  /** All keys. */
  get keys(): readonly string[] {
    return [...this.#groups.keys()];
  }

  /** Whether a key is there. */
  has(key: string): boolean {
    return this.#groups.has(key);
  }

  /** The keys that belong to one, itself included. */
  groupOf(key: string): readonly string[] {
    return this.#groups.get(key) ?? [key];
  }

  /** Adds keys, as one group with those that they belong to already. */
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
