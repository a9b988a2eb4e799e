import { PostgresError, TemporaryFileError } from "../errors.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import { noBinaryForm } from "../preflight/binary_obstacle.ts";
import * as SQLSTATE from "../sqlstate.ts";
import type { SkipReason } from "../preflight/preflight_options.ts";
import { isInUse, isRetryable, isServerError } from "../retryable.ts";
import { FailureHistory } from "./failure_history.ts";
import type { LinkPlan } from "./link/link_plan.ts";
import type { ReplicationLink } from "./link/replication_link.ts";
import { type RetryOptions, tryAgain } from "./retry.ts";
import {
  type FailurePlace,
  serverCrashed,
  skipReason,
  streamFailed,
} from "./stream_failure.ts";
import type { SubscriptionStatus } from "./views/status.ts";

/** How to open a link, whose signal is the supervisor's to choose. */
export type NextPlan = Omit<LinkPlan, "signal">;

/** What a {@linkcode Reconnection} works with. */
export interface ReconnectionOptions {
  /** How to open a link. */
  readonly plan: NextPlan;
  /** How to wait between attempts; `null` for none. */
  readonly retry: RetryOptions | null;
  /** Whether the slot ends with its connection, and with it what it had kept. */
  readonly isTemporary: boolean;
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
  /** How to open the next link. */
  readonly plan: NextPlan;
}

/** Decides, link after link of one subscription, whether and how another one follows. */
export class Reconnection {
  readonly #options: ReconnectionOptions;
  #history: FailureHistory | null = null;
  #plan: NextPlan;
  #position: Lsn = INVALID_LSN;
  #table: FailurePlace["table"] = null;

  /** @param options What the links have in common. */
  constructor(options: ReconnectionOptions) {
    this.#options = options;
    this.#plan = options.plan;
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
    const { retry, isTemporary } = this.#options;
    const { ending, ledger, isCrashProne } = link;
    const history = this.#historyOf(link);
    const position = ledger.received;
    history.linkLost({ error, position, wasUseful, ...ending });
    if (position > this.#position) this.#position = position;
    // Later links do not get a table described again that has not changed.
    this.#table = ending.table ?? (history.repeats > 1 ? this.#table : null);
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

  // Goes on without what does not work, where there is another way.
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
        "Make room where temporary files are kept; until the next subscription the server holds large transactions, in its own files",
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

  // What to end with; null where another attempt may fare better.
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
