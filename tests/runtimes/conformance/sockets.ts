import { ConnectionError } from "../../../mod.ts";
import type { Socket } from "../../../src/socket/mod.ts";
import type { Case, Context } from "./context.ts";
import { expect, expectFailure, expectSame, pause } from "./expect.ts";
import { plain } from "./table.ts";

const MEBIBYTE = 2 ** 20;
const AHEAD = 44 * MEBIBYTE;
const IDLE_MS = 7000;
const PASSED_OVER = "the system decides when";

/** The sockets themselves, and what surrounds the process. */
export const SOCKETS: readonly Case[] = [
  {
    capability: "A refused connection is a `ConnectionError`",
    peersOnly: true,
    run: (context) =>
      expectFailure(
        () =>
          context.connect({ ...plain(context), port: context.peers.closed }),
        ConnectionError,
        "Cannot connect to",
      ),
  },
  {
    capability: "Backpressure: an unread socket stops its peer",
    peersOnly: true,
    run: forBoth(async (context, isPlain) => {
      const socket = await dial(context, context.peers.flood, isPlain);
      const reader = socket.readable.getReader();
      await reader.read();
      const sent = Number(await ask(context, context.peers.flooded));
      expect(sent < AHEAD, `the peer got rid of ${sent} bytes`);
      await socket.close();
    }),
  },
  {
    capability: "Many small TLS records in one read",
    peersOnly: true,
    missing: { Workers: "a Worker trusts its own list" },
    run: async (context) => {
      if (context.runtime === "Workers") return "a Worker trusts its own list";
      const { host: hostname, peers } = context;
      const socket = await dial(context, peers.records, false);
      const secure = await socket.startTls({ hostname, verify: "none" });
      // All of them are here before the first is read.
      const records = Number(await ask(context, peers.recorded));
      const reader = secure.readable.getReader();
      let reads = 0;
      for (let bytes = 0; bytes < 40 * records; reads++) {
        bytes += (await reader.read()).value?.length ?? Infinity;
      }
      expect(reads < records / 20, `${reads} reads for ${records} records`);
      await secure.close();
      return undefined;
    },
  },
  {
    capability: "Backpressure: a write waits for the peer to read",
    peersOnly: true,
    run: forBoth(async (context, isPlain) => {
      const socket = await dial(context, context.peers.silent, isPlain);
      const writer = socket.writable.getWriter();
      const chunk = new Uint8Array(MEBIBYTE);
      let written = 0;
      const writing = (async () => {
        for (; written < 64 * MEBIBYTE; written += chunk.length) {
          await writer.write(chunk);
        }
      })().catch(() => {}); // the socket is closed under it
      for (let last = -1; written !== last; await pause(300)) last = written;
      expect(written < AHEAD, `${written} bytes were taken`);
      await socket.close();
      await writing;
    }),
  },
  {
    capability: "Close one direction, continue to read the other",
    peersOnly: true,
    run: forBoth(async (context, isPlain) => {
      const socket = await dial(context, context.peers.count, isPlain);
      const writer = socket.writable.getWriter();
      await writer.write(new Uint8Array(100_000));
      await writer.close();
      expectSame(await readText(socket), "100000");
    }),
  },
  {
    capability: "TCP keepalive probes (`keepalives_idle`)",
    peersOnly: true,
    missing: { Deno: PASSED_OVER, Workers: PASSED_OVER },
    run: async (context) => {
      const port = context.peers.silent;
      const socket = await context.dial(
        { transport: "tcp", hostname: context.host, port },
        { keepAliveIdleMs: IDLE_MS, isPlain: true },
      );
      const connections = await context.environment
        .readTextFile?.("/proc/net/tcp").catch(() => undefined);
      await socket.close();
      const isPassedOver = context.runtime === "Deno" ||
        context.runtime === "Workers";
      // Only Linux tells, and not everybody.
      const isSet = connections === undefined
        ? !isPassedOver
        : isProbedSoon(connections, port);
      if (!isSet) return PASSED_OVER;
      return undefined;
    },
  },
  {
    capability: "Unix-domain sockets",
    missing: { Workers: "Cannot use a unix-domain socket" },
    run: async (context) => {
      const host = context.socketDirectory;
      if (context.runtime === "Workers") {
        // By dial(), since connect() reports every address as one that it can't reach.
        await context.dial({ transport: "unix", path: host });
      }
      const connection = await context.connect({ ...plain(context), host });
      await connection.close();
    },
  },
  {
    capability: "`PG*` environment variables",
    missing: { Workers: "a Worker has no variables" },
    run: async (context) => {
      const connection = await context.connect(plain(context));
      const [result] = await connection.query("SHOW application_name");
      await connection.close();
      const name = result?.rows[0]?.[0];
      if (name === "walbrook") return "a Worker has no variables";
      expectSame(name, "from the environment");
      return undefined;
    },
  },
  {
    capability: "Files, such as that of `sslrootcert`",
    missing: { Workers: "files cannot be read here" },
    run: async (context) => {
      const connection = await context.connect({
        ...plain(context),
        sslmode: "verify-full",
        sslrootcert: context.authorityFile,
      });
      await connection.close();
    },
  },
];

// Each line: number, local and remote address, state, queues, and the timer with the
// hundredths of a second that it has left. State 01 is an open connection, timer 02 that
// of keep-alive probes.
function isProbedSoon(connections: string, port: number): boolean {
  const ending = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return connections.split("\n").some((line) => {
    const [, , remote = "", state, , timer = ""] = line.trim().split(/\s+/);
    const [kind, left = ""] = timer.split(":");
    return remote.endsWith(ending) && state === "01" && kind === "02" &&
      Number.parseInt(left, 16) <= IDLE_MS / 10;
  });
}

// Some runtimes have different sockets for connections that may start TLS, and that may not.
function forBoth(
  run: (context: Context, isPlain: boolean) => Promise<void>,
): (context: Context) => Promise<void> {
  return async (context) => {
    for (const isPlain of [true, false]) await run(context, isPlain);
  };
}

async function dial(
  { dial, host }: Context,
  port: number,
  isPlain = true,
): Promise<Socket> {
  return await dial({ transport: "tcp", hostname: host, port }, { isPlain });
}

async function ask(context: Context, port: number): Promise<string> {
  return await readText(await dial(context, port));
}

async function readText(socket: Socket): Promise<string> {
  let text = "";
  const decoder = new TextDecoder();
  const reader = socket.readable.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await socket.close();
  return text;
}
