import { assert } from "@std/assert";
import { reassembleAtRandom } from "./reassembler_fuzz.ts";

// Those which once found something stay.
const SEEDS = [...Array(300).keys()].map((i) => 0x57414c42 + i);

Deno.test("Reassembler gives the transactions that were sent in blocks, in the order of their commits", async () => {
  let files = 0;
  for (const seed of SEEDS) {
    try {
      files += await reassembleAtRandom(seed);
    } catch (error) {
      throw new Error(`Seed ${seed}`, { cause: error });
    }
  }
  assert(files > SEEDS.length / 10, `${files} files`);
});
