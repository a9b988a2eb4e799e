import type { ChangeDecoder } from "../assembly/change_decoder.ts";
import { untilAborted } from "../deadline.ts";
import type { OnGap } from "../events/gap.ts";
import type { Lsn } from "../lsn.ts";
import type { SnapshotCoordinator } from "../snapshot/coordinator.ts";
import type { LinkPlan, LinkProgress } from "./link/link_plan.ts";
import type { ReplicationLink } from "./link/replication_link.ts";
import type { ProgressTracker } from "./progress_tracker.ts";
import type { RetryOptions } from "./retry.ts";
import type { CreateCopy } from "./snapshot.ts";
import type { SubscriptionStatus } from "./views/status.ts";

/** The members of a link that a supervisor uses. */
export type Link = Pick<ReplicationLink, keyof ReplicationLink>;

/** Options for a {@linkcode Supervisor}. */
export interface SupervisorOptions {
  /** Opens a link. */
  readonly openLink: (plan: LinkPlan, progress: LinkProgress) => Promise<Link>;
  /** How to open a link; the supervisor chooses the signal. */
  readonly plan: Omit<LinkPlan, "signal">;
  /** Creates the events, for all links. */
  readonly decoder: ChangeDecoder;
  /** The delays between attempts; `null` for no attempt after the first link. */
  readonly retry: RetryOptions | null;
  /** The start position; `undefined` for the slot's position. */
  readonly startLsn: Lsn | undefined;
  /** The end position. */
  readonly until: Lsn | "now" | null;
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined;
  /** Called with every gap as it is delivered. */
  readonly onGap: OnGap;
  /** Called with every change of state. */
  readonly onStatus: (status: SubscriptionStatus) => void;
  /** Tracks links and what they deliver. */
  readonly tracker: Pick<ProgressTracker, "deliver" | "follow">;
  /** Releases the subscription's resources once the last link is closed. */
  readonly onShutDown: () => Promise<void>;
  /** Creates the copy of the tables. */
  readonly createCopy: CreateCopy;
  /** Whether the first link creates it. */
  readonly copiesAtStart: boolean;
}

/** The first link, and the coordinator of copies. */
export interface Opened {
  /** The link. */
  readonly link: Link;
  /** The coordinator of copies, or `null`. */
  readonly copy: SnapshotCoordinator | null;
}

/**
 * Opens the first link. A failure is retried only if the slot is in use and `slot.wait` is set,
 * or with `retry.first`.
 */
export async function openFirstLink(
  options: SupervisorOptions,
  signal: AbortSignal,
): Promise<Opened> {
  return await openFirst(options, signal).catch((error) =>
    openLater(error, options, signal)
  );
}

async function openFirst(
  { openLink, plan, decoder, until, startLsn, createCopy, copiesAtStart }:
    SupervisorOptions,
  signal: AbortSignal,
): Promise<Opened> {
  const checkpoint = await untilAborted(plan.store?.load(), signal) ?? null;
  const copy = copiesAtStart ? await createCopy(checkpoint) : null;
  const progress = {
    ...{ startLsn, checkpoint, skip: null },
    ...{ ledger: null, decoder, until, copy },
  };
  try {
    const link = await openLink({ ...plan, signal }, progress);
    return { link, copy };
  } catch (error) {
    await copy?.close();
    throw error;
  }
}

// Retries if requested while the slot is in use or the server is not available yet.
async function openLater(
  error: unknown,
  options: SupervisorOptions,
  signal: AbortSignal,
): Promise<Opened> {
  const { plan, retry, onStatus } = options;
  const wait = plan.slot.wait === true;
  if (signal.aborted || !(wait || retry?.first === true)) throw error;
  const { openLater } = await loadReconnection(error);
  const attempt = () => openFirst(options, signal);
  return await openLater(error, { wait, retry, attempt, signal, onStatus });
}

/** Loads the module that reconnects. If that fails, rejects with the given error instead. */
export function loadReconnection(
  error: unknown,
): Promise<typeof import("./reconnection.ts")> {
  return import("./reconnection.ts").catch(() => {
    throw error;
  });
}
