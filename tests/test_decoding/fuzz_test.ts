import { assert } from "@std/assert";
import {
  decodeTestDecodingMessage,
  ProtocolError,
} from "@walbrook/walbrook/test_decoding";
import { bytesOf, readPluginGolden } from "../golden/plugin_workload.ts";
import { fuzzRounds } from "../helpers/fuzz_rounds.ts";
import { mutateText } from "../helpers/mutate_text.ts";
import { randomNumbers } from "../helpers/random_numbers.ts";

const ROUNDS = fuzzRounds(20_000);
const SEED = 0x54444543;

const SEEDS: readonly string[] = [14, 18]
  .flatMap((major) => readPluginGolden(`test_decoding_${major}`).captures)
  .flatMap(({ messages }) => messages)
  .map((message) => new TextDecoder().decode(bytesOf(message)))
  .filter((text) => text.length < 500);

Deno.test("decodeTestDecodingMessage() gives a message or a ProtocolError, whatever the bytes", () => {
  const random = randomNumbers(SEED);
  let decoded = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const text = mutateText(SEEDS, `'"[]: ,()BEne10t`, random);
    try {
      const message = decodeTestDecodingMessage(new TextEncoder().encode(text));
      assert("kind" in message);
      decoded++;
    } catch (error) {
      if (error instanceof ProtocolError) continue;
      throw new Error(`Round ${round} broke the decoder: ${text}`, {
        cause: error,
      });
    }
  }
  // Both outcomes come often, or the mutations are too gentle or too rough.
  assert(decoded > ROUNDS / 20, `${decoded} decoded`);
  assert(decoded < ROUNDS / 2, `${decoded} decoded`);
});
