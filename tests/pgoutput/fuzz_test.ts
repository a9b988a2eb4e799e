import { assert, assertEquals } from "@std/assert";
import {
  decodePgoutputMessage,
  INVALID_LSN,
  ProtocolError,
} from "@walbrook/walbrook/pgoutput";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { encodePgoutputMessage } from "./encode_pgoutput_message.ts";
import { randomMessage } from "./random_message.ts";
import { fromHex, GOLDEN_MAJORS, readGolden } from "./read_golden.ts";
import { fuzzRounds } from "../helpers/fuzz_rounds.ts";

const ROUNDS = fuzzRounds(20_000);
const SEED = 0x57414c42;

// Mutations of a few bytes hit structure only where there is little else.
const SEEDS: readonly Uint8Array<ArrayBuffer>[] = GOLDEN_MAJORS
  .map(readGolden)
  .flatMap((golden) => [
    ...golden.messages,
    ...golden.binaryMessages,
    ...golden.twoPhaseMessages,
    ...golden.streamedMessages,
    ...golden.parallelMessages,
    ...golden.streamedTwoPhaseMessages,
  ])
  .map(([, hex]) => fromHex(hex))
  .filter((bytes) => bytes.length < 500);

type Random = (below: number) => number;

type Mutation = (
  bytes: Uint8Array<ArrayBuffer>,
  random: Random,
) => Uint8Array<ArrayBuffer>;

const MUTATIONS: readonly Mutation[] = [
  function setByte(bytes, random) {
    bytes[random(bytes.length)] = random(256);
    return bytes;
  },
  function flipBit(bytes, random) {
    const at = random(bytes.length);
    bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
    return bytes;
  },
  function setExtreme(bytes, random) {
    const value = [0, 1, 0x7f, 0x80, 0xff][random(5)] ?? 0;
    const at = random(bytes.length);
    return bytes.fill(value, at, at + 1 + random(8));
  },
  function cut(bytes, random) {
    return bytes.slice(0, 1 + random(bytes.length));
  },
  function remove(bytes, random) {
    const at = random(bytes.length);
    const rest = bytes.subarray(at + 1 + random(4));
    return Uint8Array.from([...bytes.subarray(0, at), ...rest]);
  },
  function repeat(bytes, random) {
    const at = random(bytes.length);
    return Uint8Array.from([...bytes.subarray(0, at), ...bytes]);
  },
  function changeType(bytes, random) {
    bytes[0] = "BCORYIUDTMSEcAbPKrp".charCodeAt(random(19));
    return bytes;
  },
  function splice(bytes, random) {
    const other = SEEDS[random(SEEDS.length)] ?? bytes;
    return Uint8Array.from([
      ...bytes.subarray(0, random(bytes.length)),
      ...other.subarray(random(other.length)),
    ]);
  },
];

function mutate(random: Random): Uint8Array {
  let bytes = (SEEDS[random(SEEDS.length)] ?? new Uint8Array(1)).slice();
  for (let times = 1 + random(3); times > 0 && bytes.length > 0; times--) {
    bytes = MUTATIONS[random(MUTATIONS.length)]?.(bytes, random) ?? bytes;
  }
  return bytes;
}

Deno.test("decodePgoutputMessage() gives a message or a ProtocolError, whatever the bytes", () => {
  const random = randomNumbers(SEED);
  let decoded = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const bytes = mutate(random);
    const inStream = random(4) === 0;
    try {
      assert("kind" in decodePgoutputMessage(bytes, INVALID_LSN, { inStream }));
      decoded++;
    } catch (error) {
      if (error instanceof ProtocolError) continue;
      throw new Error(`Round ${round} broke the decoder: ${bytes}`, {
        cause: error,
      });
    }
  }
  // Both outcomes come often, or the mutations are too gentle or too rough.
  assert(decoded > ROUNDS / 20, `${decoded} decoded`);
  assert(decoded < ROUNDS / 2, `${decoded} decoded`);
});

Deno.test("decodePgoutputMessage() gives back every message that can be written", () => {
  const random = randomNumbers(SEED);
  const kinds = new Set<string>();
  for (let round = 0; round < ROUNDS; round++) {
    const inStream = random(2) === 0;
    const message = randomMessage(random, inStream);
    const bytes = encodePgoutputMessage(message);
    const decoded = decodePgoutputMessage(bytes, INVALID_LSN, { inStream });
    assertEquals(decoded, message, `round ${round}`);
    kinds.add(message.kind);
  }
  assertEquals(kinds.size, 19);
});
