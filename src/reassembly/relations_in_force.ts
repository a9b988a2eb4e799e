import type { XLogData } from "../replication/copy_both_message.ts";

interface Description {
  readonly arrival: number;
  readonly message: XLogData;
}

/**
 * Remembers how tables were described last, in the order in which the descriptions came.
 * A transaction that came in blocks is handed on later than it came, and describes its
 * tables as they were then; if one has been described again in between, for others, the
 * server takes that for known and does not repeat it.
 */
export class RelationsInForce {
  readonly #newest = new Map<number, Description>();
  readonly #stale = new Set<number>();

  /** Whether something has to be described again before the next change. */
  get isStale(): boolean {
    return this.#stale.size > 0;
  }

  /**
   * Notes that a description is handed on.
   *
   * @param message A Relation message without an xid. It is copied.
   * @param arrival When it came: a number that grows.
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

  /** Takes what has to be described again. */
  takeStale(): XLogData[] {
    const messages = [...this.#stale].flatMap((oid) =>
      this.#newest.get(oid)?.message ?? []
    );
    this.#stale.clear();
    return messages;
  }

  /**
   * Forgets what is not stale: there is no transaction left that could be handed on
   * later than it came.
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
