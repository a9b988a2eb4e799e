import type { ReplicationEvent } from "@walbrook/walbrook";

/**
 * Counts row changes. The last one includes the rest of its transaction, if that has no row
 * change.
 */
export class ChangeLimit {
  #left: number;
  #isReached = false;

  readonly #isCounted: (event: ReplicationEvent) => boolean;

  /**
   * @param count How many row changes to let pass.
   * @param isCounted Returns which ones count: those that are shown.
   */
  constructor(
    count: number,
    isCounted: (event: ReplicationEvent) => boolean = () => true,
  ) {
    this.#left = count;
    this.#isCounted = isCounted;
  }

  /** Whether nothing more will pass. */
  get isReached(): boolean {
    return this.#isReached;
  }

  /** Returns the events, from the first on, that still pass. */
  take(events: readonly ReplicationEvent[]): readonly ReplicationEvent[] {
    const end = events.findIndex((event) => !this.#admits(event));
    return end < 0 ? events : events.slice(0, end);
  }

  #admits(event: ReplicationEvent): boolean {
    if (this.#isReached) return false;
    if (isRowChange(event)) {
      if (!this.#isCounted(event)) return true;
      this.#isReached = this.#left === 0;
      this.#left--;
      return !this.#isReached;
    }
    if (this.#left > 0) return true;
    this.#isReached = event.kind !== "message" || event.transaction === null;
    return event.kind === "commit" || !this.#isReached;
  }
}

function isRowChange({ kind }: ReplicationEvent): boolean {
  return kind === "insert" || kind === "update" || kind === "delete" ||
    kind === "truncate";
}
