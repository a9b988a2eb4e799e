import { assert } from "@std/assert";
import {
  decodeWal2jsonMessage,
  ProtocolError,
} from "@walbrook/walbrook/wal2json";
import { bytesOf, readPluginGolden } from "../golden/plugin_workload.ts";
import { fuzzRounds } from "../helpers/fuzz_rounds.ts";
import { mutateText } from "../helpers/mutate_text.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";

const ROUNDS = fuzzRounds(20_000);

Deno.test("decodeWal2jsonMessage() gives a message or a ProtocolError, whatever the bytes", () => {
  const seeds = readPluginGolden("wal2json_15").captures
    .flatMap(({ messages }) => messages)
    .map((message) => new TextDecoder().decode(bytesOf(message)))
    .filter((text) => text.length < 500 && text.startsWith("{"));
  const random = randomNumbers(0x4a534f4e);
  let decoded = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const text = mutateText(seeds, '"[]{}:,\\ ntf01-.e', random);
    try {
      assert("kind" in decodeWal2jsonMessage(new TextEncoder().encode(text)));
      decoded++;
    } catch (error) {
      if (error instanceof ProtocolError) continue;
      throw new Error(`Round ${round} broke the decoder: ${text}`, {
        cause: error,
      });
    }
  }
  assert(decoded > ROUNDS / 20, `${decoded} decoded`);
  assert(decoded < ROUNDS * 3 / 4, `${decoded} decoded`);
});
