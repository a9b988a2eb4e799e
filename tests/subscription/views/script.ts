import {
  formatLsn,
  type LogicalMessageEvent,
  type ReplicationEvent,
  type Subscription as SubscriptionType,
} from "@walbrook/walbrook";
import { Subscription } from "../../../src/subscription/views/subscription.ts";
import type { SubscriptionSource } from "../../../src/subscription/views/subscription_source.ts";
import { lsn, NEVER } from "../../helpers/messages.ts";

/** A transaction that commits here, with as many inserts. */
export function transactionOf(at: number, changes: number): ReplicationEvent[] {
  const transaction = {
    xid: at,
    commitLsn: lsn(at),
    commitTime: NEVER,
    origin: null,
  };
  const relation = {
    oid: 1,
    schema: "public",
    name: "t",
    replicaIdentity: "default" as const,
    primaryKey: null,
    columns: [],
  };
  return [
    { kind: "begin", table: null, transaction, index: 0 },
    ...Array.from({ length: changes }, (_, index): ReplicationEvent => ({
      kind: "insert",
      table: "public.t",
      transaction,
      index,
      relation,
      key: { id: index },
      newRow: { id: index },
      lsn: lsn(at),
    })),
    {
      kind: "commit",
      table: null,
      transaction,
      index: changes,
      endLsn: lsn(at + 1),
    },
  ];
}

/** A message at this position. */
export function messageAt(
  at: number,
  inTransaction = false,
): LogicalMessageEvent {
  const [begin] = transactionOf(at, 0);
  return {
    kind: "message",
    table: null,
    transaction: inTransaction ? begin?.transaction ?? null : null,
    index: 0,
    prefix: "",
    content: new Uint8Array(0),
    lsn: lsn(at),
  };
}

/** A source that plays batches and writes down what is asked of it. */
export class Script {
  readonly done: string[] = [];
  closed = 0;
  /** Drops what of the last batch has not been handed out, as where a link is lost. */
  drop: () => number = () => 0;
  /** Lets the next batch out; without it they come at once. */
  gate: Promise<void> = Promise.resolve();
  readonly #batches: (readonly ReplicationEvent[] | Error)[];

  constructor(batches: readonly (readonly ReplicationEvent[] | Error)[]) {
    this.#batches = [...batches];
  }

  subscription(mode: "consumed" | "manual" = "consumed"): SubscriptionType {
    return new Subscription(this.source(mode));
  }

  source(mode: "consumed" | "manual" = "consumed"): SubscriptionSource {
    return {
      next: async () => {
        const batch = this.#batches.shift() ?? null;
        await this.gate;
        if (this.closed > 0) return null;
        if (batch instanceof Error) throw batch;
        return batch;
      },
      acknowledge: (unit) =>
        this.done.push(formatLsn(typeof unit === "bigint" ? unit : unit.lsn)),
      onLoss: (drop) => this.drop = drop,
      finish: () => {
        this.closed++;
        return Promise.resolve();
      },
      close: () => {
        this.closed++;
        return Promise.resolve();
      },
      progress: () => ({
        received: lsn(1),
        confirmed: lsn(2),
        pending: 3,
        walEnd: lsn(6),
        walEndAgeMs: 7,
        lagBytes: 4n,
        lagMs: 5,
        reconnections: 8,
        lastError: null,
        lastEventAgeMs: 9,
      }),
      slotState: () => null,
      counts: () => ({
        events: [{ table: "public.t", kind: "insert", count: 1 }],
        receivedBytes: 2,
        failures: [],
        gaps: [],
        badValues: 3,
      }),
      mode,
      acknowledgeMessages: false,
      checkpointAfter: (unit) => ({
        lsn: typeof unit === "bigint" ? unit : unit.lsn,
        ...{ systemId: "1", timeline: 1 },
      }),
      copy: () => Promise.reject(new Error("Nothing is to be copied")),
      snapshots: () => [],
      status: () => ({ state: "streaming", processId: 7 }),
      system: { systemId: "1", timeline: 1 },
      parameters: new Map(),
      processId: 7,
    };
  }
}
