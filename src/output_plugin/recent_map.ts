/**
 * A map of bounded size that keeps the entries in use. It has two generations: when the young
 * one is full, it becomes the old one, and what remains of the previous old one is dropped.
 */
export class RecentMap<K, V> {
  readonly #capacity: number;
  readonly #sizeOf: (value: V) => number;
  #young = new Map<K, V>();
  #old = new Map<K, V>();
  #youngSize = 0;

  /**
   * @param capacity The size of a generation.
   * @param sizeOf Measures an entry.
   */
  constructor(capacity: number, sizeOf: (value: V) => number) {
    this.#capacity = capacity;
    this.#sizeOf = sizeOf;
  }

  /** The number of entries. */
  get count(): number {
    return this.#young.size + this.#old.size;
  }

  /** Returns an entry, which counts as used. */
  get(key: K): V | undefined {
    const value = this.#young.get(key);
    if (value !== undefined) return value;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  /** Adds or replaces an entry. */
  set(key: K, value: V): void {
    this.#old.delete(key);
    const replaced = this.#young.get(key);
    if (replaced !== undefined) this.#youngSize -= this.#sizeOf(replaced);
    this.#young.set(key, value);
    this.#youngSize += this.#sizeOf(value);
    if (this.#youngSize <= this.#capacity) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngSize = 0;
  }

  /** Drops everything. */
  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngSize = 0;
  }
}
