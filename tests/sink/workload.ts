import {
  type AcknowledgeableEvent,
  type Relation,
  type ReplicationEvent,
  toLsn,
  type TransactionInfo,
  type UnixMicros,
} from "@walbrook/walbrook";
import type { DeliverySource } from "@walbrook/walbrook/sink";

/** A table with a key. */
export const ITEMS: Relation = {
  oid: 16385,
  schema: "public",
  name: "items",
  replicaIdentity: "default",
  primaryKey: ["id"],
  columns: [
    { name: "id", typeOid: 23, typeModifier: -1, isKey: true },
    { name: "n", typeOid: 23, typeModifier: -1, isKey: false },
  ],
};

/** Makes the events of a stream, transaction by transaction. */
export class Workload {
  #lsn = 0x1000n;
  #xid = 700;
  readonly #counts = new Map<number, number>();

  /** How often each row was changed. */
  get counts(): ReadonlyMap<number, number> {
    return this.#counts;
  }

  /** A transaction that changes these rows, in order; each change counts one up. */
  transaction(
    ids: readonly number[],
    more: (place: Place) => readonly ReplicationEvent[] = () => [],
  ): ReplicationEvent[] {
    const transaction = this.#begin();
    const events: ReplicationEvent[] = [
      { kind: "begin", table: null, transaction, index: 0 },
      ...ids.map((id, index) => this.change({ transaction, index }, id)),
    ];
    events.push(...more({ transaction, index: ids.length }));
    events.push(this.#commit({ transaction, index: events.length - 1 }));
    return events;
  }

  /** An update of a row that counts one up. */
  change(place: Place, id: number): ReplicationEvent {
    const n = (this.#counts.get(id) ?? 0) + 1;
    this.#counts.set(id, n);
    return {
      kind: "update",
      ...place,
      table: "public.items",
      relation: ITEMS,
      key: { id },
      oldRow: null,
      newRow: { id, n },
      lsn: place.transaction.commitLsn,
    };
  }

  #begin(): TransactionInfo {
    this.#lsn += 0x100n;
    return {
      xid: ++this.#xid,
      commitLsn: toLsn(this.#lsn),
      commitTime: 0n as UnixMicros,
      origin: null,
    };
  }

  #commit(place: Place): ReplicationEvent {
    return {
      kind: "commit",
      ...place,
      table: null,
      endLsn: toLsn(this.#lsn + 0x30n),
    };
  }
}

/** Where a change stands. */
export interface Place {
  readonly transaction: TransactionInfo;
  readonly index: number;
}

/** A stream of events that remembers what was acknowledged, and how it ended. */
export interface Source extends DeliverySource {
  readonly acknowledged: AcknowledgeableEvent[];
  /** Resolves when the stream is cancelled, with the reason. */
  readonly cancelled: Promise<unknown>;
  /** How many batches were asked for. */
  readonly pulled: () => number;
}

/** Makes a stream of batches of events. */
export function sourceOf(
  batches:
    | Iterable<readonly ReplicationEvent[]>
    | AsyncIterable<
      readonly ReplicationEvent[]
    >,
): Source {
  const acknowledged: AcknowledgeableEvent[] = [];
  let cancel: (reason: unknown) => void = () => {};
  const cancelled = new Promise((resolve) => cancel = resolve);
  const iterator = Symbol.asyncIterator in batches
    ? batches[Symbol.asyncIterator]()
    : batches[Symbol.iterator]();
  let pulled = 0;
  return {
    acknowledgement: "manual",
    acknowledged,
    cancelled,
    pulled: () => pulled,
    acknowledge: (event) => void acknowledged.push(event),
    batches: new ReadableStream({
      async pull(controller) {
        pulled++;
        const { done, value } = await iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel,
    }, { highWaterMark: 0 }),
  };
}

/** The id and count of the row that an event changed. */
export function rowOf(event: ReplicationEvent): { id: number; n: number } {
  if (!("newRow" in event)) throw new TypeError(`a ${event.kind}`);
  return event.newRow as { id: number; n: number };
}
