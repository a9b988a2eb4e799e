import type { Lsn } from "../lsn.ts";
import type { AcknowledgedUnit } from "../events/acknowledged_by.ts";
import type { SnapshotCoordinator } from "../snapshot/coordinator.ts";
import type { SnapshotProgress } from "../snapshot/progress/snapshot_progress.ts";
import { RedeliveryFilter } from "./redelivery_filter.ts";
import type { ReplicationEvent } from "../events/event.ts";
import {
  type Link,
  loadReconnection,
  type Opened,
  openFirstLink,
  type SupervisorOptions,
} from "./first_link.ts";
import type { Continuation, Reconnection } from "./reconnection.ts";
import type { SubscriptionStatus } from "./views/status.ts";

/**
 * Keeps a link open, and joins the events of successive links into one stream without gaps or
 * duplicates.
 */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #filter = new RedeliveryFilter();
  readonly #stop = new AbortController();
  #link: Link;
  #copy: SnapshotCoordinator | null;
  #makingCopy: Promise<SnapshotCoordinator> | null = null;
  readonly #until: Lsn | null;
  #status: SubscriptionStatus = { state: "connecting" };
  // Whether the consumer received anything new from the link.
  #isUseful = false;
  #reconnection: Reconnection | null = null;
  #finishing = false;
  #closing: Promise<void> | undefined;
  // Drops those events returned last that have not reached the consumer.
  #drop = () => 0;
  // Whether the events returned last came over the link.
  #isFromStream = false;
  #lost: Link | null = null;
  // Returns the error that ends everything, once everything is closed.
  #failure: (() => unknown) | null = null;
  readonly #abort = () => void this.close();

  /** Opens the first link. */
  static async open(options: SupervisorOptions): Promise<Supervisor> {
    const signal = options.signal ?? new AbortController().signal;
    options.onStatus({ state: "connecting" });
    const opened = await openFirstLink(options, signal);
    try {
      signal.throwIfAborted();
      return new Supervisor(options, opened);
    } catch (error) {
      await opened.copy?.close();
      await opened.link.close();
      throw error;
    }
  }

  private constructor(options: SupervisorOptions, { link, copy }: Opened) {
    this.#options = options;
    this.#link = link;
    this.#copy = copy;
    this.#until = link.until;
    this.#follow(link);
    options.signal?.addEventListener("abort", this.#abort);
    this.#setStatus({ state: "streaming", processId: link.processId });
  }

  /** The current link, or the last one. */
  get link(): Link {
    return this.#link;
  }

  /** What the subscription is currently doing. */
  get status(): SubscriptionStatus {
    return this.#status;
  }

  /**
   * Returns the next events that the consumer has not received yet, or `null` at the end.
   *
   * @throws The error that ended the subscription, which is then closed.
   */
  async next(): Promise<readonly ReplicationEvent[] | null> {
    // A consumer that asks for more has received everything before.
    this.#filter.notePassed();
    try {
      const events = await this.#next();
      this.#options.signal?.throwIfAborted();
      if (events !== null || this.#failure === null) return events;
    } catch (error) {
      await this.close();
      this.#options.signal?.throwIfAborted();
      throw error;
    }
    await this.close();
    throw this.#failure();
  }

  /** Sets how to drop events that {@linkcode next} returned last, if a link is lost. */
  onLoss(drop: () => number): void {
    this.#drop = drop;
  }

  /**
   * Marks a transaction or message, by its end position, or a chunk of a copy as processed.
   */
  acknowledge(unit: AcknowledgedUnit): void {
    const isNews = typeof unit === "bigint"
      ? this.#link.ledger.acknowledge(unit)
      : this.#copy?.progress.acknowledge(unit) ?? false;
    if (!isNews) return;
    this.#link.reportSoon();
    if (this.#finishing) void this.finish();
  }

  /**
   * Ends everything once nothing is left to acknowledge, so that consumers still working on
   * the last transactions when the stream ends can acknowledge them.
   */
  finish(): Promise<void> {
    this.#finishing = true;
    const pending = this.#link.ledger.pending +
      (this.#copy?.progress.pending ?? 0);
    return pending === 0 ? this.close() : Promise.resolve();
  }

  /** Returns the coordinator of copies, which the first call creates. */
  async copy(): Promise<SnapshotCoordinator> {
    return this.#copy ?? await (this.#makingCopy ??= this.#makeCopy());
  }

  async #makeCopy(): Promise<SnapshotCoordinator> {
    // The tables to copy are not known yet.
    this.#link.hold();
    const copy = await this.#options.createCopy(this.#link.checkpoint);
    if (this.#closing === undefined) {
      copy.calls.expect();
      this.#link.observe(copy);
      // A read that began before sees the copy only after its return, and an idle server
      // sends nothing for many seconds.
      this.#link.requestReply();
    } else await copy.close();
    return this.#copy = copy;
  }

  /** The progress of the copies of tables. */
  get snapshots(): readonly SnapshotProgress[] {
    return this.#copy?.snapshots ?? [];
  }

  /** Ends everything with an error, which is known once everything is closed. */
  fail(failure: () => unknown): void {
    this.#failure ??= failure;
    void this.close();
  }

  /** Ends everything. Pending reads get the end of the stream. */
  close(): Promise<void> {
    this.#closing ??= this.#shutDown();
    return this.#closing;
  }

  async #next(): Promise<readonly ReplicationEvent[] | null> {
    for (;;) {
      const copied = await this.#takeCopied();
      this.#isFromStream = copied === null;
      if (copied === "end") return null;
      if (copied !== null) return this.#deliver(copied);
      let events: readonly ReplicationEvent[] | null;
      try {
        events = await this.#link.next();
      } catch (error) {
        if (this.#closing !== undefined) return null;
        if (!await this.#reopen(error)) return null;
        continue;
      }
      if (events === null) return null;
      const wanted = this.#copy?.filter(events) ?? events;
      const fresh = this.#filter.dropDelivered(wanted);
      for (const event of fresh) {
        if (event.kind !== "gap") continue;
        this.#options.onGap(event);
        this.#copy?.gap();
      }
      if (fresh.length > 0) {
        this.#isUseful = true;
        return this.#deliver(fresh);
      }
    }
  }

  // The events that a copy has ready, between two transactions of the stream.
  async #takeCopied(): ReturnType<SnapshotCoordinator["take"]> {
    // When a link is lost, delivered events may have been taken back.
    const isLost = this.#closing !== undefined || this.#lost === this.#link;
    const position = isLost ? null : this.#link.between;
    if (position === null || this.#copy === null) return null;
    try {
      return await this.#copy.take(position);
    } catch (error) {
      if (this.#closing !== undefined) return null;
      throw error;
    }
  }

  #deliver(events: readonly ReplicationEvent[]): readonly ReplicationEvent[] {
    this.#options.tracker.deliver(events);
    return events;
  }

  #follow(link: Link): void {
    this.#filter.resume(link.start);
    this.#options.tracker.follow(link);
    // Another process may have taken over by the time that a loss is noticed.
    void link.lost.then(() => {
      this.#lost = link;
      if (this.#isFromStream) this.#filter.takeBack(this.#drop());
    });
  }

  // Returns whether there is a new link: once the subscription is closed there is none.
  async #reopen(error: unknown): Promise<boolean> {
    const reconnection = this.#reconnection ??= await this.#load(error);
    const link = this.#link;
    // The true reason for the end is known only now, whatever was noticed first.
    await link.close();
    if (this.#closing !== undefined) return false;
    const next = reconnection.afterLoss(error, link, this.#isUseful);
    const isOpen = await reconnection.reopen(
      error,
      link,
      () => this.#openNext(next),
    );
    return isOpen ?? false;
  }

  async #load(error: unknown): Promise<Reconnection> {
    const { Reconnection } = await loadReconnection(error);
    const { plan, retry } = this.#options;
    return new Reconnection({
      plan,
      retry,
      isTemporary: plan.slot.temporary === true,
      signal: this.#stop.signal,
      onStatus: (status) => this.#setStatus(status),
    });
  }

  async #openNext({ plan, skip }: Continuation): Promise<boolean> {
    const { decoder, openLink } = this.#options;
    const { ledger, checkpoint } = this.#link;
    const copy = this.#copy;
    decoder.resume();
    ledger.resume();
    const link = await openLink(
      { ...plan, signal: this.#stop.signal },
      {
        startLsn: undefined,
        skip,
        checkpoint,
        ledger,
        decoder,
        until: this.#until,
        copy,
      },
    );
    if (this.#closing !== undefined) {
      await link.close();
      return false;
    }
    this.#link = link;
    // copy() may have been called while the link was being opened.
    if (this.#copy !== copy && this.#copy !== null) link.observe(this.#copy);
    else if (this.#copy === null && this.#makingCopy !== null) link.hold();
    this.#follow(link);
    this.#isUseful = false;
    this.#setStatus({ state: "streaming", processId: link.processId });
    return true;
  }

  async #shutDown(): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#abort);
    this.#stop.abort();
    await this.#link.close();
    await this.#copy?.close();
    await this.#options.onShutDown();
    this.#setStatus({ state: "closed" });
  }

  #setStatus(status: SubscriptionStatus): void {
    this.#status = status;
    this.#options.onStatus(status);
  }
}
