import { assertEquals, assertThrows } from "@std/assert";
import type { ReplicationEvent } from "@walbrook/walbrook";
import { eventSize } from "../../../src/subscription/views/event_size.ts";
import {
  TransactionAssembler,
  type TransactionsOptions,
} from "../../../src/subscription/views/transaction.ts";
import { transactionOf } from "./script.ts";

const EVENTS = transactionOf(10, 3);
const BYTES = EVENTS.slice(1, -1)
  .reduce((sum, event) => sum + eventSize(event), 0);

function assemble(options: TransactionsOptions): number | undefined {
  const assembler = new TransactionAssembler(options, () => {});
  const made = EVENTS.map((event: ReplicationEvent) => assembler.push(event));
  return made.at(-1)?.changes.length;
}

Deno.test("transactions() takes a transaction that is exactly as large as it may be", () => {
  assertEquals(assemble({ maxBytes: BYTES }), 3);
  assertEquals(assemble({ maxChanges: 3 }), 3);
});

Deno.test("transactions() refuses a transaction that is larger by one", () => {
  assertThrows(
    () => assemble({ maxBytes: BYTES - 1 }),
    RangeError,
    "raise maxBytes",
  );
  assertThrows(
    () => assemble({ maxChanges: 2 }),
    RangeError,
    "raise maxChanges",
  );
});
