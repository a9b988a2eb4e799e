import { assertEquals } from "@std/assert";
import { LazyReassembler } from "../../src/reassembly/lazy_reassembler.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";
import { MemoryFiles } from "./memory_files.ts";
import { readWhole, sourceOf } from "./reassembled.ts";
import { Walsender } from "./streamed_workload.ts";

/**
 * Puts a random stream together again, and compares it with what it has to mean.
 *
 * @param seed The stream.
 * @returns How many temporary files it took.
 */
export async function reassembleAtRandom(seed: number): Promise<number> {
  const random = randomNumbers(seed);
  const { batches, expected } = new Walsender(random).play(20 + random(300));
  const files = new MemoryFiles();
  const reassembler = new LazyReassembler(sourceOf(batches), {
    memoryLimit: [0, 20_000, 60_000, Infinity][random(4)]!,
    openTemporaryFile: files.openTemporaryFile,
  });
  const { units } = await readWhole(reassembler);
  assertEquals(units, expected);
  // Not only in the end: each file goes with its transaction.
  assertEquals(files.open, 0);
  await reassembler.close();
  return files.made;
}
