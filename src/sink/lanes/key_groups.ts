import type { DeadLetter } from "../options/dead_letter.ts";

/** A key that has dead letters. */
export interface ParkedKey {
  /** The key, as `keyText()` writes it. */
  readonly key: string;
  /** How many of its changes wait among the dead letters. */
  readonly changes: number;
  /** When the first of them was given up, in milliseconds since 1970-01-01 UTC. */
  readonly since: number;
  /** What the destination said of the one that it refused, for people. */
  readonly error: string;
}

/** What is known of a letter when it is parked. */
export type ParkedLetter = Pick<DeadLetter, "reason" | "error" | "time">;

/**
 * Groups of keys: an update that changes a key joins two keys, and later deliveries for
 * either one must wait for it.
 */
export class KeyGroups {
  // Each key with its group, an object that all keys of the group share.
  readonly #groups = new Map<string, readonly string[]>();
  readonly #parked = new Map<string, ParkedKey>();

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

  /** All keys, and what waits behind them. */
  get parked(): readonly ParkedKey[] {
    return [...this.#parked.values()];
  }

  /** Whether it contains a key. */
  has(key: string): boolean {
    return this.#groups.has(key);
  }

  /** Returns the keys of a key's group, including the key itself. */
  groupOf(key: string): readonly string[] {
    return this.#groups.get(key) ?? [key];
  }

  /** Adds the keys of a letter, as one group with those that they belong to already. */
  add(keys: readonly string[], letter: ParkedLetter): void {
    for (const key of keys) this.#note(key, letter);
    if (keys.every((key) => this.#groups.get(key)?.includes(keys[0]!))) return;
    const all = [...new Set(keys.flatMap((key) => this.groupOf(key)))];
    for (const key of all) this.#groups.set(key, all);
  }

  /** Removes keys. */
  remove(keys: readonly string[]): void {
    for (const key of keys) {
      this.#groups.delete(key);
      this.#parked.delete(key);
    }
  }

  #note(key: string, { reason, error, time }: ParkedLetter): void {
    const { changes = 0, since = time, error: first = error } =
      this.#parked.get(key) ?? {};
    this.#parked.set(key, {
      ...{ key, changes: changes + 1, since },
      error: reason === "refused" ? error : first,
    });
  }
}
