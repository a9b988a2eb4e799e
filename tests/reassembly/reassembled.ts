import { assert, assertEquals } from "@std/assert";
import type { Lsn } from "@walbrook/walbrook";
import { decodePgoutputMessage } from "@walbrook/walbrook/pgoutput";
import type {
  MessageBatch,
  MessageSource,
} from "../../src/reassembly/message_source.ts";
import type { ExpectedUnit } from "./streamed_workload.ts";

/** A source of given batches, whose bytes are overwritten once they are left. */
export function sourceOf(batches: readonly MessageBatch[]): MessageSource {
  let at = 0;
  return {
    next() {
      for (const message of batches[at - 1] ?? []) {
        if (message.kind === "XLogData") message.data.fill(0x2a);
      }
      const batch = batches[at++]?.map((message) =>
        message.kind === "XLogData"
          ? { ...message, data: message.data.slice() }
          : message
      );
      return Promise.resolve(batch ?? null);
    },
    drain() {
      at = batches.length;
      return Promise.resolve();
    },
  };
}

/** Reads what comes out as a client of protocol version 1 would, and checks its form. */
export async function readWhole(
  source: MessageSource,
): Promise<{ units: ExpectedUnit[]; largest: number }> {
  const units: ExpectedUnit[] = [];
  const versions = new Map<number, string>();
  let open: { begin: string; lsn: Lsn; rows: number[] } | null = null;
  let largest = 0;
  for (;;) {
    const batch = await source.next();
    if (batch === null) break;
    largest = Math.max(largest, batch.length);
    for (const { data, walStart } of batch.filter(isData)) {
      const message = decodePgoutputMessage(data, walStart);
      switch (message.kind) {
        case "begin":
        case "beginPrepare": {
          assertEquals(open, null);
          const lsn = message.kind === "begin"
            ? message.finalLsn
            : message.prepareLsn;
          open = { begin: message.kind, lsn, rows: [] };
          break;
        }
        case "commit":
        case "prepare": {
          assert(open !== null);
          const { begin, lsn, rows } = open;
          assertEquals(message.walStart, message.endLsn);
          assertEquals(
            message.kind === "commit" ? message.commitLsn : message.prepareLsn,
            lsn,
          );
          units.push({ ends: `${begin} ${message.kind}`, lsn, rows });
          open = null;
          break;
        }
        case "origin":
          assertEquals(open?.rows, []);
          break;
        case "relation":
          assert(open !== null);
          assertEquals(message.walStart, 0n);
          versions.set(message.oid, message.name);
          break;
        case "insert":
          assert(open !== null);
          // The row has the form that its table was described with.
          assertEquals(message.newTuple[1], versions.get(message.relationOid));
          open.rows.push(Number(message.newTuple[0]));
          break;
        case "message":
          assertEquals(open, null);
          units.push({ ends: "message", lsn: message.lsn, rows: [] });
          break;
        default:
          throw new Error(`${message.kind} came through`);
      }
    }
  }
  assertEquals(open, null);
  return { units, largest };
}

function isData(
  message: MessageBatch[number],
): message is Extract<MessageBatch[number], { readonly kind: "XLogData" }> {
  return message.kind === "XLogData";
}
