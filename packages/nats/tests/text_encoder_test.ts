import { assertEquals } from "@std/assert";
import { ChunkedTextEncoder } from "../src/publisher/text_encoder.ts";

Deno.test("ChunkedTextEncoder encodes each text into bytes of its own, whatever the end of a chunk", () => {
  const encoder = new ChunkedTextEncoder();
  const texts = Array.from({ length: 3_000 }, (_, i) => {
    const character = ["a", "ä", "€", "😀", ""][i % 5]!;
    return `${i}${character.repeat((i * 37) % 300)}`;
  });
  texts.push("", "€".repeat(5_000), "x".repeat(100_000), "last");
  const encoded = texts.map((text) => encoder.encode(text));
  assertEquals(
    encoded.map((bytes) => new TextDecoder().decode(bytes)),
    texts,
  );
});
