import { assertEquals, assertRejects } from "@std/assert";
import { parseLsn, ProtocolError } from "@walbrook/walbrook";
import { TransactionBuffer } from "../../src/reassembly/transaction_buffer.ts";
import type { MessageBatch } from "../../src/reassembly/message_source.ts";
import { MemoryFiles } from "./memory_files.ts";
import { testDecoding } from "../../src/test_decoding/plugin.ts";
import { keepalive, text, xLogData } from "../helpers/messages.ts";

const { name, roleOf } = testDecoding();
const CHANGE = "table s.t: INSERT: a[integer]:";

const message = (lsn: string, content: string) =>
  xLogData(text(content), parseLsn(lsn));
const KEEPALIVE = keepalive(7);

/** What comes out of these batches, a text for each message. */
async function hold(
  batches: readonly MessageBatch[],
  memoryLimit = 1_000_000,
): Promise<string[]> {
  const left = [...batches];
  const held = new TransactionBuffer(
    {
      next: () => Promise.resolve(left.shift() ?? null),
      drain: () => Promise.resolve(),
    },
    { name, roleOf: roleOf!, memoryLimit, openTemporaryFile: null },
  );
  const texts: string[] = [];
  try {
    for (;;) {
      const batch = await held.next();
      if (batch === null) return texts;
      for (const one of batch) {
        texts.push(
          one.kind === "XLogData"
            ? `${one.walStart} ${new TextDecoder().decode(one.data)}`
            : one.kind,
        );
      }
    }
  } finally {
    await held.close();
  }
}

const MESSAGES: MessageBatch = [
  KEEPALIVE,
  message("0/1", "BEGIN 1"),
  message("0/1", `${CHANGE}1`),
  message("0/2", `${CHANGE}2`),
  message("0/3", "COMMIT 1"),
  message("0/4", "message: transactional: 0 prefix: p, sz: 0 content:"),
  KEEPALIVE,
  message("0/0", "BEGIN 2"),
  message("0/6", "COMMIT 2"),
  message("0/6", "BEGIN 3"),
];

const HELD: readonly string[] = [
  "PrimaryKeepaliveMessage",
  "3 COMMIT 1",
  `1 ${CHANGE}1`,
  `2 ${CHANGE}2`,
  "3 COMMIT 1",
  "4 message: transactional: 0 prefix: p, sz: 0 content:",
  "PrimaryKeepaliveMessage",
  "6 COMMIT 2",
  "6 COMMIT 2",
];

Deno.test("TransactionBuffer hands a transaction on when its end has come, in any batches", async () => {
  assertEquals(await hold([MESSAGES]), HELD);
  assertEquals(await hold(MESSAGES.map((one) => [one])), HELD);
  for (let at = 1; at < MESSAGES.length; at++) {
    const halves = [MESSAGES.slice(0, at), MESSAGES.slice(at)];
    assertEquals(await hold(halves), HELD);
  }
});

Deno.test("TransactionBuffer refuses what has no place", async () => {
  for (
    const [texts, problem] of [
      [["COMMIT 1"], "no transaction has begun"],
      [[`${CHANGE}1`], "no transaction has begun"],
      [["BEGIN 1", "BEGIN 2"], "the transaction before has not ended"],
    ] as const
  ) {
    const batch = texts.map((text) => message("0/1", text));
    await assertRejects(() => hold([batch]), ProtocolError, problem);
  }
});

Deno.test("TransactionBuffer holds no more than it may", async () => {
  const large = message("0/1", CHANGE + "1".repeat(100_000));
  await assertRejects(
    () => hold([[message("0/1", "BEGIN 1"), large]], 50_000),
    RangeError,
    "the limit is 50000, and there are no temporary files",
  );
});

Deno.test("TransactionBuffer closes the file of a transaction that nobody has begun to take", async () => {
  const files = new MemoryFiles();
  const { openTemporaryFile } = files;
  const left = [
    [message("0/1", "BEGIN 1"), message("0/1", `${CHANGE}1`)],
    [message("0/3", "COMMIT 1")],
  ];
  const held = new TransactionBuffer(
    {
      next: () => Promise.resolve(left.shift() ?? null),
      drain: () => Promise.resolve(),
    },
    { name, roleOf: roleOf!, memoryLimit: 1, openTemporaryFile },
  );
  await held.next();
  assertEquals(files.open, 1);
  await held.next();
  await held.close();
  assertEquals(files.open, 0);
});
