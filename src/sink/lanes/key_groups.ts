import type { DeadLetter } from "../options/dead_letter.ts";

/** A key that has dead letters. */
export interface ParkedKey {
  /** The key, as `keyText()` writes it. */
  readonly key: string;
  /** How many of its changes wait among the dead letters. */
  readonly changes: number;
  /** When the first of them was rejected, in milliseconds since 1970-01-01 UTC. */
  readonly since: number;
  /** The destination's error for the rejected one, for people. */
  readonly error: string;
}

/** What is known of a letter when it is parked. */
export type ParkedLetter = Pick<DeadLetter, "reason" | "error" | "time">;

/**
 * Groups of keys: an update that changes a key joins two keys, and later deliveries for
 * either one must wait for it.
 */
export class KeyGroups {
  readonly #keys = new Map<string, Member>();

  /** Whether there are no keys. */
  get isEmpty(): boolean {
    return this.#keys.size === 0;
  }

  /** The number of keys. */
  get size(): number {
    return this.#keys.size;
  }

  /** All keys. */
  get keys(): readonly string[] {
    return [...this.#keys.keys()];
  }

  /** All keys, and what waits behind them. */
  get parked(): readonly ParkedKey[] {
    return [...this.#keys.values()].map(({ parked }) => parked);
  }

  /** Whether it contains a key. */
  has(key: string): boolean {
    return this.#keys.has(key);
  }

  /** Returns the keys of a key's group, including the key itself. */
  groupOf(key: string): readonly string[] {
    return this.#keys.get(key)?.group ?? [key];
  }

  /** Adds the keys of a letter, as one group with those that they belong to already. */
  add(keys: readonly string[], letter: ParkedLetter): void {
    const group = [...new Set(keys.flatMap((key) => this.groupOf(key)))];
    for (const key of keys) {
      const before = this.#keys.get(key)?.parked;
      this.#keys.set(key, { group, parked: withLetter(key, before, letter) });
    }
    for (const key of group) {
      const member = this.#keys.get(key);
      if (member) this.#keys.set(key, { ...member, group });
    }
  }

  /** Removes keys. */
  remove(keys: readonly string[]): void {
    for (const key of keys) this.#keys.delete(key);
  }
}

interface Member {
  /** All keys of its group, which they share. */
  readonly group: readonly string[];
  readonly parked: ParkedKey;
}

function withLetter(
  key: string,
  before: ParkedKey | undefined,
  { reason, error, time }: ParkedLetter,
): ParkedKey {
  return {
    key,
    changes: (before?.changes ?? 0) + 1,
    since: before?.since ?? time,
    error: before === undefined || reason === "refused" ? error : before.error,
  };
}
