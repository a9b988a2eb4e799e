import { assertThrows } from "@std/assert";
import {
  type ReplicationEvent,
  toLsn,
  type UnixMicros,
} from "@walbrook/walbrook";
import { DeliveryError, StrictReplica } from "./replica.ts";

const RELATION = {
  ...{ oid: 1, schema: "public", name: "item", columns: [] },
  replicaIdentity: "default" as const,
  primaryKey: null,
};

function transactionAt(at: number, ...ids: number[]): ReplicationEvent[] {
  const commitLsn = toLsn(BigInt(at));
  const transaction = {
    ...{ xid: at, commitLsn, commitTime: 0n as UnixMicros, origin: null },
  };
  const inserts = ids.map((id, index): ReplicationEvent => ({
    ...{ kind: "insert", transaction, index, relation: RELATION },
    ...{ table: "public.item", key: { id }, newRow: { id }, lsn: commitLsn },
  }));
  return [
    { kind: "begin", table: null, transaction, index: 0 },
    ...inserts,
    {
      kind: "commit",
      table: null,
      transaction,
      index: ids.length,
      endLsn: commitLsn,
    },
  ];
}

function refuses(...events: readonly (ReplicationEvent | undefined)[]): void {
  const replica = new StrictReplica();
  const [last, ...before] = events.toReversed();
  for (const event of before.toReversed()) replica.apply(event!);
  assertThrows(() => replica.apply(last!), DeliveryError);
}

Deno.test("StrictReplica takes no event twice, none too early and none too late", () => {
  const [begin, one, two, commit] = transactionAt(10, 1, 2);
  refuses(one);
  refuses(begin, one, one);
  refuses(begin, two);
  refuses(begin, one, commit);
  refuses(begin, one, two, commit, begin);
  refuses(begin, one, transactionAt(20)[0]);
  refuses(...transactionAt(20, 1), transactionAt(10)[0]);
  refuses(...transactionAt(10, 1), ...transactionAt(20, 1).slice(0, 2));
});
