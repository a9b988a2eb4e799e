import { assert, assertEquals, assertRejects } from "@std/assert";
import { type Fault, type FaultProxy, startFaultProxy } from "./fault_proxy.ts";

/** Three messages, of 5, 9 and 6 bytes; the second says that a stream begins. */
const SENT = new Uint8Array([
  ...[0x5a, 0, 0, 0, 4],
  ...[0x57, 0, 0, 0, 8, 1, 2, 3, 4],
  ...[0x64, 0, 0, 0, 5, 7],
]);

interface Ends {
  readonly proxy: FaultProxy;
  readonly client: Deno.Conn;
  readonly server: Deno.Conn;
}

async function withLink(
  fault: Fault,
  run: (ends: Ends) => Promise<void>,
): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  await using proxy = await startFaultProxy(listener.addr.port, {
    fault: () => fault,
  });
  using client = await Deno.connect({
    hostname: "127.0.0.1",
    port: proxy.port,
  });
  using server = await listener.accept();
  await run({ proxy, client, server });
}

async function readAll(conn: Deno.Conn): Promise<number[]> {
  const read: number[] = [];
  for (;;) {
    const part = await readSome(conn);
    if (part.length === 0) return read;
    read.push(...part);
  }
}

async function readSome(conn: Deno.Conn): Promise<Uint8Array> {
  const buffer = new Uint8Array(64);
  return buffer.subarray(0, await conn.read(buffer) ?? 0);
}

Deno.test("startFaultProxy() passes everything on, and counts it", async () => {
  await withLink({}, async ({ proxy, client, server }) => {
    await client.write(new Uint8Array([1, 2]));
    assertEquals([...await readSome(server)], [1, 2]);
    await server.write(SENT);
    await server.closeWrite();
    assertEquals(await readAll(client), [...SENT]);
    const [connection] = proxy.connections;
    assertEquals(connection?.clientBytes, 2);
    assertEquals(connection?.serverBytes, 20);
    assertEquals(connection?.frameEnds, [5, 14, 20]);
    assertEquals(connection?.framesBeforeStream, 2);
    assertEquals(proxy.cuts, 0);
  });
});

Deno.test("startFaultProxy() cuts after exactly as many bytes of the server", async () => {
  for (const cutAfterServerBytes of [1, 7, 14, 20]) {
    for (const fault of [{}, { segmentBytes: 1 }, { mergeBytes: 64 }]) {
      const cut = { ...fault, cutAfterServerBytes };
      await withLink(cut, async ({ proxy, client, server }) => {
        await server.write(SENT);
        const got = await readAll(client);
        assertEquals(got, [...SENT.subarray(0, cutAfterServerBytes)]);
        assertEquals(proxy.cuts, 1);
      });
    }
  }
});

Deno.test("startFaultProxy() cuts after exactly as many messages, however they come", async () => {
  for (const [frames, bytes] of [[1, 5], [2, 14], [3, 20]]) {
    const cut = { cutAfterServerFrames: frames! };
    await withLink(cut, async ({ client, server }) => {
      await server.write(SENT.subarray(0, 7));
      await server.write(SENT.subarray(7)).catch(() => {});
      assertEquals((await readAll(client)).length, bytes);
    });
  }
});

Deno.test("startFaultProxy() cuts after exactly as many bytes of the client", async () => {
  await withLink({ cutAfterClientBytes: 3 }, async ({ client, server }) => {
    await client.write(SENT);
    assertEquals(await readAll(server), [...SENT.subarray(0, 3)]);
    assertEquals(await readAll(client), []);
  });
});

Deno.test("startFaultProxy() can cut by a reset", async () => {
  await withLink({}, async ({ proxy, client }) => {
    proxy.cutAll("reset");
    await assertRejects(() => readSome(client), Deno.errors.ConnectionReset);
  });
});

Deno.test("startFaultProxy() passes on nothing in a black hole, and all after", async () => {
  await withLink({}, async ({ proxy, client, server }) => {
    proxy.blackHole("fromServer");
    await server.write(SENT);
    let arrived = false;
    const reading = readSome(client).then((bytes) => {
      arrived = true;
      return bytes;
    });
    // The other way is open: once this has come, so would the bytes above.
    await client.write(new Uint8Array([9]));
    assertEquals([...await readSome(server)], [9]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert(!arrived);
    proxy.heal();
    assertEquals([...await reading], [...SENT]);
  });
});

Deno.test("startFaultProxy() tears what the server sends, or joins it", async () => {
  await withLink(
    { segmentBytes: 1, delayMs: 1 },
    async ({ client, server }) => {
      await server.write(SENT);
      await server.closeWrite();
      assertEquals(await readAll(client), [...SENT]);
    },
  );
  // However long the pauses are that a busy machine makes.
  const merged = { mergeBytes: SENT.length, mergeMs: 60_000 };
  await withLink(merged, async ({ client, server }) => {
    for (const byte of SENT) await server.write(new Uint8Array([byte]));
    assertEquals([...await readSome(client)], [...SENT]);
  });
});
