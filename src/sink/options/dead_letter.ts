import type { ReplicationEvent } from "../../events/event.ts";

/** A change that could not be delivered, or that follows one with the same key. */
export interface DeadLetter {
  /** The destination's name. */
  readonly destination: string;
  /** The delivery's id. */
  readonly id: string;
  /** The keys that it affects: two for an update that changed the key. */
  readonly keys: readonly string[];
  /** The change. */
  readonly event: ReplicationEvent;
  /** Whether it was rejected itself, or follows a rejected change of its key. */
  readonly reason: "refused" | "behind";
  /** The destination's error, for people; for a change that follows one, a note of that. */
  readonly error: string;
  /** The number of attempts. */
  readonly attempts: number;
  /** When delivery was given up, in milliseconds since 1970-01-01 UTC. */
  readonly time: number;
}

/**
 * Stores dead letters, so that the stream can continue and nothing is lost. One
 * implementation is `fileDeadLetters()` of `@walbrook/walbrook/files`.
 *
 * @example
 * ```ts
 * import { memoryDeadLetters } from "@walbrook/walbrook/sink";
 *
 * const store = memoryDeadLetters(); // for as long as the process lives
 * for await (const letter of store.read()) console.log(letter.id);
 * ```
 */
export interface DeadLetterStore {
  /**
   * Stores letters. They must be durable once it resolves: then they are acknowledged.
   *
   * @param letters The letters, in the order in which they came.
   */
  keep(letters: readonly DeadLetter[]): Promise<void>;
  /** Returns the stored letters that were not released, in the order in which they came. */
  read(): AsyncIterable<DeadLetter>;
  /**
   * Deletes the letters of a destination that affect one of these keys.
   *
   * @param destination The destination's name.
   * @param keys The keys, as {@linkcode DeadLetter.keys} has them.
   */
  release(destination: string, keys: readonly string[]): Promise<void>;
}

/**
 * Stores dead letters in memory: for tests, and for programs that examine them while they
 * run. A crash loses them.
 *
 * @example
 * ```ts
 * import { memoryDeadLetters } from "@walbrook/walbrook/sink";
 * import { assertEquals } from "@std/assert";
 *
 * const store = memoryDeadLetters();
 * assertEquals(store.letters, []);
 * ```
 *
 * @returns The store; `letters` are the stored ones.
 */
export function memoryDeadLetters(): MemoryDeadLetters {
  let letters: readonly DeadLetter[] = [];
  return {
    get letters() {
      return letters;
    },
    keep(more) {
      letters = [...letters, ...more];
      return Promise.resolve();
    },
    async *read() {
      yield* letters;
    },
    release(destination, keys) {
      letters = letters.filter((letter) =>
        letter.destination !== destination ||
        !letter.keys.some((key) => keys.includes(key))
      );
      return Promise.resolve();
    },
  };
}

/** Dead letters in memory. */
export interface MemoryDeadLetters extends DeadLetterStore {
  /** The letters that were stored and not released. */
  readonly letters: readonly DeadLetter[];
}
