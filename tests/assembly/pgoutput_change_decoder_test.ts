import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Decoded } from "../../src/assembly/change_decoder.ts";
import { gather } from "./gather_events.ts";
import { ProtocolError, type ReplicationEvent } from "@walbrook/walbrook";
import type { TypeDescription } from "@walbrook/walbrook/values";
import type { PgoutputMessage } from "@walbrook/walbrook/pgoutput";
import type { ChunkXLogData } from "../../src/replication/copy_both_message.ts";
import { PgoutputChangeDecoder } from "../../src/assembly/pgoutput_change_decoder.ts";
import { encodePgoutputMessage } from "../pgoutput/encode_pgoutput_message.ts";
import { fuzzRounds } from "../helpers/fuzz_rounds.ts";
import { mutateBytes } from "../helpers/mutate_bytes.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { newEventAssembler } from "./new_assembler.ts";
import {
  begin,
  commit,
  emitted,
  insert,
  lsn,
  NEVER,
  relation,
  xLogData,
  xLogDataInChunk,
} from "../helpers/messages.ts";

const ROUNDS = fuzzRounds(1_000);

const OID = 7;
const DESCRIBED = relation({ oid: OID });
const MESSAGE = emitted(9);
const row = (relationOid: number, text = "x") =>
  insert([text], { relationOid });

const encode = (message: PgoutputMessage) =>
  xLogDataInChunk(encodePgoutputMessage(message));

Deno.test("PgoutputChangeDecoder waits at the first message that is not ordinary, and never again", async () => {
  const decoder = new PgoutputChangeDecoder(newEventAssembler());
  const events: ReplicationEvent[] = [];
  const push = (message: PgoutputMessage) =>
    gather(decoder.push(encode(message)), events);
  assertEquals(decoder.push(encode(begin(10))), {
    kind: "transactionBegun",
    commitLsn: lsn(10),
    commitTime: NEVER,
  });
  assertEquals(push(DESCRIBED), undefined);
  assertEquals(push(row(OID)), undefined);
  const loading = push(MESSAGE);
  assertEquals(loading instanceof Promise, true);
  await loading;
  assertEquals(push(MESSAGE), undefined);
  assertEquals(push(row(OID)), undefined);
  assertEquals(push(commit(10)), undefined);
  assertEquals(
    events.map(({ kind, index }) => `${kind} ${index}`),
    [
      ...["begin 0", "relation 0", "insert 0", "message 1", "message 2"],
      ...["insert 3", "commit 4"],
    ],
  );
});

const REFUSED: readonly [
  what: string,
  messages: readonly PgoutputMessage[],
  last: ChunkXLogData,
  problem: string,
][] = [
  [
    "a second begin",
    [begin(10)],
    encode(begin(20)),
    "Cannot begin transaction 20: transaction 10 has not committed",
  ],
  [
    "a commit of another transaction",
    [begin(10)],
    encode(commit(11)),
    "Cannot commit at 0/B: the one that has begun commits at 0/A",
  ],
  [
    "a row outside of a transaction",
    [begin(10), DESCRIBED, commit(10)],
    encode(row(OID)),
    "Cannot place Insert: no transaction has begun",
  ],
  [
    "a row of a table that was not described",
    [begin(10)],
    encode(row(8)),
    "Cannot read Insert: relation 8 has not been described",
  ],
  [
    "half a begin",
    [],
    xLogDataInChunk(encodePgoutputMessage(begin(10)).subarray(0, 12)),
    "Cannot decode pgoutput's Begin (B): 8 bytes wanted, 3 left, at byte 9",
  ],
  [
    "half a row",
    [begin(10), DESCRIBED],
    xLogDataInChunk(encodePgoutputMessage(row(OID)).subarray(0, 12)),
    "Cannot decode pgoutput's Insert (I)",
  ],
  [
    "nothing",
    [],
    xLogDataInChunk(new Uint8Array(0)),
    "Cannot decode pgoutput message",
  ],
];

for (const [what, messages, last, problem] of REFUSED) {
  Deno.test(`PgoutputChangeDecoder says what is wrong with ${what}`, async () => {
    const decoder = new PgoutputChangeDecoder(newEventAssembler());
    const events: ReplicationEvent[] = [];
    for (const message of messages) {
      gather(decoder.push(encode(message)), events);
    }
    const before = events.length;
    await assertRejects(
      async () => {
        await gather(decoder.push(last), events);
      },
      ProtocolError,
      problem,
    );
    assertEquals(events.length, before);
  });
}

const pair: TypeDescription = {
  kind: "composite",
  oid: 20000,
  schema: "public",
  name: "pair",
  attributes: [{ name: "a", typeOid: 23 }],
};

const REFUSING: readonly [what: string, typeOid: number, text: string][] = [
  ["a value that is none of its type", 25, "x"],
  ["a value of another shape than its type", 20000, "(1,2)"],
];

// It may well throw what it is told, which is then not taken for the decoder's own.
for (const [what, typeOid, text] of REFUSING) {
  for (const place of [xLogDataInChunk, xLogData]) {
    Deno.test(`PgoutputChangeDecoder ends with what onBadValue throws of ${what}, told once, ${place.name}`, async () => {
      let told = 0;
      let thrown: unknown;
      const decoder = new PgoutputChangeDecoder(newEventAssembler({
        types: {
          text: () => {
            throw new ProtocolError("No such value");
          },
        },
        lookUp: () => Promise.resolve([pair]),
        onBadValue: ({ error }) => {
          // Or it would go on forever.
          if (++told > 3) throw new Error("Told again");
          throw thrown = error;
        },
      }));
      const columns = [{ name: "v", typeOid, typeModifier: -1, isKey: true }];
      await decoder.push(place(encodePgoutputMessage(begin(10))));
      await decoder.push(place(
        encodePgoutputMessage(relation({ oid: OID, columns })),
      ));
      const error = await assertRejects(async () => {
        await decoder.push(place(encodePgoutputMessage(row(OID, text))));
      });
      assertEquals(told, 1);
      assertEquals(error, thrown);
    });
  }
}

/** One way to push messages, and the result of each. */
class Way {
  readonly #decoder = new PgoutputChangeDecoder(newEventAssembler());
  readonly #place: typeof xLogData;

  constructor(place: typeof xLogData) {
    this.#place = place;
  }

  async push(data: Uint8Array): Promise<Outcome> {
    const done = await this.#decode(data);
    return { done, open: this.#decoder.inTransaction };
  }

  async #decode(data: Uint8Array): Promise<Decoded | string> {
    try {
      return await this.#decoder.push(this.#place(data));
    } catch (error) {
      if (error instanceof ProtocolError) return error.message;
      throw error;
    }
  }
}

/** What a message came to, or what was wrong with it, and the state after it. */
interface Outcome {
  readonly done: Decoded | string;
  readonly open: boolean;
}

Deno.test("PgoutputChangeDecoder makes the same of a message in a chunk and of one by itself, whatever the bytes", async () => {
  const random = randomNumbers(0x6f726469);
  const usual = [begin(10), DESCRIBED, row(OID), MESSAGE, commit(10)]
    .map(encodePgoutputMessage);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const [one, two] = [new Way(xLogDataInChunk), new Way(xLogData)];
    for (const message of [...usual, ...usual]) {
      const data = random(4) === 0 ? mutateBytes(usual, random) : message;
      const [got, wanted] = [await one.push(data), await two.push(data)];
      assertEquals(got, wanted, `round ${round}: ${data}`);
      if (typeof got.done === "string") refused++;
    }
  }
  // Both outcomes come often.
  assert(refused > ROUNDS && refused < 8 * ROUNDS, `${refused} refused`);
});
