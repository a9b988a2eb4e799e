import { assert, assertEquals } from "@std/assert";
import type { PgoutputMessage } from "@walbrook/walbrook/pgoutput";
import { TWO_PHASE_WORKLOAD, WORKLOAD } from "../golden/workload.ts";
import { encodePgoutputMessage } from "./encode_pgoutput_message.ts";
import { MEANING, TWO_PHASE_MEANING } from "./golden_meaning.ts";
import { meaningOf } from "./meaning_of.ts";
import {
  decodeGolden,
  fromHex,
  GOLDEN_MAJORS,
  readGolden,
  toHex,
} from "./read_golden.ts";

function withBorders(groups: typeof MEANING): unknown[] {
  return groups.flatMap((group) => {
    const outside = group.every((one) =>
      Array.isArray(one) && one[0] === "outside"
    );
    return outside ? group : [["begin"], ...group, ["commit"]];
  });
}

function ofKind<K extends PgoutputMessage["kind"]>(
  messages: readonly PgoutputMessage[],
  kind: K,
): Extract<PgoutputMessage, { kind: K }>[] {
  return messages.filter((message) => message.kind === kind) as Extract<
    PgoutputMessage,
    { kind: K }
  >[];
}

/** What the workload wrote as text about the ids in the messages beside it. */
function notes(messages: readonly PgoutputMessage[], prefix: string): number[] {
  return ofKind(messages, "message")
    .filter((message) => message.prefix === prefix)
    .map((message) => Number(new TextDecoder().decode(message.content)));
}

for (const major of GOLDEN_MAJORS) {
  const golden = readGolden(major);
  const messages = decodeGolden(golden.messages);
  const twoPhase = decodeGolden(golden.twoPhaseMessages);
  const twoPhaseWorkload = major >= 15 ? TWO_PHASE_WORKLOAD : [];

  Deno.test(`golden bytes of PostgreSQL ${major} are those of the workload`, () => {
    assertEquals(golden.sql, WORKLOAD);
    assertEquals(golden.serverVersion.split(".")[0], `${major}`);
  });

  Deno.test(`decodePgoutputMessage() finds in PostgreSQL ${major}'s bytes what the SQL did`, () => {
    assertEquals(WORKLOAD.length, MEANING.length);
    assertEquals(meaningOf(messages), withBorders(MEANING));
  });

  Deno.test(`decodePgoutputMessage() reads PostgreSQL ${major}'s prepared transactions`, () => {
    const expected = twoPhaseWorkload.length > 0 ? TWO_PHASE_MEANING : [];
    assertEquals(meaningOf(twoPhase), expected);
    const xids = notes(twoPhase, "xid");
    assertEquals(ofKind(twoPhase, "beginPrepare").map((m) => m.xid), xids);
    const prepared = ofKind(twoPhase, "prepare");
    assertEquals(prepared.map((m) => m.xid), xids);
    for (const message of prepared) {
      assert(message.endLsn > message.prepareLsn);
      assertEquals(message.walStart, message.endLsn);
    }
    for (const message of ofKind(twoPhase, "commitPrepared")) {
      assertEquals(message.xid, xids[0]);
      assert(message.endLsn > message.commitLsn);
      assert(message.commitTime > (prepared[0]?.prepareTime ?? 0n));
    }
    for (const message of ofKind(twoPhase, "rollbackPrepared")) {
      assertEquals(message.xid, xids[1]);
      assertEquals(message.prepareEndLsn, prepared[1]?.endLsn);
      assertEquals(message.prepareTime, prepared[1]?.prepareTime);
      assert(message.rollbackEndLsn > message.prepareEndLsn);
      assert(message.rollbackTime > message.prepareTime);
    }
  });

  Deno.test(`decodePgoutputMessage() reads PostgreSQL ${major}'s ids as the server writes them`, () => {
    assertEquals(ofKind(messages, "begin")[0]?.xid, notes(messages, "xid")[0]);
    const named = new Map<string, number>();
    for (const { name, oid } of ofKind(messages, "type")) named.set(name, oid);
    const [withDefault, mood, positive] = notes(messages, "oid");
    assertEquals(ofKind(messages, "relation")[0]?.oid, withDefault);
    assertEquals(named.get("mood"), mood);
    assertEquals(named.get("int4"), positive);
  });

  Deno.test(`decodePgoutputMessage() reads PostgreSQL ${major}'s positions and times`, () => {
    const begins = ofKind(messages, "begin");
    const commits = ofKind(messages, "commit");
    const [from, to] = golden.capturedBetween.map(BigInt);
    assert(from !== undefined && to !== undefined);
    commits.forEach((commit, at) => {
      const begin = begins[at];
      assertEquals(commit.commitLsn, begin?.finalLsn);
      assertEquals(commit.commitTime, begin?.commitTime);
      assertEquals(commit.flags, 0);
      assert(commit.endLsn > commit.commitLsn);
      assertEquals(commit.walStart, commit.endLsn);
    });
    // The transaction with an origin has the time that the workload gave it.
    const local = commits.map(({ commitTime }) => commitTime)
      .filter((time) => time !== 946_684_799_999_999n);
    assertEquals(local.length, commits.length - 1);
    for (const time of local) assert(from < time && time < to);
    for (const message of ofKind(messages, "message")) {
      assertEquals(message.walStart, message.lsn);
    }
  });

  Deno.test(`decodePgoutputMessage() reads PostgreSQL ${major}'s binary values`, () => {
    const inserted = ofKind(decodeGolden(golden.binaryMessages), "insert")
      .map(({ newTuple }) => newTuple);
    assertEquals(inserted[0], [fromHex("00000002"), null, fromHex("")]);
    assertEquals(inserted[1], [
      fromHex("00000001"),
      new TextEncoder().encode("one"),
      null,
    ]);
  });

  Deno.test(`decodePgoutputMessage() loses nothing of PostgreSQL ${major}'s bytes`, () => {
    for (
      const list of [
        golden.messages,
        golden.binaryMessages,
        golden.twoPhaseMessages,
      ]
    ) {
      const written = decodeGolden(list).map(encodePgoutputMessage).map(toHex);
      assertEquals(written, list.map(([, hex]) => hex));
    }
  });
}
