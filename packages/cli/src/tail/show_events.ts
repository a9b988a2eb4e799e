import type {
  AcknowledgeableEvent,
  ReplicationEvent,
  Subscription,
} from "@walbrook/walbrook";
import type { ChangeLimit } from "./change_limit.ts";
import type { EventFilter } from "./event_filter.ts";

/** How to show events. */
export interface ShowOptions {
  /** Formats an event. */
  readonly format: (event: ReplicationEvent) => string;
  /** Writes text, and resolves once it is written. */
  readonly write: (text: string) => Promise<void>;
  /** Removes events that must not be shown. */
  readonly filter: EventFilter | null;
  /** Decides when to end. */
  readonly limit: ChangeLimit;
  /** Ends it, after the current output is written and confirmed. */
  readonly stop: AbortSignal;
}

/** How long the end waits for someone to read the current output. */
const WRITE_GRACE_MS = 1_000;

/**
 * Shows events until they end, the limit is reached or `stop` is aborted, and closes the
 * subscription. A transaction is acknowledged once all of it is written.
 */
export async function showEvents(
  subscription: Subscription,
  { format, write, filter, limit, stop }: ShowOptions,
): Promise<void> {
  let showing = Promise.resolve();

  async function show(events: readonly ReplicationEvent[]): Promise<void> {
    const shown = filter === null ? events : filter.filter(events);
    if (shown.length > 0) await write(shown.map(format).join(""));
    for (const event of events) {
      if (isAcknowledgeable(event)) subscription.acknowledge(event);
    }
  }

  async function showAll(): Promise<void> {
    for await (const batch of subscription.batches) {
      const events = limit.take(batch);
      if (events.length > 0) await (showing = show(events));
      if (limit.isReached || stop.aborted) return;
    }
  }

  let isStopped: () => void = () => {};
  const stopped = new Promise<void>((resolve) => isStopped = resolve);
  async function end(): Promise<void> {
    await settledWithin(WRITE_GRACE_MS, showing);
    await subscription.close();
    isStopped();
  }

  stop.addEventListener("abort", end, { once: true });
  try {
    if (stop.aborted) return;
    await Promise.race([showAll(), stopped]);
  } finally {
    stop.removeEventListener("abort", end);
    await subscription.close();
  }
}

async function settledWithin(
  milliseconds: number,
  work: Promise<unknown>,
): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const deadline = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, milliseconds);
  });
  await Promise.race([work.catch(() => {}), deadline]);
  clearTimeout(timer);
}

/** Returns whether an event acknowledges what precedes it. */
export function isAcknowledgeable(
  event: ReplicationEvent,
): event is AcknowledgeableEvent {
  switch (event.kind) {
    case "commit":
    case "prepare":
    case "commitPrepared":
    case "rollbackPrepared":
    case "gap":
    case "chunk":
      return true;
    case "message":
      return event.transaction === null;
    default:
      return false;
  }
}
