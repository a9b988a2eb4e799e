import type { ReplicationEvent } from "../../events/event.ts";

/** A change that could not be delivered, or that stands behind such a one. */
export interface DeadLetter {
  /** The destination's name. */
  readonly destination: string;
  /** The delivery's id. */
  readonly id: string;
  /** The keys that it concerns: two for an update that changed the key. */
  readonly keys: readonly string[];
  /** The change. */
  readonly event: ReplicationEvent;
  /** Whether it was refused itself, or its key has a letter that was. */
  readonly reason: "refused" | "behind";
  /** What the destination said, for people; of one that is behind, that it is. */
  readonly error: string;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it was given up, in milliseconds since 1970-01-01 UTC. */
  readonly time: number;
}

/**
 * Keeps dead letters, so that nothing is lost although the stream goes on. `fileDeadLetters()`
 * of `@walbrook/walbrook/files` is one.
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
  /** Keeps letters. They are durable once it resolves: only then are they acknowledged. */
  keep(letters: readonly DeadLetter[]): Promise<void>;
  /** Gives the letters that were kept and not released, in the order in which they came. */
  read(): AsyncIterable<DeadLetter>;
  /** Releases the letters of a destination that concern one of these keys. */
  release(destination: string, keys: readonly string[]): Promise<void>;
}

/**
 * Keeps dead letters in memory: for tests, and for programs that look at them while they
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
 * @returns The store; `letters` are those that it holds.
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
  /** Those that were kept and not released. */
  readonly letters: readonly DeadLetter[];
}
