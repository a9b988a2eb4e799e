import { assert, assertEquals } from "@std/assert";
import { parseLsn, ProtocolError } from "@walbrook/walbrook";
import type { MessageBatch } from "../../src/reassembly/message_source.ts";
import { Reassembler } from "../../src/reassembly/reassembler.ts";
import { fuzzRounds } from "../helpers/fuzz_rounds.ts";
import { mutateBytes } from "../helpers/mutate_bytes.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { fromHex, GOLDEN_MAJORS, readGolden } from "../pgoutput/read_golden.ts";
import { MemoryFiles } from "./memory_files.ts";
import { reassembleAtRandom } from "./reassemble_at_random.ts";
import { sourceOf } from "./reassembled.ts";
import { xLogData } from "../helpers/messages.ts";

const SEED = 0x57414c42;
const STREAMS = fuzzRounds(300);
const ROUNDS = fuzzRounds(500);

Deno.test("Reassembler gives the transactions that were sent in blocks, in the order of their commits", async () => {
  let files = 0;
  for (let seed = SEED; seed < SEED + STREAMS; seed++) {
    try {
      files += await reassembleAtRandom(seed);
    } catch (error) {
      throw new Error(`Seed ${seed}`, { cause: error });
    }
  }
  assert(files > STREAMS / 10, `${files} files`);
});

const RECORDED = GOLDEN_MAJORS.map(readGolden).flatMap((golden) => [
  golden.streamedMessages,
  golden.parallelMessages,
  golden.streamedTwoPhaseMessages,
]).filter((list) => list.length > 0)
  .map((list) =>
    list.map(([lsn, hex]) => ({ walStart: parseLsn(lsn), data: fromHex(hex) }))
  );

Deno.test("Reassembler hands on or refuses whatever comes, and leaves no file", async () => {
  const random = randomNumbers(SEED);
  let refused = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const recorded = RECORDED[random(RECORDED.length)] ?? [];
    const batch = [...recorded];
    for (let times = 1 + random(3); times > 0; times--) {
      const at = random(batch.length);
      const { data, walStart } = batch[at]!;
      switch (random(3)) {
        case 0:
          batch.splice(at, 1);
          break;
        case 1:
          batch.splice(at, 0, recorded[random(recorded.length)]!);
          break;
        default:
          batch[at] = { walStart, data: mutateBytes([data], random).slice() };
      }
    }
    refused += await tryOne(
      batch.map(({ data, walStart }) => xLogData(data, walStart)),
      random(2) * 100_000,
    );
  }
  assert(refused > ROUNDS / 10, `${refused} of ${ROUNDS} refused`);
  assert(refused < ROUNDS * 0.9, `${refused} of ${ROUNDS} refused`);
});

async function tryOne(
  batch: MessageBatch,
  memoryLimit: number,
): Promise<number> {
  const files = new MemoryFiles();
  const { openTemporaryFile } = files;
  const reassembler = new Reassembler(sourceOf([batch]), {
    memoryLimit,
    openTemporaryFile,
  });
  try {
    while (await reassembler.next() !== null);
    return 0;
  } catch (error) {
    if (error instanceof ProtocolError) return 1;
    throw new Error("Neither handed on nor refused", { cause: error });
  } finally {
    await reassembler.close();
    assertEquals(files.open, 0);
  }
}
