import { assert, assertEquals, assertRejects } from "@std/assert";
import { gather } from "../assembly/gather_events.ts";
import {
  ProtocolError,
  type ReplicationEvent,
  type UnixMicros,
} from "@walbrook/walbrook";
import type { XLogData } from "@walbrook/walbrook/replication";
import { TYPE_OID } from "@walbrook/walbrook/values";
import { INVALID_LSN, type Lsn, parseLsn } from "../../src/lsn.ts";
import type { PgoutputMessage } from "@walbrook/walbrook/pgoutput";
import { encodePgoutputMessage } from "../pgoutput/encode_pgoutput_message.ts";
import { newEventAssembler } from "../assembly/new_assembler.ts";
import { PgoutputChangeDecoder } from "../../src/assembly/pgoutput_change_decoder.ts";
import { fromHex, GOLDEN_MAJORS, readGolden } from "../pgoutput/read_golden.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { fuzzRounds } from "../helpers/fuzz_rounds.ts";
import { xLogData, xLogDataInChunk } from "../helpers/messages.ts";

const ROUNDS = fuzzRounds(5_000);

/** One way to make events of a message, and what came of it. */
class Way {
  readonly #place: (data: Uint8Array, lsn: Lsn) => XLogData;
  #bad: string[] = [];
  readonly #decoder = new PgoutputChangeDecoder(
    newEventAssembler({
      types: { text: shout },
      onBadValue: ({ relation, column, error }) =>
        this.#bad.push(`${relation.name}.${column}: ${error}`),
    }),
  );

  constructor(place: (data: Uint8Array, lsn: Lsn) => XLogData) {
    this.#place = place;
  }

  async push(data: Uint8Array, lsn: Lsn): Promise<unknown> {
    const events: ReplicationEvent[] = [];
    this.#bad = [];
    try {
      await gather(this.#decoder.push(this.#place(data, lsn)), events);
    } catch (error) {
      // Where it is seen may differ; whether may not.
      return error instanceof ProtocolError ? { events, error: true } : error;
    }
    return { events, bad: this.#bad.sort() };
  }
}

// Refuses some texts.
function shout(text: string): string {
  if (text.length === 3) throw new SyntaxError(`no text: ${text}`);
  return text.toUpperCase();
}

for (const major of GOLDEN_MAJORS) {
  Deno.test(`readRowChange() gives what decoding in two steps gives, for ${major}`, async () => {
    const { messages, binaryMessages } = readGolden(major);
    for (const recorded of [messages, binaryMessages]) {
      const [one, two] = [new Way(xLogDataInChunk), new Way(xLogData)];
      for (const [lsn, hex] of recorded) {
        const [data, walStart] = [fromHex(hex), parseLsn(lsn)];
        assertEquals(
          await one.push(data, walStart),
          await two.push(data, walStart),
        );
      }
    }
  });
}

Deno.test("readRowChange() gives what decoding in two steps gives, for broken messages", async () => {
  const random = randomNumbers(0x726f7773);
  const { messages } = readGolden(18);
  const all = messages.map(([, hex]) => fromHex(hex));
  const ofType = (...types: string[]) =>
    all.filter(([type = 0]) => types.includes(String.fromCharCode(type)));
  const [one, two] = [new Way(xLogDataInChunk), new Way(xLogData)];
  for (const data of [...ofType("B").slice(0, 1), ...ofType("Y", "R")]) {
    assertEquals(
      await one.push(data, INVALID_LSN),
      await two.push(data, INVALID_LSN),
    );
  }
  const changes = ofType("I", "U", "D").filter(({ length }) => length < 2000);
  let failed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const data = changes[random(changes.length)]!.slice();
    for (let times = random(4); times > 0; times--) {
      data[5 + random(data.length - 5)] = [
        0,
        1,
        0x6e,
        0x74,
        0x75,
        0x62,
        0x4b,
        0x4f,
        0x4e,
        0x31,
      ][random(10)]!;
    }
    const cut = random(20) === 0 ? data.slice(0, random(data.length)) : data;
    const [got, expected] = [
      await one.push(cut, 7n as Lsn),
      await two.push(cut, 7n as Lsn),
    ];
    assertEquals(got, expected, `round ${round}: ${cut}`);
    if ((got as { error?: boolean }).error) failed++;
  }
  // Both outcomes come often.
  assert(failed > ROUNDS / 20 && failed < ROUNDS * 0.9, `${failed} failed`);
});

Deno.test("readRowChange() refuses a tuple with more or fewer values than columns", async () => {
  const decoder = new PgoutputChangeDecoder(newEventAssembler());
  const column = { typeOid: TYPE_OID.TEXT, typeModifier: -1, isKey: true };
  const head: PgoutputMessage[] = [
    {
      ...{ kind: "begin", walStart: INVALID_LSN, finalLsn: 9n as Lsn },
      ...{ commitTime: 0n as UnixMicros, xid: 7 },
    },
    {
      ...{ kind: "relation", walStart: INVALID_LSN, oid: 1 },
      ...{ schema: "public", name: "t", replicaIdentity: "default" },
      columns: [{ name: "a", ...column }, { name: "b", ...column }],
    },
  ];
  const change = { walStart: 8n as Lsn, relationOid: 1 };
  const right = ["x", "y"];
  const wrong = [[], ["x"], ["x", "y", "z"]].flatMap((
    tuple,
  ): PgoutputMessage[] => [
    { kind: "insert", ...change, newTuple: tuple },
    {
      ...{ kind: "update", ...change, newTuple: right },
      ...{ keyTuple: tuple, oldTuple: null },
    },
    {
      ...{ kind: "update", ...change, newTuple: right },
      ...{ keyTuple: null, oldTuple: tuple },
    },
    { kind: "delete", ...change, keyTuple: tuple, oldTuple: null },
  ]);
  for (const message of head) {
    await decoder.push(
      xLogDataInChunk(encodePgoutputMessage(message), 8n as Lsn),
    );
  }
  for (const message of wrong) {
    const data = encodePgoutputMessage(message);
    await assertRejects(
      async () => await decoder.push(xLogDataInChunk(data, 8n as Lsn)),
      ProtocolError,
      "for 2 columns",
    );
  }
});

Deno.test("readRowChange() never gives an object of the old row to the new one", async () => {
  const column = (name: string, typeOid: number) => ({
    ...{ name, typeOid, typeModifier: -1, isKey: true },
  });
  const messages: PgoutputMessage[] = [
    {
      ...{ kind: "begin", walStart: INVALID_LSN, finalLsn: 9n as Lsn },
      ...{ commitTime: 0n as UnixMicros, xid: 7 },
    },
    {
      ...{ kind: "relation", walStart: INVALID_LSN, oid: 1 },
      ...{ schema: "public", name: "t", replicaIdentity: "full" },
      columns: [
        column("id", TYPE_OID.INT8),
        column("name", TYPE_OID.TEXT),
        column("data", TYPE_OID.JSONB),
        column("note", TYPE_OID.TEXT),
      ],
    },
    {
      ...{ kind: "update", walStart: 8n as Lsn, relationOid: 1 },
      keyTuple: null,
      oldTuple: ["1", "Ada", '{"a":[1]}', null],
      newTuple: ["1", "Ada", '{"a":[1]}', "new"],
    },
  ];
  const decoder = new PgoutputChangeDecoder(newEventAssembler());
  const events: ReplicationEvent[] = [];
  for (const message of messages) {
    const { walStart } = message;
    const data = encodePgoutputMessage(message);
    await gather(decoder.push(xLogDataInChunk(data, walStart)), events);
  }
  const update = events.at(-1);
  assert(update?.kind === "update" && update.oldRow !== null);
  const data = { a: [1] };
  assertEquals(update.oldRow, { id: 1n, name: "Ada", data, note: null });
  assertEquals(update.newRow, { id: 1n, name: "Ada", data, note: "new" });
  assert(update.newRow["data"] !== update.oldRow["data"]);
});
