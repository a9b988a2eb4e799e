import { acknowledgedBy } from "../../events/acknowledged_by.ts";
import type { ReplicationEvent } from "../../events/event.ts";
import type { GapEvent } from "../../events/gap.ts";
import { PostgresError } from "../../errors.ts";
import { formatLsn, type Lsn } from "../../lsn.ts";
import type { SinkReport } from "../../sink/report.ts";
import type { Subscription } from "../../subscription/views/subscription.ts";
import { messageOf } from "./sentence.ts";
import type {
  Level,
  NoticedGap,
  OpenTransaction,
  TextPart,
} from "./sentence_facts.ts";
import { Series, STEP_MS } from "./series.ts";
import {
  type MayShow,
  type ShownChange,
  shownChange,
} from "./shown_changes.ts";
import { describeRelationChange } from "./describe_relation_change.ts";
import { formatBytes, formatDuration } from "./format.ts";

/** Something that happened: a schema change, a gap, a lost link. */
export interface LogEntry {
  /** The time, in milliseconds since 1970-01-01 UTC. */
  readonly time: number;
  /** Its level. */
  readonly level: Level;
  /** The text. */
  readonly text: readonly TextPart[];
  /** A short text, for a mark in the charts. */
  readonly mark: string;
}

/** The changes of a table. */
export interface TableFigures {
  /** Inserts since the start. */
  inserts: number;
  /** Updates since the start. */
  updates: number;
  /** Deletes since the start. */
  deletes: number;
  /** Changes per second. */
  readonly rate: Series;
  /** Changes since the last point of the chart. */
  fresh: number;
}

const MOST_CHANGES = 50;
const MOST_ENTRIES = 20;
const MOST_TABLES = 200;
const TABLE_POINTS = 90;

/** Records the history that the page shows. */
export class Board {
  /** The lag in time, in milliseconds. */
  readonly lag: Series = new Series();
  /** The lag in WAL, in bytes. */
  readonly log: Series = new Series();
  /** Changes per second. */
  readonly rate: Series = new Series();
  /** The tables that have changed. */
  readonly tables: Map<string, TableFigures> = new Map();
  /** The log, the latest entry first. */
  entries: readonly LogEntry[] = [];
  /** The last gap. */
  gap: NoticedGap | null = null;
  /** The position up to which events were delivered. */
  handedOut: Lsn | null = null;
  /** The transaction that is being handed out; `null` between two of them. */
  inside: OpenTransaction | null = null;
  /** Since when nothing more is confirmed, in milliseconds since 1970-01-01 UTC. */
  confirmedAt: number | null = null;
  /** Since when the link has been down, by `performance.now()`; `null` while it is up. */
  downSince: number | null = null;
  /** Since when the subscription has had its state, by `performance.now()`. */
  statusSince: number = performance.now();
  /** How many deliveries a second became durable lately, by the destinations' names. */
  readonly deliveryRates: Map<string, number> = new Map();
  readonly #subscription: Subscription;
  readonly #mayShow: MayShow;
  readonly #delivered = new Map<string, number>();
  #status: Subscription["status"] | null = null;
  #confirmed: Lsn | null = null;
  #committedAt: number | null = null;
  #hasCopied = false;
  #changes: readonly ShownChange[] = [];
  #current: ShownChange[] = [];
  #fresh = 0;
  #points = 0;
  #steppedAt: number = performance.now();
  #isFirst = true;

  /**
   * @param subscription The subscription to watch.
   * @param mayShow Returns which columns' values to record.
   */
  constructor(subscription: Subscription, mayShow: MayShow) {
    this.#subscription = subscription;
    this.#mayShow = mayShow;
  }

  /** The last changes, the latest transaction first. */
  get changes(): readonly ShownChange[] {
    return [...this.#current, ...this.#changes].slice(0, MOST_CHANGES);
  }

  /** Records events that are about to be delivered. */
  take(events: readonly ReplicationEvent[]): void {
    for (const event of events) this.#takeOne(event);
  }

  /**
   * Records the state. Call it every second.
   *
   * @param sink The delivery; `null` without one.
   */
  tick(sink: SinkReport | null): void {
    this.#watchLink();
    this.#watchConfirmed();
    this.#watchCopies();
    const now = performance.now();
    const passed = now - this.#steppedAt;
    if (passed < STEP_MS) return;
    this.#steppedAt = now;
    const { progress } = this.#subscription;
    this.lag.push(progress.lagMs);
    this.log.push(
      progress.lagBytes === null ? null : Number(progress.lagBytes),
    );
    this.rate.push(this.#fresh * 1_000 / passed);
    this.#fresh = 0;
    for (const { name, delivered } of sink?.destinations ?? []) {
      const before = this.#delivered.get(name) ?? 0;
      this.deliveryRates.set(name, (delivered - before) * 1_000 / passed);
      this.#delivered.set(name, delivered);
    }
    // A table's chart has a third of the resolution.
    if (++this.#points % 3 !== 0) return;
    for (const table of this.tables.values()) {
      table.rate.push(table.fresh * 1_000 / (passed * 3));
      table.fresh = 0;
    }
  }

  #takeOne(event: ReplicationEvent): void {
    switch (event.kind) {
      case "begin":
        this.inside = {
          xid: event.transaction.xid,
          ...{ changes: 0, kind: null, table: "" },
        };
        this.#isFirst = true;
        return;
      case "insert":
      case "update":
      case "delete":
        this.#count(event.table, event.kind);
        if (this.inside !== null) {
          const { xid, changes } = this.inside;
          const { kind, table } = event;
          this.inside = { xid, changes: changes + 1, kind, table };
        }
        break;
      case "commit":
        this.handedOut = event.endLsn;
        this.inside = null;
        this.#committedAt = Number(event.transaction.commitTime / 1000n);
        this.#changes = this.changes;
        this.#current = [];
        return;
      case "relation": {
        const described = describeRelationChange(event);
        if (described === null) return;
        return this.#enter({ level: "ok", ...described });
      }
      case "snapshotEnd":
        if (event.aborted === null) this.#hasCopied = true;
        break;
      case "gap":
        return this.#takeGap(event);
    }
    this.#show(event);
    const unit = acknowledgedBy(event);
    if (typeof unit === "bigint") this.handedOut = unit;
  }

  #takeGap(gap: GapEvent): void {
    this.gap = { gap, time: Date.now(), since: this.#committedAt };
    this.#hasCopied = false;
    this.#current = [];
    this.inside = null;
    const { reason, from, to } = gap;
    const lost = to === null || to <= from
      ? "Gap "
      : `Gap, ${formatBytes(to - from)} lost `;
    const end = to === null ? "?" : formatLsn(to);
    this.#enter({
      ...{ level: "bad", mark: "gap" },
      text: [lost, { code: reason }, " ", {
        code: `${formatLsn(from)} to ${end}`,
      }],
    });
  }

  #show(event: ReplicationEvent): void {
    if (this.#current.length >= MOST_CHANGES) return;
    const shown = shownChange(event, this.#isFirst, this.#mayShow);
    if (shown === null) return;
    this.#isFirst = false;
    this.#current.push(shown);
    if (event.transaction !== null) return;
    this.#changes = this.changes;
    this.#current = [];
    this.#isFirst = true;
  }

  #count(name: string, kind: "insert" | "update" | "delete"): void {
    this.#fresh++;
    let table = this.tables.get(name);
    if (table === undefined) {
      if (this.tables.size >= MOST_TABLES) return;
      table = {
        ...{ inserts: 0, updates: 0, deletes: 0, fresh: 0 },
        rate: new Series(TABLE_POINTS),
      };
      this.tables.set(name, table);
    }
    table[`${kind}s`]++;
    table.fresh++;
  }

  #watchConfirmed(): void {
    const { confirmed, pending } = this.#subscription.progress;
    const hasMoved = confirmed !== this.#confirmed;
    this.#confirmed = confirmed;
    if (hasMoved || this.confirmedAt === null || pending === 0) {
      this.confirmedAt = Date.now();
    }
  }

  // Copying the tables again repairs a gap.
  #watchCopies(): void {
    if (this.gap === null || !this.#hasCopied) return;
    const isCopying = this.#subscription.snapshots.some(({ state }) =>
      state === "queued" || state === "copying"
    );
    if (isCopying) return;
    this.gap = null;
    this.#enter({
      ...{ level: "ok", mark: "copied" },
      text: ["Tables were copied after the gap"],
    });
  }

  #watchLink(): void {
    const { status } = this.#subscription;
    const now = performance.now();
    if (status !== this.#status) {
      this.#status = status;
      this.statusSince = now;
    }
    if (status.state === "streaming") {
      if (this.downSince === null) return;
      const down = formatDuration(now - this.downSince);
      this.downSince = null;
      return this.#enter({
        level: "ok",
        text: [`Reconnected in ${down}, nothing missed`],
        mark: "reconnected",
      });
    }
    if (this.downSince !== null || status.state === "closed") return;
    this.downSince = now;
    const error = status.state === "retrying" ? status.error : null;
    this.#enter({
      ...{ level: "warn", mark: "link lost" },
      text: [
        "Link lost",
        ...error instanceof PostgresError ? [" ", { code: error.code }] : [],
        ...error === null ? [] : [`: ${messageOf(error)}`],
      ],
    });
  }

  #enter(entry: Omit<LogEntry, "time">): void {
    this.entries = [{ ...entry, time: Date.now() }, ...this.entries]
      .slice(0, MOST_ENTRIES);
  }
}
