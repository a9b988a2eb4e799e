import { assert, assertEquals } from "@std/assert";
import {
  decodePgoutputMessage,
  parseLsn,
  type PgoutputMessage,
  type UnixMicros,
} from "@walbrook/walbrook/pgoutput";
import { Reassembler } from "../../src/reassembly/reassembler.ts";
import { sourceOf } from "../reassembly/reassembled.ts";
import { encodePgoutputMessage } from "./encode_pgoutput_message.ts";
import {
  STREAMED_MEANING,
  STREAMED_TWO_PHASE_MEANING,
} from "./golden_meaning.ts";
import { meaningOf } from "./meaning_of.ts";
import {
  decodeStreamed,
  fromHex,
  GOLDEN_MAJORS,
  type GoldenMessage,
  readGolden,
  toHex,
} from "./read_golden.ts";

/** What a client of protocol version 1 would have got. */
async function reassemble(
  messages: readonly GoldenMessage[],
): Promise<PgoutputMessage[]> {
  const batch = messages.map(([lsn, hex]) => ({
    kind: "XLogData" as const,
    walStart: parseLsn(lsn),
    walEnd: parseLsn(lsn),
    sendTime: 0n as UnixMicros,
    data: fromHex(hex),
  }));
  const reassembler = new Reassembler(sourceOf([batch]), {
    memoryLimit: Infinity,
    openTemporaryFile: null,
  });
  const whole: PgoutputMessage[] = [];
  for (;;) {
    const read = await reassembler.next();
    if (read === null) return whole;
    for (const one of read) {
      if (one.kind !== "XLogData") continue;
      whole.push(decodePgoutputMessage(one.data, one.walStart));
    }
  }
}

// 14 sends Begin and Commit for transactions without published changes too.
function withoutEmpty(messages: readonly PgoutputMessage[]): PgoutputMessage[] {
  return messages.filter(({ kind }, at) =>
    !(kind === "begin" && messages[at + 1]?.kind === "commit") &&
    !(kind === "commit" && messages[at - 1]?.kind === "begin")
  );
}

for (const major of GOLDEN_MAJORS) {
  const golden = readGolden(major);
  const streams = [
    ["on", golden.streamedMessages],
    ["parallel", golden.parallelMessages],
  ] as const;

  for (const [streaming, list] of streams) {
    if (list.length === 0) continue;
    const messages = decodeStreamed(list);

    Deno.test(`decodePgoutputMessage() reads PostgreSQL ${major}'s blocks with streaming '${streaming}'`, () => {
      assertEquals(
        messages.map(encodePgoutputMessage).map(toHex),
        list.map(([, hex]) => hex),
      );
      const kinds = new Set(messages.map(({ kind }) => kind));
      for (const kind of ["type", "relation", "insert", "update", "delete"]) {
        assert(kinds.has(kind as PgoutputMessage["kind"]), kind);
      }
      const [top, sub] = abortsOf(messages);
      assertEquals(top?.xid, top?.subxid);
      assert(sub !== undefined && sub.xid !== sub.subxid);
      for (const abort of [top, sub]) {
        assertEquals(abort?.abortLsn !== null, streaming === "parallel");
        assertEquals(abort?.abortTime !== null, streaming === "parallel");
      }
      // What was rolled back has the xid that the abort names.
      const rolledBack = messages.find((message) =>
        message.kind === "insert" && message.newTuple[1] === "rolled back"
      );
      assertEquals(
        rolledBack?.kind === "insert" && rolledBack.xid,
        sub.subxid,
      );
    });

    Deno.test(`Reassembler finds in PostgreSQL ${major}'s blocks with streaming '${streaming}' what the SQL did`, async () => {
      const whole = withoutEmpty(await reassemble(list));
      assertEquals(meaningOf(whole), STREAMED_MEANING);
      const commits = messages.flatMap((message) =>
        message.kind === "streamCommit" ? [message.endLsn] : []
      );
      assertEquals(
        whole.flatMap((message) =>
          message.kind === "commit" ? [message.endLsn] : []
        ),
        commits,
      );
    });
  }

  const twoPhase = golden.streamedTwoPhaseMessages;
  if (twoPhase.length === 0) continue;

  Deno.test(`Reassembler finds in PostgreSQL ${major}'s blocks what was prepared`, async () => {
    assertEquals(
      decodeStreamed(twoPhase).map(encodePgoutputMessage).map(toHex),
      twoPhase.map(([, hex]) => hex),
    );
    assertEquals(
      meaningOf(await reassemble(twoPhase)),
      STREAMED_TWO_PHASE_MEANING,
    );
  });
}

// The whole transaction's, and the subtransaction's before it.
function abortsOf(messages: readonly PgoutputMessage[]) {
  return messages.flatMap((message) =>
    message.kind === "streamAbort" ? [message] : []
  ).reverse();
}
