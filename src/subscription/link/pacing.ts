/** What a read brought. */
export interface ReadOutcome {
  /** How many whole messages. */
  readonly messages: number;
  /** How many bytes, about. */
  readonly bytes: number;
  /** When, in milliseconds by any steady clock. */
  readonly at: number;
}

// So many reads in so short a time are those of a client that is behind, or about to be.
const READS = 32;
const WITHIN_MS = 3;
// What a pause has to bring at least to be worth another.
const FEW_MESSAGES = 16;
// So many take long enough to deliver for as many to gather in the meantime.
const MANY_MESSAGES = 40;
// After such a read there may be more that is ready.
const LARGE_READ = 48 * 1024;

/**
 * Decides when to let bytes gather before the next read.
 *
 * A server that decodes its log as fast as it can sends each row by itself, and pays for
 * each one that finds the client waiting: it has to be woken. If the client reads less
 * often, the same rows come sooner, for a part of the work on both sides. A stream that is
 * not behind is never made to wait: a pause is due only after many reads back to back,
 * and no more once a pause brings few messages.
 */
export class Pacing {
  #isGathering = false;
  #reads = 0;
  #since = 0;

  /** Takes what a read brought, and says whether to pause before the next one. */
  pauseAfter({ messages, bytes, at }: ReadOutcome): boolean {
    if (this.#isGathering) {
      this.#isGathering = messages >= FEW_MESSAGES;
      this.#restart(at);
      return this.#isGathering && messages < MANY_MESSAGES &&
        bytes < LARGE_READ;
    }
    if (at - this.#since > WITHIN_MS) this.#restart(at);
    this.#isGathering = ++this.#reads >= READS;
    return this.#isGathering;
  }

  #restart(at: number): void {
    this.#since = at;
    this.#reads = 0;
  }
}
