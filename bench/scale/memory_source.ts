import {
  type Relation,
  type ReplicationEvent,
  toLsn,
  type UnixMicros,
} from "@walbrook/walbrook";
import type { DeliverySource } from "@walbrook/walbrook/sink";

const NAMES = ["id", "a", "b", "c", "d", "e", "f"];
const ROWS_IN_A_TRANSACTION = 1_000;

const RELATION: Relation = {
  oid: 16385,
  schema: "public",
  name: "t",
  replicaIdentity: "default",
  primaryKey: ["id"],
  columns: NAMES.map((name, i) => ({
    ...{ name, typeOid: i === 0 ? 20 : 25, typeModifier: -1, isKey: i === 0 },
  })),
};

function* batches(rows: number): Generator<ReplicationEvent[]> {
  let id = 0;
  for (let number = 1; id < rows; number++) {
    const transaction = {
      xid: number,
      commitLsn: toLsn(BigInt(number) * 0x10_000n),
      commitTime: 0n as UnixMicros,
      origin: null,
    };
    const events: ReplicationEvent[] = [
      { kind: "begin", table: null, transaction, index: 0 },
    ];
    while (events.length <= ROWS_IN_A_TRANSACTION && id < rows) {
      events.push({
        ...{ kind: "insert", transaction, index: events.length - 1 },
        ...{ table: "public.t", relation: RELATION, key: { id } },
        lsn: transaction.commitLsn,
        newRow: {
          id: BigInt(id),
          ...{ a: `${id % 1000}`, b: `text ${id}`, c: "2026-01-01 00:00:00" },
          ...{ d: `${id}.5`, e: "t", f: "0123456789abcdef0123456789abcdef" },
        },
      });
      id++;
    }
    const endLsn = toLsn(transaction.commitLsn + 8n);
    const index = events.length - 1;
    events.push({ kind: "commit", table: null, transaction, index, endLsn });
    yield events;
  }
}

/** Creates a stream of inserted rows of seven columns, in transactions of 1,000. */
export function memorySource(rows: number): DeliverySource {
  const iterator = batches(rows);
  return {
    acknowledgement: "manual",
    acknowledge() {},
    batches: new ReadableStream({
      pull(controller) {
        const { done, value } = iterator.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
    }, { highWaterMark: 0 }),
  };
}
