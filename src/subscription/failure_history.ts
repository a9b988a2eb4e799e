import { PostgresError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import { isRetryable, isServerError } from "../retryable.ts";
import { BrokenStart } from "./link/link_ending.ts";
import * as SQLSTATE from "../sqlstate.ts";
import { retryDelayMs, type RetryOptions } from "./retry.ts";

/** How a link ended. */
export interface LinkLoss {
  /** What it ended with. */
  readonly error: unknown;
  /** The position that its stream had reached. */
  readonly position: Lsn;
  /** Where its stream began. */
  readonly start: Lsn;
  /** How many messages it received, excluding keepalives. */
  readonly messages: number;
  /** Whether the consumer received anything new from it. */
  readonly wasUseful: boolean;
  /** How long it streamed, in milliseconds. */
  readonly lifetimeMs: number;
  /** Whether the connection broke off without an error message from the server. */
  readonly brokeOff: boolean;
}

/** What a series of failures suggests. */
export type Verdict =
  /** Another attempt may succeed. */
  | "mayPass"
  /** The server reports the same error at the same position each time. */
  | "repeats"
  /** The server crashes at the same position each time. */
  | "crashes";

/** How often the server may report the same error with no progress in between. */
export const MAX_REPEATS = 5;
/** A link that ends sooner, without having delivered anything, counts as a failed attempt. */
const MIN_USEFUL_LINK_MS = 60_000;
/** A link that breaks off sooner may have been the cause. */
const CRASH_MS = 5_000;
/** How many links in a row may break off when the server is known to crash. */
const MAX_CRASHES = 4;
/** How many may break off when it is not: the network may be the cause. */
const MAX_BROKEN_OFF = 10;

/**
 * Records the failures since a subscription last made progress, and decides what they mean. A
 * pure data structure.
 */
export class FailureHistory {
  readonly #isCrashProne: boolean;
  // How many attempts in a row have failed, and how many links in a row were useless.
  #failures = 0;
  #uselessLinks = 0;
  // The last server error that is not transient, and how often it was reported.
  #code: string | null = null;
  #repeats = 0;
  // The position that the links have reached.
  #position: Lsn | null = null;
  // The start of the last link, and the most messages that a link has received from there.
  #start: Lsn | null = null;
  #messages = 0;
  // Links in a row that broke off without progress.
  #crashes = 0;
  #hasBrokenOff = false;
  #isCounted = false;
  #sawRecovery = false;

  /**
   * @param isCrashProne Whether the server is known to crash with this output plugin. It is
   * then suspected as soon as the first link breaks off.
   */
  constructor(isCrashProne = false) {
    this.#isCrashProne = isCrashProne;
    this.#forgetCrashes();
  }

  /** The number of attempts in a row that have failed. */
  get failures(): number {
    return this.#failures;
  }

  /** How often the same error was reported with no progress in between. */
  get repeats(): number {
    return this.#repeats;
  }

  /** What the failures so far suggest. */
  get verdict(): Verdict {
    if (this.#repeats >= MAX_REPEATS) return "repeats";
    const limit = this.#isCrashing ? MAX_CRASHES : MAX_BROKEN_OFF;
    return this.#crashes >= limit ? "crashes" : "mayPass";
  }

  /** Records that a link has ended. */
  linkLost(loss: LinkLoss): void {
    const { error, position, wasUseful, lifetimeMs, brokeOff } = loss;
    const isFurther = this.#position === null || position > this.#position;
    if (isFurther) this.#position = position;
    const isLate = lifetimeMs >= MIN_USEFUL_LINK_MS && isIntervention(error);
    // A large transaction comes in blocks, which lie before positions that were received.
    const received = this.#compareReceived(loss);
    const hasMore = received > 0;
    if (isFurther || hasMore || wasUseful || isLate) this.#forgetError();
    if (isFurther || hasMore || !brokeOff) this.#forgetCrashes();
    const isUseless = !wasUseful && lifetimeMs < MIN_USEFUL_LINK_MS;
    this.#uselessLinks = isUseless ? this.#uselessLinks + 1 : 0;
    this.#failures = Math.max(0, this.#uselessLinks - 1);
    this.#hasBrokenOff = brokeOff && !wasUseful;
    this.#isCounted = false;
    // A link that broke off earlier than the others did not fail at the same change.
    const isSuspect = this.#isCrashing || received >= 0;
    if (this.#hasBrokenOff && lifetimeMs < CRASH_MS && isSuspect) {
      this.#countCrash();
    }
    this.#count(error);
  }

  /** Records that an attempt to open the next link has failed. */
  attemptFailed(error: unknown): void {
    this.#failures++;
    this.#count(error);
    if (error instanceof BrokenStart) {
      this.#hasBrokenOff = true;
      this.#countCrash();
    }
    // A server that has merely dropped a connection accepts the next one.
    const isRestarting = error instanceof PostgresError &&
      error.code === SQLSTATE.CANNOT_CONNECT_NOW;
    if (!this.#hasBrokenOff || !isRestarting) return;
    this.#sawRecovery = true;
    if (!this.#isCounted) this.#countCrash();
  }

  /**
   * Returns the delay before the next attempt, in milliseconds. It is long if the next link
   * might crash the server again.
   *
   * @param options The bounds.
   * @param random A number in the range [0, 1).
   */
  delayMs(options: RetryOptions, random: number): number {
    const usual = retryDelayMs(this.#failures, options, random);
    const suspected = this.#crashes - (this.#isCrashing ? 2 : 3);
    if (suspected < 0) return usual;
    const { maxDelayMs = 30_000 } = options;
    return maxDelayMs * 2 ** Math.min(suspected, 1);
  }

  get #isCrashing(): boolean {
    return this.#isCrashProne || this.#sawRecovery;
  }

  // Whether a link received more than those before it from the same start: above 0 if so.
  #compareReceived({ start, messages }: LinkLoss): number {
    const difference = start === this.#start ? messages - this.#messages : 0;
    if (start !== this.#start || difference > 0) this.#messages = messages;
    this.#start = start;
    return difference;
  }

  #forgetError(): void {
    this.#code = null;
    this.#repeats = 0;
  }

  #forgetCrashes(): void {
    this.#crashes = this.#isCrashProne ? 1 : 0;
    this.#sawRecovery = false;
  }

  #countCrash(): void {
    this.#crashes++;
    this.#isCounted = true;
  }

  // A transient error says nothing about the others.
  #count(error: unknown): void {
    if (!isServerError(error) || isRetryable(error)) return;
    const code = error instanceof PostgresError ? error.code : "";
    this.#repeats = code === this.#code ? this.#repeats + 1 : 1;
    this.#code = code;
  }
}

// Caused by an administrator or a script; class 57 of the manual's error codes.
function isIntervention(error: unknown): boolean {
  return error instanceof PostgresError && error.code.startsWith("57");
}
