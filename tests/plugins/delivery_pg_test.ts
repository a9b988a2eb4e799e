import { assert } from "@std/assert";
import { type ReplicationEvent, subscribe } from "@walbrook/walbrook";
import type { OutputPlugin } from "@walbrook/walbrook/replication";
import { testDecoding } from "@walbrook/walbrook/test_decoding";
import { wal2json } from "@walbrook/walbrook/wal2json";
import { RETRY } from "../delivery/cuts.ts";
import { Random } from "../delivery/random.ts";
import { StrictReplica } from "../delivery/replica.ts";
import { makeWorkload, runWorkload, SET_UP } from "../delivery/workload.ts";
import { startFaultProxy, throughProxy } from "../helpers/fault_proxy.ts";
import { testOnPostgres } from "../helpers/postgres.ts";
import { findWal2json } from "../helpers/wal2json.ts";

const SEED = 20_260_202;
const TRANSACTIONS = 80;

const found = await findWal2json();

/** Whether this is of the table that no publication would have. */
function isUnpublished(event: ReplicationEvent): boolean {
  return "relation" in event && event.relation.name === "unpublished";
}

function testDelivery(
  plugin: OutputPlugin,
  options: Parameters<typeof testOnPostgres>[2],
): void {
  testOnPostgres(
    `subscribe() delivers all and nothing twice by ${plugin.name}, whatever breaks`,
    async ({ server, sql }) => {
      const random = new Random(SEED);
      const workload = makeWorkload(TRANSACTIONS, SEED);
      await sql(SET_UP);
      await sql(
        `SELECT pg_create_logical_replication_slot('s', '${plugin.name}')`,
      );
      await runWorkload(server.url, workload);
      // The first one is not tried twice: it gets as far as the stream. Every other one gets
      // somewhere: several that don't are taken for those of a server that crashes.
      await using proxy = await startFaultProxy(server.url, {
        fault: (index) => ({
          cutAfterServerBytes: index === 0
            ? 12_000
            : (index % 2) * 30_000 + random.below(30_000),
        }),
      });
      await using subscription = await subscribe({
        connection: throughProxy(server.url, proxy),
        ...{ slot: "s", plugin, until: "now", retry: RETRY },
      });
      const replica = new StrictReplica();
      let transaction: ReplicationEvent[] = [];
      for await (const event of subscription) {
        transaction.push(event);
        const isWhole = event.kind === "commit" || event.transaction === null;
        if (!isWhole) continue;
        if (!transaction.some(isUnpublished)) {
          transaction.forEach((one) => replica.apply(one));
        }
        transaction = [];
      }
      assert(proxy.cuts >= 3, `${proxy.cuts} cuts`);
      await replica.compare(sql, workload);
    },
    options,
  );
}

testDelivery(testDecoding(), { majors: [14, 18] });
testDelivery(wal2json(), {
  majors: found.settings === undefined ? [] : [15],
  settings: found.settings ?? {},
});
