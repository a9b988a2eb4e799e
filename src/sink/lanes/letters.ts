import type { ReplicationEvent } from "../../events/event.ts";
import type { DeadLetter } from "../options/dead_letter.ts";
import type { RouteSettings } from "../options/settings.ts";
import type { Item } from "./item.ts";

/** A delivery that is given up. */
export interface Rejected {
  /** The delivery. */
  readonly item: Item;
  /** Whether it was rejected itself, or follows a rejected one. */
  readonly reason: DeadLetter["reason"];
  /** The destination's error, for people. */
  readonly error: string;
}

/** The dead letters of one destination, in a store that may hold those of others too. */
export class Letters {
  readonly #settings: RouteSettings;

  /** @param settings The route. Without a store there are no letters. */
  constructor(settings: RouteSettings) {
    this.#settings = settings;
  }

  /** Returns all letters, in the order in which they were stored. */
  async *read(): AsyncGenerator<DeadLetter> {
    const { store, destination: { name } } = this.#settings;
    for await (const letter of store?.read() ?? []) {
      if (letter.destination === name) yield letter;
    }
  }

  /** Returns the letters that affect one of these keys. */
  async lettersOf(keys: readonly string[]): Promise<DeadLetter[]> {
    const letters: DeadLetter[] = [];
    for await (const letter of this.read()) {
      if (letter.keys.some((one) => keys.includes(one))) letters.push(letter);
    }
    return letters;
  }

  /** Stores deliveries. They are durable once it resolves. */
  async keep(rejected: readonly Rejected[]): Promise<void> {
    await this.#settings.store?.keep(
      rejected.map((one) => this.#letterOf(one)),
    );
  }

  /** Deletes the letters that affect one of these keys. */
  async release(keys: readonly string[]): Promise<void> {
    const { store, destination: { name } } = this.#settings;
    await store?.release(name, keys);
  }

  #letterOf({ item, reason, error }: Rejected): DeadLetter {
    return {
      destination: this.#settings.destination.name,
      id: item.id,
      keys: keysOf(item),
      event: item.event as ReplicationEvent,
      reason,
      error,
      attempts: attemptsOf(item, reason),
      time: Date.now(),
    };
  }
}

/** Returns the keys that a delivery affects. */
export function keysOf({ key, previousKey }: Item): string[] {
  return [key, previousKey].filter((one) => one !== null);
}

/**
 * Returns how often a delivery was tried. A permanent rejection was not counted as a failure
 * to retry.
 */
export function attemptsOf(
  { failures }: Item,
  reason: DeadLetter["reason"],
): number {
  return reason === "refused" ? Math.max(1, failures) : failures;
}
