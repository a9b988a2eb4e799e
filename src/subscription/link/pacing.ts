/** The result of a read. */
export interface ReadOutcome {
  /** The number of whole messages. */
  readonly messages: number;
  /** The approximate number of bytes. */
  readonly bytes: number;
  /** The time, in milliseconds, by any steady clock. */
  readonly at: number;
}

// This many reads in this time show a client that is behind, or about to be.
const BUSY_READS = 32;
const WITHIN_MS = 3;
// The minimum that a pause must gain to be worth another.
const FEW_MESSAGES = 16;
// Delivering this many takes long enough for as many to arrive in the meantime.
const MANY_MESSAGES = 40;
// After such a read more may already be available.
const LARGE_READ_BYTES = 48 * 1024;

/**
 * Decides when to let bytes accumulate before the next read.
 *
 * A server that decodes its log at full speed sends each row separately, and pays to wake the
 * client for each one that finds it waiting. If the client reads less often, the same rows
 * arrive sooner with less work on both sides. A stream that is not behind never waits: a
 * pause is due only after many reads in quick succession, and no more once a pause gains few
 * messages.
 */
export class Pacing {
  #isGathering = false;
  #reads = 0;
  #since = 0;

  /** Records the result of a read, and returns whether to pause before the next one. */
  pauseAfter({ messages, bytes, at }: ReadOutcome): boolean {
    if (this.#isGathering) {
      this.#isGathering = messages >= FEW_MESSAGES;
      this.#restart(at);
      return this.#isGathering && messages < MANY_MESSAGES &&
        bytes < LARGE_READ_BYTES;
    }
    if (at - this.#since > WITHIN_MS) this.#restart(at);
    this.#isGathering = ++this.#reads >= BUSY_READS;
    return this.#isGathering;
  }

  #restart(at: number): void {
    this.#since = at;
    this.#reads = 0;
  }
}
