import { assertEquals } from "@std/assert";
import { createParser, type EventSourceMessage } from "eventsource-parser";
import { parseLsn } from "@walbrook/walbrook";
import {
  type EncodableTransaction,
  ServerSentEventStream,
  toJson,
} from "@walbrook/walbrook/encode";
import { insert, table, TRANSACTION, TRUNCATE } from "../examples/events.ts";

const LINES = insert({ text: "a\r\nb\rc\nd: e\u2028" });

async function received(
  transactions: readonly EncodableTransaction[],
): Promise<EventSourceMessage[]> {
  const messages: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (message) => messages.push(message) });
  const stream = ReadableStream.from(transactions)
    .pipeThrough(new ServerSentEventStream());
  for await (const text of stream) parser.feed(text);
  return messages;
}

Deno.test("ServerSentEventStream makes one event of a transaction, however many changes it has", async () => {
  const endLsn = parseLsn("16/B374D878");
  const messages = await received([
    { transaction: TRANSACTION, changes: [LINES, TRUNCATE], endLsn },
    { transaction: null, changes: [], endLsn: parseLsn("16/B374D900") },
  ]);
  assertEquals(messages.map(({ id }) => id), ["16/B374D878", "16/B374D900"]);
  assertEquals(messages[0]!.event, "transaction");
  const data = JSON.parse(messages[0]!.data);
  assertEquals(
    data.changes,
    [LINES, TRUNCATE].map((one) => JSON.parse(toJson(one))),
  );
  assertEquals(data.transaction.xid, 755);
  assertEquals(data.endLsn, "16/B374D878");
});

Deno.test("ServerSentEventStream gives copied rows no id, from which nobody could resume", async () => {
  const lsn = parseLsn("16/B374D878");
  const [message] = await received([{
    transaction: null,
    changes: [{
      kind: "read",
      table: "public.orders",
      key: { id: 1 },
      relation: table("public.orders", ["id*"]),
      newRow: { id: 1 },
      lsn,
      index: 0,
      run: 1,
      transaction: null,
    }],
    endLsn: lsn,
  }]);
  assertEquals(message!.id, undefined);
  assertEquals(message!.event, "copy");
});
