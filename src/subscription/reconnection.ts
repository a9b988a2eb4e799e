import { PostgresError, TemporaryFileError } from "../errors.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import { noBinaryForm } from "../preflight/binary_obstacle.ts";
import * as SQLSTATE from "../sqlstate.ts";
import type { SkipReason } from "../preflight/preflight_options.ts";
import { isInUse, isRetryable, isServerError } from "../retryable.ts";
import { FailureHistory } from "./failure_history.ts";
import type { LinkPlan } from "./link/link_plan.ts";
import type { ReplicationLink } from "./link/replication_link.ts";
import { retryDelayMs, type RetryOptions, tryAgain } from "./retry.ts";
import {
  type FailurePlace,
  serverCrashed,
  skipReason,
  streamFailed,
} from "./stream_failure.ts";
import type { SubscriptionStatus } from "./views/status.ts";

/** How to open a link; the supervisor chooses the signal. */
export type NextPlan = Omit<LinkPlan, "signal">;

/** Options for a {@linkcode Reconnection}. */
export interface ReconnectionOptions {
  /** How to open a link. */
  readonly plan: NextPlan;
  /** The delays between attempts; `null` for no further attempts. */
  readonly retry: RetryOptions | null;
  /** Whether the slot, and everything it retains, ends with its connection. */
  readonly isTemporary: boolean;
  /** Stops waiting and reconnecting. */
  readonly signal: AbortSignal;
  /** Called with every pause and every attempt. */
  readonly onStatus: (status: SubscriptionStatus) => void;
}

/** The properties of a link that has ended. */
export type LostLink = Pick<
  ReplicationLink,
  "ledger" | "ending" | "isCrashProne"
>;

/** How to continue after a lost link. */
export interface Continuation {
  /** Why to skip what the server can't send; `null` to skip nothing. */
  readonly skip: SkipReason | null;
  /** How to open the next link. */
  readonly plan: NextPlan;
}

/** Decides after each link of a subscription whether and how to open the next one. */
export class Reconnection {
  readonly #options: ReconnectionOptions;
  #history: FailureHistory | null = null;
  #plan: NextPlan;
  #position: Lsn = INVALID_LSN;
  #table: FailurePlace["table"] = null;

  /** @param options What all links have in common. */
  constructor(options: ReconnectionOptions) {
    this.#options = options;
    this.#plan = options.plan;
  }

  /**
   * Decides what follows the end of a link.
   *
   * @param error The error that ended it.
   * @param link The link.
   * @param wasUseful Whether the consumer received anything new from it.
   * @throws The error that ends the subscription, if no link follows.
   */
  afterLoss(error: unknown, link: LostLink, wasUseful: boolean): Continuation {
    const { retry, isTemporary } = this.#options;
    const { ending, ledger, isCrashProne } = link;
    const history = this.#historyOf(link);
    const position = ledger.received;
    history.linkLost({ error, position, wasUseful, ...ending });
    if (position > this.#position) this.#position = position;
    // The description of an unchanged table is not delivered again by later links.
    this.#table = ending.table ?? (wasUseful ? null : this.#table);
    if (this.#canSpare(error)) return { skip: null, plan: this.#plan };
    const mayPass = isRetryable(error) ||
      (ending.isByServer && isServerError(error));
    const end = mayPass ? this.#endOf(error) : { error };
    const isSkipped = this.#plan.continuePastGaps && !isTemporary;
    const skip = isSkipped ? skipReason(end?.error) : null;
    if (skip !== null) this.#history = new FailureHistory(isCrashProne);
    else if (end !== null) throw end.error;
    else if (retry === null || isTemporary) throw error;
    return { skip, plan: this.#plan };
  }

  /**
   * Opens the next link, with pauses between attempts.
   *
   * @param error The error that ended the previous link.
   * @param link The previous link.
   * @param attempt Opens a link.
   * @returns The result of `attempt`; `null` if the signal was aborted.
   * @throws The error that ends the subscription.
   */
  async reopen<T>(
    error: unknown,
    link: LostLink,
    attempt: () => Promise<T>,
  ): Promise<T | null> {
    const { retry, signal, onStatus } = this.#options;
    return await tryAgain({
      error,
      history: this.#historyOf(link),
      retry: retry ?? {},
      check: (failure) => {
        const mayPass = isRetryable(failure) || isServerError(failure);
        const end = mayPass ? this.#endOf(failure) : { error: failure };
        if (end !== null) throw end.error;
      },
      attempt,
      signal,
      onStatus,
    });
  }

  #historyOf({ isCrashProne }: LostLink): FailureHistory {
    this.#history ??= new FailureHistory(isCrashProne);
    return this.#history;
  }

  // Continues without a feature that fails, if there is an alternative.
  #canSpare(error: unknown): boolean {
    const { plugin } = this.#plan;
    if (plugin !== null || this.#options.isTemporary) return false;
    return this.#canSpareStreaming(error) || this.#canSpareBinary(error);
  }

  #canSpareStreaming(error: unknown): boolean {
    const { pgoutput, warn, slot } = this.#plan;
    if (!(error instanceof TemporaryFileError && pgoutput.streaming)) {
      return false;
    }
    this.#plan = {
      ...this.#plan,
      pgoutput: { ...pgoutput, streaming: false },
      bufferTransactions: null,
    };
    warn({
      code: "temporaryFileFailed",
      subject: slot.name,
      message: error.message,
      hint:
        "Free disk space for temporary files; until the next subscription the server buffers large transactions",
    });
    return true;
  }

  #canSpareBinary(error: unknown): boolean {
    const { pgoutput, warn } = this.#plan;
    const isSpared = pgoutput.binary && error instanceof PostgresError &&
      error.code === SQLSTATE.UNDEFINED_FUNCTION;
    if (!isSpared) return false;
    this.#plan = { ...this.#plan, pgoutput: { ...pgoutput, binary: false } };
    const { schema, name } = this.#table ?? {};
    const place = name === undefined ? "" : ` at table "${schema}"."${name}"`;
    const { message } = error.fields;
    warn(noBinaryForm(`it reports "${message}"${place}`, message));
    return true;
  }

  // The error that ends the subscription; null if another attempt may succeed.
  #endOf(error: unknown): { readonly error: unknown } | null {
    const { retry, isTemporary } = this.#options;
    const { slot, plugin, pgoutput } = this.#plan;
    const { verdict, repeats } = this.#history ?? new FailureHistory();
    const place = {
      slot: slot.name,
      plugin: plugin?.name ?? "pgoutput",
      binary: pgoutput.binary,
      position: this.#position,
      table: this.#table,
    };
    if (verdict === "crashes") return { error: serverCrashed(error, place) };
    if (isRetryable(error)) return null;
    if (verdict !== "repeats" && retry !== null && !isTemporary) return null;
    return {
      error: error instanceof PostgresError && !isRefusedLogin(error)
        ? streamFailed(error, repeats, place)
        : error,
    };
  }
}

// Not caused by any position.
function isRefusedLogin({ code }: PostgresError): boolean {
  return code.startsWith("28") || code === SQLSTATE.INVALID_CATALOG_NAME;
}

/**
 * The maximum delays between the attempts of an instance that waits for a slot. They are short
 * at first, since a walsender that has lost its client ends after a moment. They stay below a
 * second, so that a handover takes no longer after a long wait.
 */
const SLOT_WAIT: RetryOptions = { initialDelayMs: 100, maxDelayMs: 1_000 };

/**
 * Opens the first link after an attempt has failed, if requested.
 *
 * @throws {unknown} The error of the last attempt.
 */
export async function openLater<T>(
  error: unknown,
  { wait, retry, attempt, signal, onStatus }: {
    /** Whether to wait for a slot in use to be released. */
    readonly wait: boolean;
    /** The delays between attempts. */
    readonly retry: RetryOptions | null;
    /** Opens the link. */
    readonly attempt: () => Promise<T>;
    /** Stops waiting. */
    readonly signal: AbortSignal;
    /** Called with every pause and every attempt. */
    readonly onStatus: (status: SubscriptionStatus) => void;
  },
): Promise<T> {
  const check = (failure: unknown) => {
    const mayPass = isInUse(failure)
      ? wait
      : retry?.first === true && isRetryable(failure);
    if (!mayPass) throw failure;
  };
  check(error);
  const opened = await tryAgain({
    error,
    history: new FailureHistory(),
    retry: retry ?? {},
    longestDelayMs: (failure, failures) =>
      isInUse(failure)
        ? retryDelayMs(failures, SLOT_WAIT, Math.random())
        : Infinity,
    check,
    attempt,
    signal,
    onStatus,
  });
  if (opened === null) throw signal.reason;
  return opened;
}
