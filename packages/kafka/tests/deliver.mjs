// Delivers changes to Kafka with the packages as npm installs them, in any runtime.
//
//   node deliver.mjs BROKERS TRANSACTIONS

import process from "node:process";
import { jsonRecords, kafka } from "@walbrook/kafka";
import { deliver } from "walbrook/sink";

const [, , brokers = "", count = ""] = process.argv;

const relation = {
  ...{ oid: 16385, schema: "public", name: "items" },
  ...{ replicaIdentity: "default", primaryKey: ["id"] },
  columns: ["id", "n"].map((name) => ({
    ...{ name, typeOid: 23, typeModifier: -1, isKey: name === "id" },
  })),
};

/** Transactions that each count all of five rows one up. */
function* transactions() {
  for (let n = 1; n <= Number(count); n++) {
    const commitLsn = BigInt(n) * 0x100n;
    const transaction = {
      xid: 700 + n,
      commitLsn,
      commitTime: 0n,
      origin: null,
    };
    const place = { table: null, transaction };
    yield [
      { ...place, kind: "begin", index: 0 },
      ...[1, 2, 3, 4, 5].map((id, index) => ({
        ...{ ...place, kind: "update", table: "public.items", relation, index },
        ...{ key: { id }, oldRow: null, newRow: { id, n }, lsn: commitLsn },
      })),
      { ...place, kind: "commit", index: 5, endLsn: commitLsn + 0x30n },
    ];
  }
}

let acknowledged = 0;
const source = {
  acknowledgement: "manual",
  acknowledge: () => acknowledged++,
  batches: streamOf(transactions()),
};
const destination = kafka({
  client: { brokers: brokers.split(","), retry: { retries: 5 } },
  records: jsonRecords({ topicPrefix: "shop" }),
});
const retry = { initialDelayMs: 10, maxDelayMs: 100 };
await deliver(source, destination, { retry }).done;
console.log(`acknowledged ${acknowledged}`);

function streamOf(iterator) {
  return new ReadableStream({
    pull(controller) {
      const { done, value } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
}
