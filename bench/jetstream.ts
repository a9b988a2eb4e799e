/**
 * Measures how many rows a second `jetstream()` stores, one a message and many a message. It
 * starts its own nats-server.
 *
 * ```sh
 * deno task bench:nats
 * deno task bench:nats --rows 2000 --rounds 1
 * ```
 *
 * @module
 */
import { cpuUsage } from "node:process";
import { parseArgs } from "@std/cli/parse-args";
import { jetstream } from "@walbrook/nats";
import {
  type Relation,
  type ReplicationEvent,
  toLsn,
  type UnixMicros,
} from "@walbrook/walbrook";
import { deliver, type DeliverySource } from "@walbrook/walbrook/sink";
import { NatsServer } from "../examples/demo/nats_server.ts";

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

function sourceOf(rows: number): DeliverySource {
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

async function measure(rows: number, rowsPerMessage: number): Promise<string> {
  await using server = await NatsServer.start();
  const start = performance.now();
  const before = cpuUsage();
  await deliver(
    sourceOf(rows),
    jetstream({
      connection: { servers: server.url },
      ...{ stream: "CDC", create: {}, rowsPerMessage },
    }),
  ).done;
  const rate = rows / (performance.now() - start) * 1000;
  const { user, system } = cpuUsage(before);
  const micros = (user + system) / rows;
  return `${Math.round(rate).toLocaleString("en")} rows/s, ${
    micros.toFixed(1)
  } µs of CPU a row`;
}

async function main(): Promise<void> {
  const { rows, rounds } = parseArgs(Deno.args, {
    string: ["rows", "rounds"],
    default: { rows: "300000", rounds: "3" },
  });
  for (let round = 0; round < Number(rounds); round++) {
    for (const rowsPerMessage of [1, 100, 500]) {
      // A message for each row takes ten times as long.
      const count = Math.ceil(Number(rows) / (rowsPerMessage === 1 ? 10 : 1));
      const figures = await measure(count, rowsPerMessage);
      console.log(`${rowsPerMessage} a message: ${figures}`);
    }
  }
}

if (import.meta.main) await main();
