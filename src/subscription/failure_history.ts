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
  /** How far its stream has come. */
  readonly position: Lsn;
  /** Whether the consumer was given anything of it that was new. */
  readonly wasUseful: boolean;
  /** How long it had streamed, in milliseconds. */
  readonly lifetimeMs: number;
  /** Whether the connection ended in the middle, without a word from the server. */
  readonly brokeOff: boolean;
}

/** What a series of failures looks like. */
export type Verdict =
  /** Another attempt may fare better. */
  | "mayPass"
  /** The server reports the same error at the same position each time. */
  | "repeats"
  /** The server crashes at the same position each time. */
  | "crashes";

/** How often the server may report the same error without progress in between. */
export const MAX_REPEATS = 5;
/** A link that ends sooner, and has brought nothing, counts as an attempt that failed. */
const MIN_USEFUL_LINK_MS = 60_000;
/** A link that breaks off sooner may have been the cause. */
const CRASH_MS = 5_000;
/** How many links in a row may break off where the server is seen to crash. */
const MAX_CRASHES = 4;
/** How many may where it is not: the network may be the cause. */
const MAX_BROKEN_OFF = 10;

/**
 * Remembers the failures since a subscription last made progress, and decides what to make
 * of them. A pure data structure.
 */
export class FailureHistory {
  readonly #isCrashProne: boolean;
  // How many attempts have failed in a row, and how many links in a row were useless.
  #failures = 0;
  #uselessLinks = 0;
  // The last server error that does not pass by itself, and how often it came.
  #code: string | null = null;
  #repeats = 0;
  // How far the links have come.
  #position: Lsn | null = null;
  // Links in a row that broke off without progress.
  #crashes = 0;
  #hasBrokenOff = false;
  #isCounted = false;
  #sawRecovery = false;

  /**
   * @param isCrashProne Whether the server is known to crash with this output plugin: it is
   * then suspected from the first link on that breaks off.
   */
  constructor(isCrashProne = false) {
    this.#isCrashProne = isCrashProne;
    this.#forgetCrashes();
  }

  /** How many attempts have failed in a row. */
  get failures(): number {
    return this.#failures;
  }

  /** How often the same error has come without progress in between. */
  get repeats(): number {
    return this.#repeats;
  }

  /** What the failures so far look like. */
  get verdict(): Verdict {
    if (this.#repeats >= MAX_REPEATS) return "repeats";
    const limit = this.#isCrashing ? MAX_CRASHES : MAX_BROKEN_OFF;
    return this.#crashes >= limit ? "crashes" : "mayPass";
  }

  /** Notes that a link has ended. */
  linkLost(loss: LinkLoss): void {
    const { error, position, wasUseful, lifetimeMs, brokeOff } = loss;
    const isFurther = this.#position === null || position > this.#position;
    if (isFurther) this.#position = position;
    const isLate = lifetimeMs >= MIN_USEFUL_LINK_MS && isIntervention(error);
    if (isFurther || wasUseful || isLate) this.#forgetError();
    if (isFurther || !brokeOff) this.#forgetCrashes();
    const isUseless = !wasUseful && lifetimeMs < MIN_USEFUL_LINK_MS;
    this.#uselessLinks = isUseless ? this.#uselessLinks + 1 : 0;
    this.#failures = Math.max(0, this.#uselessLinks - 1);
    this.#hasBrokenOff = brokeOff && !wasUseful;
    this.#isCounted = false;
    if (this.#hasBrokenOff && lifetimeMs < CRASH_MS) this.#countCrash();
    this.#count(error);
  }

  /** Notes that an attempt to open the next link has failed. */
  attemptFailed(error: unknown): void {
    this.#failures++;
    this.#count(error);
    if (error instanceof BrokenStart) {
      this.#hasBrokenOff = true;
      this.#countCrash();
    }
    // A server that has only lost a connection takes the next one.
    const isRestarting = error instanceof PostgresError &&
      error.code === SQLSTATE.CANNOT_CONNECT_NOW;
    if (!this.#hasBrokenOff || !isRestarting) return;
    this.#sawRecovery = true;
    if (!this.#isCounted) this.#countCrash();
  }

  /**
   * Says how long to wait before the next attempt, in milliseconds. It is long where the
   * next link might crash the server once more.
   *
   * @param options The bounds.
   * @param random A number from 0 up to 1.
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

  // What passes by itself says nothing about the others.
  #count(error: unknown): void {
    if (!isServerError(error) || isRetryable(error)) return;
    const code = error instanceof PostgresError ? error.code : "";
    this.#repeats = code === this.#code ? this.#repeats + 1 : 1;
    this.#code = code;
  }
}

// Somebody's doing, as once a night; class 57 of the manual's error codes.
function isIntervention(error: unknown): boolean {
  return error instanceof PostgresError && error.code.startsWith("57");
}
