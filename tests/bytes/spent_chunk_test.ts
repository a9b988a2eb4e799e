import { assertEquals } from "@std/assert";
import {
  freeBuffer,
  freeSpentChunk,
  lastView,
} from "../../src/bytes/spent_chunk.ts";

Deno.test("freeSpentChunk() frees the buffer of a marked chunk, and no other", () => {
  const buffer = new ArrayBuffer(8);
  const first = new Uint8Array(buffer, 0, 4);
  const last = lastView(new Uint8Array(buffer, 4));

  freeSpentChunk(first);
  assertEquals(buffer.byteLength, 8);
  freeSpentChunk(last);
  assertEquals([buffer.byteLength, first.length, last.length], [0, 0, 0]);
  // It is no longer marked.
  freeSpentChunk(last);
});

Deno.test("freeBuffer() frees a buffer", () => {
  const bytes = new Uint8Array(8);
  freeBuffer(bytes);
  assertEquals(bytes.length, 0);
});
