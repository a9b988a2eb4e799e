import { assert, assertEquals, assertRejects } from "@std/assert";
import { concat } from "@std/bytes";
import { ConnectionError, ProtocolError } from "@walbrook/walbrook";
import {
  type Frame,
  FrameDecoderStream,
  type FrameDecoderStreamOptions,
} from "@walbrook/walbrook/replication";
import fc from "fast-check";

function frameBytes({ type, body }: Frame): Uint8Array {
  const bytes = new Uint8Array(5 + body.length);
  bytes[0] = type;
  new DataView(bytes.buffer).setInt32(1, 4 + body.length);
  bytes.set(body, 5);
  return bytes;
}

function header(type: number, length: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = type;
  new DataView(bytes.buffer).setInt32(1, length);
  return bytes;
}

async function decode(
  chunks: readonly Uint8Array[],
  options?: FrameDecoderStreamOptions,
): Promise<Frame[][]> {
  const batches: Frame[][] = [];
  const frames = ReadableStream.from(chunks)
    .pipeThrough(new FrameDecoderStream(options));
  for await (const batch of frames) batches.push(batch);
  return batches;
}

function pieces(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, i) => bytes.slice(edges[i], end));
}

const FRAMES: readonly Frame[] = [
  { type: 0x5a, body: Uint8Array.of(0x49) },
  { type: 0x63, body: new Uint8Array(0) },
  { type: 0x64, body: Uint8Array.from({ length: 40 }, (_, i) => i) },
  { type: 0x64, body: Uint8Array.of(0, 0, 0, 0, 5) },
  { type: 0x31, body: new Uint8Array(0) },
];
const BYTES = concat(FRAMES.map(frameBytes));

Deno.test("FrameDecoderStream gives all frames of a chunk in one batch", async () => {
  assertEquals(await decode([BYTES]), [[...FRAMES]]);
});

Deno.test("FrameDecoderStream puts frames together that were torn at any two places", async () => {
  for (let a = 0; a <= BYTES.length; a++) {
    for (let b = a; b <= BYTES.length; b += 7) {
      const batches = await decode(pieces(BYTES, [a, b]));
      assertEquals(batches.flat(), [...FRAMES], `torn at ${a} and ${b}`);
    }
  }
});

Deno.test("FrameDecoderStream takes single bytes, and empty chunks", async () => {
  const single = Array.from(BYTES, (byte) => Uint8Array.of(byte));
  assertEquals(await decode(single), FRAMES.map((frame) => [frame]));
  const padded = single.flatMap((chunk) => [new Uint8Array(0), chunk]);
  assertEquals(await decode(padded), FRAMES.map((frame) => [frame]));
});

Deno.test("FrameDecoderStream gives the frames that went in, however they are torn", async () => {
  const frame = fc.record({
    type: fc.integer({ min: 0, max: 255 }),
    body: fc.uint8Array({ maxLength: 300 }),
  });
  const torn = fc.array(frame, { maxLength: 20 }).chain((frames) => {
    const bytes = concat(frames.map(frameBytes));
    const cut = fc.nat({ max: bytes.length });
    return fc.record({
      frames: fc.constant(frames),
      chunks: fc.array(cut, { maxLength: 30 })
        .map((cuts) => pieces(bytes, cuts)),
    });
  });
  await fc.assert(
    fc.asyncProperty(torn, async ({ frames, chunks }) => {
      const batches = await decode(chunks);
      assert(batches.every((batch) => batch.length > 0));
      assertEquals(batches.flat(), frames);
    }),
    { seed: 1, numRuns: 200 },
  );
});

Deno.test("FrameDecoderStream puts one frame together from many chunks", async () => {
  const body = new Uint8Array(300_000).map((_, i) => i % 251);
  const bytes = frameBytes({ type: 0x64, body });
  const chunks = pieces(
    bytes,
    Array.from({ length: 50 }, (_, i) => i * 6_111),
  );
  const [batch] = await decode(chunks);
  assertEquals(batch?.length, 1);
  assertEquals(batch?.[0]?.body, body);
});

Deno.test("FrameDecoderStream gives frames that later chunks leave alone", async () => {
  // Each chunk is a buffer of its own that nobody writes to again, as Socket asks;
  // here a torn frame ends in every one of them.
  const body = (i: number) => new Uint8Array(10).fill(i);
  const all = Array.from(
    { length: 20 },
    (_, i) => ({ type: 0x64, body: body(i) }),
  );
  const bytes = concat(all.map(frameBytes));
  for (const size of [1, 4, 5, 6, 14, 15, 16, 22, 31]) {
    const cuts = Array.from(
      { length: bytes.length / size | 0 },
      (_, i) => i * size,
    );
    const seen = (await decode(pieces(bytes, cuts))).flat();
    assertEquals(seen, all, `chunks of ${size} bytes`);
  }
});

Deno.test("FrameDecoderStream keeps nothing of a chunk but the torn frame's bytes", async () => {
  const chunk = concat([BYTES, Uint8Array.of(0x5a, 0, 0)]);
  const stream = new FrameDecoderStream();
  const writer = stream.writable.getWriter();
  const reader = stream.readable.getReader();
  const first = writer.write(chunk);
  assertEquals((await reader.read()).value, [...FRAMES]);
  await first;
  chunk.fill(0xff);
  const second = writer.write(Uint8Array.of(0, 5, 0x54));
  assertEquals((await reader.read()).value, [
    { type: 0x5a, body: Uint8Array.of(0x54) },
  ]);
  await second;
  await writer.close();
  await reader.read();
});

for (const length of [3, 0, -1, -(2 ** 31)]) {
  Deno.test(`FrameDecoderStream refuses a length of ${length}`, async () => {
    for (const size of [1, 5]) {
      const bytes = concat([BYTES, header(0x44, length), new Uint8Array(9)]);
      const cuts = Array.from(
        { length: bytes.length / size | 0 },
        (_, i) => i * size,
      );
      await assertRejects(
        () => decode(pieces(bytes, cuts)),
        ProtocolError,
        `Cannot read a message of type "D" (0x44): its length is ${length}`,
      );
    }
  });
}

Deno.test("FrameDecoderStream takes a frame of maxLength, and refuses a longer one", async () => {
  const longest: Frame = { type: 0x64, body: new Uint8Array(6) };
  assertEquals(await decode([frameBytes(longest)], { maxLength: 10 }), [
    [longest],
  ]);
  await assertRejects(
    () => decode([header(0x64, 11)], { maxLength: 10 }),
    ProtocolError,
    "its length is 11, which is not from 4 to 10",
  );
});

Deno.test("FrameDecoderStream refuses what no server sends before anything is allocated", async () => {
  const error = await assertRejects(
    () => decode([header(0x64, 0x7fffffff)]),
    ProtocolError,
  );
  assertEquals(
    error.message,
    'Cannot read a message of type "d" (0x64): its length is 2147483647, which is not from 4 to 1073807360',
  );
});

Deno.test("FrameDecoderStream makes room for the bytes that came, not for the length that is claimed", async () => {
  const before = Deno.memoryUsage().external;
  const claims = Array.from({ length: 40 }, () => {
    const stream = new FrameDecoderStream();
    const writer = stream.writable.getWriter();
    // Four header bytes, then the rest: the path on which the frame is gathered.
    const bytes = concat([header(0x64, 1 << 29), Uint8Array.of(1)]);
    const written = writer.write(bytes.slice(0, 4))
      .then(() => writer.write(bytes.slice(4)));
    const end = stream.readable.getReader().read();
    return { writer, written, end };
  });
  for (const { written } of claims) await written;
  assert(Deno.memoryUsage().external - before < 100 * 2 ** 20);
  for (const { writer, end } of claims) {
    await assertRejects(
      () => writer.close(),
      ConnectionError,
      "Cannot finish reading: the stream ended inside a message, 6 bytes into it",
    );
    await assertRejects(() => end, ConnectionError);
  }
});

Deno.test("FrameDecoderStream refuses a stream that ends inside a frame, wherever that is", async () => {
  const frame = frameBytes({ type: 0x44, body: new Uint8Array(4) });
  for (let length = 1; length < frame.length; length++) {
    await assertRejects(
      () => decode([concat([BYTES, frame.slice(0, length)])]),
      ConnectionError,
      `the stream ended inside a message, ${length} bytes into it`,
    );
  }
  assertEquals(await decode([]), []);
});
