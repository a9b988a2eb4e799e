import { PostgresError } from "../errors.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import * as SQLSTATE from "../sqlstate.ts";
import type { SkipReason } from "../preflight/preflight_options.ts";
import { isInUse, isRetryable, isServerError } from "../retryable.ts";
import { FailureHistory } from "./failure_history.ts";
import type { ReplicationLink } from "./link/replication_link.ts";
import { type RetryOptions, tryAgain } from "./retry.ts";
import {
  type FailurePlace,
  serverCrashed,
  skipReason,
  streamFailed,
} from "./stream_failure.ts";
import type { SubscriptionStatus } from "./views/status.ts";

/** What a {@linkcode Reconnection} works with. */
export interface ReconnectionOptions {
  /** The slot's name. */
  readonly slot: string;
  /** Whether values were asked for in binary format. */
  readonly binary: boolean;
  /** The output plugin. */
  readonly plugin: string;
  /** How to wait between attempts; `null` for none. */
  readonly retry: RetryOptions | null;
  /** Whether to go on behind what the server can't send. */
  readonly continuePastGaps: boolean;
  /** Gives up. */
  readonly signal: AbortSignal;
  /** Told of every pause and every attempt. */
  readonly onStatus: (status: SubscriptionStatus) => void;
}

/** What is known of a link that has ended. */
export type LostLink = Pick<
  ReplicationLink,
  "ledger" | "ending" | "isCrashProne"
>;

/** How to go on after a link was lost. */
export interface Continuation {
  /** Why to skip what the server can't send; `null` not to. */
  readonly skip: SkipReason | null;
}

/** Decides, link after link of one subscription, whether and how another one follows. */
export class Reconnection {
  readonly #options: ReconnectionOptions;
  #history: FailureHistory | null = null;
  #position: Lsn = INVALID_LSN;
  #table: FailurePlace["table"] = null;

  /** @param options What the links have in common. */
  constructor(options: ReconnectionOptions) {
    this.#options = options;
  }

  /**
   * Decides what follows on the end of a link.
   *
   * @param error What it ended with.
   * @param link The link.
   * @param wasUseful Whether the consumer was given anything new of it.
   * @throws What the subscription ends with, if nothing follows.
   */
  afterLoss(error: unknown, link: LostLink, wasUseful: boolean): Continuation {
    const { retry, continuePastGaps } = this.#options;
    const { ending, ledger, isCrashProne } = link;
    const history = this.#historyOf(link);
    const position = ledger.received;
    history.linkLost({ error, position, wasUseful, ...ending });
    this.#position = position;
    // Later links do not get a table described again that has not changed.
    this.#table = ending.table ?? (history.repeats > 1 ? this.#table : null);
    const mayPass = isRetryable(error) ||
      (ending.isByServer && isServerError(error));
    const end = mayPass ? this.#endOf(error) : { error };
    const skip = continuePastGaps ? skipReason(end?.error) : null;
    if (skip !== null) this.#history = new FailureHistory(isCrashProne);
    else if (end !== null) throw end.error;
    else if (retry === null) throw error;
    return { skip };
  }

  /**
   * Opens the next link, with pauses in between.
   *
   * @param error What the link before ended with.
   * @param link That link.
   * @param attempt Opens a link.
   * @returns What that brought; `null` if the signal gave up.
   * @throws What the subscription ends with.
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

  // What to end with; null where another attempt may fare better.
  #endOf(error: unknown): { readonly error: unknown } | null {
    const { retry, slot, binary, plugin } = this.#options;
    const { verdict, repeats } = this.#history ?? new FailureHistory();
    const place = {
      ...{ slot, binary, plugin },
      ...{ position: this.#position, table: this.#table },
    };
    if (verdict === "crashes") return { error: serverCrashed(error, place) };
    if (isRetryable(error)) return null;
    if (verdict !== "repeats" && retry !== null) return null;
    return {
      error: error instanceof PostgresError && !isRefusedLogin(error)
        ? streamFailed(error, repeats, place)
        : error,
    };
  }
}

// No position is to blame for it.
function isRefusedLogin({ code }: PostgresError): boolean {
  return code.startsWith("28") || code === SQLSTATE.INVALID_CATALOG_NAME;
}

/**
 * Opens the first link after an attempt has failed, where that is wanted.
 *
 * @throws {unknown} What the last attempt failed with.
 */
export async function openLater<T>(
  error: unknown,
  { wait, retry, attempt, signal, onStatus }: {
    /** Whether to wait for a slot in use to become free. */
    readonly wait: boolean;
    /** How to wait between attempts. */
    readonly retry: RetryOptions | null;
    /** Opens the link. */
    readonly attempt: () => Promise<T>;
    /** Gives up. */
    readonly signal: AbortSignal;
    /** Told of every pause and every attempt. */
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
    check,
    attempt,
    signal,
    onStatus,
  });
  if (opened === null) throw signal.reason;
  return opened;
}
