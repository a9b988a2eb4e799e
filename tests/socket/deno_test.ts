import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { dial, environment } from "../../src/socket/deno.ts";
import type { Socket } from "../../src/socket/socket.ts";
import { makeAuthority } from "../login/certificates.ts";
import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { concat } from "@std/bytes";

const MEBIBYTE = 2 ** 20;

type Serve = (connection: Deno.Conn) => Promise<void>;

// Serves one connection over TCP, with or without TLS on the client's side of it.
async function withPeer(
  serve: Serve,
  run: (socket: Socket) => Promise<void>,
): Promise<void> {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = acceptOne(listener, serve);
  const { port } = listener.addr;
  const socket = await dial({ transport: "tcp", hostname: "127.0.0.1", port });
  await run(socket);
  await socket.close();
  await serving;
}

const authority = await makeAuthority("Walbrook's tests");
const { certificate, key } = await authority.issue([
  { type: "dns", value: "localhost" },
]);

const LOCAL = { transport: "tcp", hostname: "127.0.0.1" } as const;
const TLS = {
  hostname: "localhost",
  verify: "full",
  caCertificates: [authority.certificate],
} as const;

async function withTlsPeer(
  serve: Serve,
  run: (socket: Socket) => Promise<void>,
): Promise<void> {
  const listener = Deno.listenTls({
    hostname: "127.0.0.1",
    port: 0,
    cert: certificate,
    key,
  });
  const serving = acceptOne(listener, serve);
  const { port } = listener.addr;
  const plain = await dial({ transport: "tcp", hostname: "127.0.0.1", port });
  const socket = await plain.startTls(TLS);
  await run(socket);
  await socket.close();
  await serving;
}

async function acceptOne(listener: Deno.Listener, serve: Serve): Promise<void> {
  const connection = await listener.accept();
  listener.close();
  try {
    await serve(connection);
  } finally {
    connection.close();
  }
}

async function writeAll(connection: Deno.Conn, bytes: Uint8Array) {
  for (let at = 0; at < bytes.length;) {
    at += await connection.write(bytes.subarray(at));
  }
}

async function untilClosed(connection: Deno.Conn): Promise<void> {
  const rest = new Uint8Array(65_536);
  try {
    while (await connection.read(rest) !== null);
  } catch {
    // Reset or cut off without a goodbye: closed all the same.
  }
}

async function echo(connection: Deno.Conn): Promise<void> {
  const chunk = new Uint8Array(65_536);
  for (let n; (n = await connection.read(chunk)) !== null;) {
    await writeAll(connection, chunk.subarray(0, n));
  }
}

function pattern(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + (i >> 8)) & 0xff);
}

for (
  const [kind, withSocket] of [
    ["plain", withPeer],
    ["TLS", withTlsPeer],
  ] as const
) {
  Deno.test(`dial() carries bytes both ways, which stay as they were (${kind})`, async () => {
    const sent = pattern(8 * MEBIBYTE);
    await withSocket(echo, async ({ readable, writable }) => {
      const writer = writable.getWriter();
      const written = (async () => {
        for (let at = 0; at < sent.length; at += 300_000) {
          await writer.write(sent.subarray(at, at + 300_000));
        }
        await writer.close();
      })();
      const chunks: Uint8Array[] = [];
      for await (const chunk of readable) chunks.push(chunk);
      await written;
      // Compared at the end, so that memory which was used again would show.
      assertEquals(concat(chunks).length, sent.length);
      assert(concat(chunks).every((byte, i) => byte === sent[i]));
      assert(chunks.every(({ constructor }) => constructor === Uint8Array));
    });
  });

  Deno.test(`dial() lets timers have their turn, though there are always bytes (${kind})`, async () => {
    const peer = new Worker(new URL("endless_peer.ts", import.meta.url), {
      type: "module",
    });
    const told = new Promise<number>((resolve) => {
      peer.onmessage = ({ data: port }) => resolve(port);
    });
    peer.postMessage(kind === "TLS" ? { cert: certificate, key } : null);
    const plain = await dial({ ...LOCAL, port: await told });
    const socket = kind === "TLS" ? await plain.startTls(TLS) : plain;
    const reader = socket.readable.getReader();
    let fired = 0;
    const timer = setInterval(() => fired++, 1);
    const reads = 400;
    for (let i = 0; i < reads; i++) {
      await reader.read();
      // Work, in which more comes than was read.
      const until = performance.now() + 2;
      while (performance.now() < until);
    }
    clearInterval(timer);
    await socket.close();
    peer.terminate();
    assert(fired >= reads / 40, `${fired} times in ${reads} reads`);
  });

  Deno.test(`dial() reads little ahead of demand (${kind})`, async () => {
    let sent = 0;
    const stuck = Promise.withResolvers<void>();
    await withSocket(async (connection) => {
      const chunk = new Uint8Array(MEBIBYTE);
      const writing = (async () => {
        for (; sent < 64 * MEBIBYTE; sent += chunk.length) {
          await writeAll(connection, chunk);
        }
      })();
      stuck.resolve();
      await writing.catch(() => {}); // the client hangs up
    }, async ({ readable }) => {
      await stuck.promise;
      const reader = readable.getReader();
      await reader.read();
      // Turns of the event loop in which all of it would come, if anything took it.
      for (let turn = 0; turn < 200; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      assert(sent < 16 * MEBIBYTE, `${sent} bytes are gone`);
      reader.releaseLock();
    });
  });

  Deno.test(`Socket.close() ends a pending read, at any time (${kind})`, async () => {
    await withSocket(untilClosed, async (socket) => {
      const reader = socket.readable.getReader();
      const pending = reader.read();
      await Promise.all([socket.close(), socket.close()]);
      assertEquals((await pending).done, true);
      assertEquals((await reader.read()).done, true);
      await socket.close();
    });
  });

  Deno.test(`Socket.close() leaves an unread socket quiet (${kind})`, async () => {
    await withSocket(untilClosed, async (socket) => {
      await socket.close();
      const { done } = await socket.readable.getReader().read();
      assertEquals(done, true);
      const writer = socket.writable.getWriter();
      writer.closed.catch(() => {});
      await assertRejects(() => writer.write(Uint8Array.of(1)));
    });
  });

  Deno.test(`Socket.readChunk() reads the same bytes as its stream, up to the end (${kind})`, async () => {
    const sent = pattern(60_000);
    const serve: Serve = async (connection) => {
      for (let at = 0; at < 10; at++) await writeAll(connection, sent);
    };
    await withSocket(serve, async (socket) => {
      const received: Uint8Array[] = [];
      for (;;) {
        const { done, value } = await socket.readChunk!();
        if (done) break;
        received.push(value);
      }
      assertEquals(concat(received), concat(Array(10).fill(sent)));
      assertEquals((await socket.readChunk!()).done, true);
    });
  });

  Deno.test(`Socket.close() ends a pending read() (${kind})`, async () => {
    await withSocket(untilClosed, async (socket) => {
      const reading = socket.readChunk!();
      await socket.close();
      assertEquals((await reading).done, true);
    });
  });

  Deno.test(`Socket.readable ends where the peer closes (${kind})`, async () => {
    await withSocket(
      (connection) => writeAll(connection, Uint8Array.of(1, 2, 3)),
      async ({ readable }) => {
        const chunks = [];
        for await (const chunk of readable) chunks.push(chunk);
        assertEquals(concat(chunks), Uint8Array.of(1, 2, 3));
      },
    );
  });

  Deno.test(`Socket.readable closes the socket when it is cancelled (${kind})`, async () => {
    await withSocket(untilClosed, async ({ readable }) => {
      const reader = readable.getReader();
      const pending = reader.read();
      await reader.cancel();
      assertEquals((await pending).done, true);
    });
  });
}

Deno.test("Socket.startTls() refuses a locked stream", async () => {
  await withPeer(untilClosed, async (socket) => {
    const reader = socket.readable.getReader();
    const options = { hostname: "localhost", verify: "none" } as const;
    await assertRejects(() => socket.startTls(options), TypeError, "locked");
    reader.releaseLock();
  });
});

Deno.test("Socket.startTls() does not start twice", async () => {
  await withTlsPeer(untilClosed, async (socket) => {
    const options = { hostname: "localhost", verify: "none" } as const;
    await assertRejects(
      () => socket.startTls(options),
      TypeError,
      "encrypted already",
    );
  });
});

Deno.test("Socket.startTls() ends with the socket that it was called on", async () => {
  await withPeer(untilClosed, async (socket) => {
    const options = { hostname: "localhost", verify: "none" } as const;
    const starting = socket.startTls(options);
    await socket.close();
    await assertRejects(() => starting, Error);
  });
});

Deno.test("dial() connects to a unix-domain socket", {
  ignore: Deno.build.os === "windows", // Deno has none there
}, async () => {
  const directory = await Deno.makeTempDir();
  const path = `${directory}/.s.PGSQL.5432`;
  const listener = Deno.listen({ transport: "unix", path });
  const serving = acceptOne(listener, echo);
  const socket = await dial({ transport: "unix", path });
  const writer = socket.writable.getWriter();
  await writer.write(Uint8Array.of(7));
  const { value } = await socket.readable.getReader().read();
  assertEquals(value, Uint8Array.of(7));
  await socket.close();
  await serving;
  await Deno.remove(directory, { recursive: true });
});

for (const when of ["before", "after"] as const) {
  Deno.test(`dial() rejects with the signal's reason, aborted ${when} the call`, async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr;
    const controller = new AbortController();
    const reason = new Error("Enough");
    if (when === "before") controller.abort(reason);
    const dialling = dial(
      { transport: "tcp", hostname: "127.0.0.1", port },
      { signal: controller.signal },
    );
    controller.abort(reason);
    assertStrictEquals(await assertRejects(() => dialling), reason);
    listener.close();
  });
}

Deno.test("dial() does not listen to its signal once it has connected", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const serving = acceptOne(listener, echo);
  const { port } = listener.addr;
  const controller = new AbortController();
  const socket = await dial(
    { transport: "tcp", hostname: "127.0.0.1", port },
    { signal: controller.signal },
  );
  controller.abort();
  await socket.writable.getWriter().write(Uint8Array.of(1));
  const { value } = await socket.readable.getReader().read();
  assertEquals(value, Uint8Array.of(1));
  await socket.close();
  await serving;
});

Deno.test("environment reads variables and files", async () => {
  Deno.env.set("WALBROOK_TEST_VARIABLE", "here");
  assertEquals(environment.get("WALBROOK_TEST_VARIABLE"), "here");
  Deno.env.delete("WALBROOK_TEST_VARIABLE");
  assertEquals(environment.get("WALBROOK_TEST_VARIABLE"), undefined);
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "text");
  assertEquals(await environment.readTextFile?.(file), "text");
  await Deno.remove(file);
});

Deno.test({
  name: "environment takes what it may not read for not set",
  permissions: { env: false },
  fn() {
    assertEquals(environment.get("PATH"), undefined);
  },
});

Deno.test("environment.describeFile() says who may read a file", async () => {
  const path = await Deno.makeTempFile();
  const folder = await Deno.makeTempDir();
  try {
    const onWindows = Deno.build.os === "windows";
    for (const mode of [0o600, 0o644]) {
      if (!onWindows) await Deno.chmod(path, mode);
      const found = await environment.describeFile?.(path);
      assertEquals(found?.isFile, true);
      assertEquals(
        found?.mode === null ? null : (found?.mode ?? 0) & 0o777,
        onWindows ? null : mode,
      );
      assertEquals(found?.ownerId, onWindows ? null : Deno.uid());
    }
    assertEquals((await environment.describeFile?.(folder))?.isFile, false);
    assertEquals(await environment.describeFile?.(`${folder}/none`), null);
  } finally {
    await Deno.remove(path);
    await Deno.remove(folder);
  }
});

Deno.test({
  name: "environment.describeFile() does not ask for a permission",
  permissions: { read: [] },
  fn: async () => {
    assertEquals(await environment.describeFile?.("/etc/hosts"), null);
  },
});

Deno.test("dial() takes a wish about keep-alive probes", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const address = { transport: "tcp", hostname: "127.0.0.1", port } as const;
  for (const keepAlive of [true, false]) {
    const socket = await dial(address, { keepAlive, keepAliveIdleMs: 1000 });
    (await listener.accept()).close();
    await socket.close();
  }
  listener.close();
});

Deno.test("the sockets and files of Deno load no module of Node, except for TLS", async () => {
  const module = new URL("../../src/socket/deno.ts", import.meta.url);
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", fileURLToPath(module)],
  }).output();
  const { modules }: {
    readonly modules: readonly {
      readonly specifier: string;
      readonly dependencies?: readonly {
        readonly code?: { readonly specifier: string };
      }[];
    }[];
  } = JSON.parse(new TextDecoder().decode(stdout));
  const loading = modules.filter(({ dependencies = [] }) =>
    dependencies.some(({ code }) => code?.specifier.startsWith("node:"))
  );
  assertEquals(loading.map(({ specifier }) => basename(specifier)), [
    "deno_tls.ts",
  ]);
});
