import { errorType } from "../errors.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { Lsn } from "../lsn.ts";
import type { Ledger } from "./link/ledger.ts";
import type { LinkFacts, ServerPosition } from "./progress/link_facts.ts";
import {
  measureProgress,
  type PastError,
  type SubscriptionProgress,
} from "./progress/subscription_progress.ts";
import {
  countReason,
  reasonCounts,
  type SubscriptionCounts,
  Tally,
} from "./progress/tally.ts";
import type { SubscriptionStatus } from "./views/status.ts";

/** The members of a link that a {@linkcode ProgressTracker} uses. */
export interface TrackedLink {
  /** The record of what was received. */
  readonly ledger: Ledger;
  /** The facts from which the lag is measured. */
  readonly facts: LinkFacts;
}

/** Tracks what a subscription does, over all its links, and measures its progress. */
export class ProgressTracker {
  /** Counts what is delivered. */
  readonly tally: Tally = new Tally();
  #lastError: PastError | null = null;
  #lastEventAt: number | null = null;
  #links = 0;
  #link: TrackedLink | null = null;
  // The bytes received over links that have ended.
  #earlierBytes = 0;
  // The server's last answer to a query, and the earliest answer that has not arrived.
  #asked: ServerPosition | null = null;
  #missing: ServerPosition | null = null;

  /** Records delivered events. */
  deliver(events: readonly ReplicationEvent[]): void {
    this.tally.add(events);
    this.#lastEventAt = performance.now();
  }

  /** Sets the link that is in use from now on. */
  follow(link: TrackedLink): void {
    this.#earlierBytes += this.#link?.facts.receivedBytes ?? 0;
    this.#link = link;
    this.#links++;
  }

  /** Records a change of state. */
  note(status: SubscriptionStatus): void {
    if (status.state !== "retrying") return;
    const { error } = status;
    this.#lastError = { error, at: new Date() };
    countReason(this.tally.failures, errorType(error));
  }

  /** Records the end of the server's WAL, as the server answered a query. */
  noteWalEnd(lsn: Lsn, { ledger }: TrackedLink): void {
    this.#asked = { lsn, at: performance.now() };
    this.#missing = this.#stillMissing(ledger) ?? this.#asked;
  }

  #stillMissing({ received }: Ledger): ServerPosition | null {
    const missing = this.#missing;
    return missing !== null && received < missing.lsn ? missing : null;
  }

  /** Measures the progress of a link. */
  progress(link: TrackedLink): SubscriptionProgress {
    const { ledger, facts } = link;
    const asked = this.#asked;
    const server = asked !== null && asked.at > facts.server.at
      ? asked
      : facts.server;
    const now = performance.now();
    const missing = this.#stillMissing(ledger);
    return {
      ...measureProgress(
        { ...facts, ledger, server, missing },
        now,
        Date.now(),
      ),
      reconnections: this.#links - 1,
      lastError: this.#lastError,
      lastEventAgeMs: this.#lastEventAt === null
        ? null
        : now - this.#lastEventAt,
    };
  }

  /** The counts, including those of a link. */
  counts(link: TrackedLink): SubscriptionCounts {
    const { events, failures, gaps, badValues } = this.tally;
    return {
      ...{ events, badValues },
      receivedBytes: this.#earlierBytes + link.facts.receivedBytes,
      failures: reasonCounts(failures),
      gaps: reasonCounts(gaps),
    };
  }
}
