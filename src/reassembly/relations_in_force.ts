import type { XLogData } from "../replication/copy_both_message.ts";

interface Description {
  readonly arrival: number;
  readonly message: XLogData;
}

/**
 * Remembers the last description of each table, in the order of arrival. A transaction that
 * arrived in blocks is passed on later than it arrived, and describes its tables as they were
 * then. If other transactions have described one again in between, the server assumes that it
 * is known and does not repeat it.
 */
export class RelationsInForce {
  readonly #newest = new Map<number, Description>();
  readonly #stale = new Set<number>();

  /** Whether a table must be described again before the next change. */
  get isStale(): boolean {
    return this.#stale.size > 0;
  }

  /**
   * Records that a description is passed on.
   *
   * @param message A Relation message without an xid. It is copied.
   * @param arrival Its time of arrival: an increasing number.
   */
  note(message: XLogData, arrival: number): void {
    const oid = relationOid(message.data);
    const newest = this.#newest.get(oid);
    if (newest !== undefined && newest.arrival > arrival) {
      this.#stale.add(oid);
      return;
    }
    const { kind, walStart, walEnd, sendTime, data } = message;
    const copy = { kind, walStart, walEnd, sendTime, data: data.slice() };
    this.#newest.set(oid, { arrival, message: copy });
    this.#stale.delete(oid);
  }

  /** Removes and returns the descriptions to repeat. */
  takeStale(): XLogData[] {
    const messages = [...this.#stale].flatMap((oid) =>
      this.#newest.get(oid)?.message ?? []
    );
    this.#stale.clear();
    return messages;
  }

  /**
   * Discards what is not stale: no transaction is left that could be passed on later than it
   * arrived.
   */
  forget(): void {
    for (const oid of this.#newest.keys()) {
      if (!this.#stale.has(oid)) this.#newest.delete(oid);
    }
  }
}

function relationOid({ buffer, byteOffset, length }: Uint8Array): number {
  return length < 5 ? 0 : new DataView(buffer, byteOffset).getUint32(1);
}
