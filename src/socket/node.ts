/**
 * Sockets and environment of Node, for the functions that take them as arguments. They only
 * require `node:net`, `node:tls` and `node:fs`, which Bun has as well.
 *
 * @example
 * ```ts
 * import { dial, environment } from "@walbrook/walbrook/node";
 * import { assertEquals } from "@std/assert";
 *
 * using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
 * const socket = await dial({
 *   transport: "tcp",
 *   hostname: "127.0.0.1",
 *   port: listener.addr.port,
 * });
 * await socket.close();
 *
 * assertEquals(environment.get("NOT_SET_ANYWHERE"), undefined);
 * ```
 *
 * @module
 */
import type { Socket as NodeConnection } from "node:net";
import { decodeLatin1, decodeText } from "./native_text_decoder.ts";
import { DuplexSocket } from "./duplex_socket.ts";
import { emitted, NetSocket, opened } from "./net_socket.ts";
import type {
  DialOptions,
  Environment,
  FileDescription,
  Socket,
  SocketAddress,
  TemporaryFile,
  TlsOptions,
} from "./socket.ts";
import { openUnnamed } from "./temporary_file.ts";
import {
  checkClientCertificate,
  checkHandshake,
  peerCertificateOf,
  tlsConnectOptions,
  trustError,
} from "./tls_connect_options.ts";

/**
 * Opens a TCP or unix-domain connection with `node:net`; for TCP with `TCP_NODELAY`.
 *
 * @param address The address to connect to.
 * @param options The signal, and keep-alive settings.
 * @returns The open, unencrypted connection.
 * @throws {Error} If nothing listens there; its `code` is `ECONNREFUSED`.
 *
 * @example
 * ```ts
 * import { dial } from "@walbrook/walbrook/node";
 * import { assertRejects } from "@std/assert";
 *
 * const signal = AbortSignal.abort(new Error("No more interest"));
 * await assertRejects(
 *   () => dial({ transport: "tcp", hostname: "127.0.0.1", port: 1 }, { signal }),
 *   Error,
 *   "No more interest",
 * );
 * ```
 */
export async function dial(
  address: SocketAddress,
  options: DialOptions = {},
): Promise<Socket> {
  const { signal } = options;
  signal?.throwIfAborted();
  const [{ connect }, { setImmediate }] = await Promise.all([
    import("node:net"),
    import("node:timers"),
  ]);
  const target = address.transport === "unix" ? { path: address.path } : {
    host: address.hostname,
    port: address.port,
    noDelay: true,
    keepAlive: options.keepAlive ?? true,
    ...(options.keepAliveIdleMs === undefined
      ? {}
      : { keepAliveInitialDelay: options.keepAliveIdleMs }),
  };
  // Created before the connection is established, so that no event is missed.
  const socket = new NetSocket({
    // Deno's node:tls does not read from a connection with `onread`.
    connect: (onread) =>
      connect("Deno" in globalThis ? target : { ...target, onread }),
    startTls,
    afterPoll: setImmediate,
  });
  return await opened(socket, signal);
}

/**
 * The environment of the process: its variables, and files read with `node:fs`. Temporary
 * files are created in `os.tmpdir()`.
 *
 * @example
 * ```ts
 * import { environment } from "@walbrook/walbrook/node";
 *
 * const host = environment.get("PGHOST") ?? "localhost";
 * ```
 */
export const environment: Environment = {
  get(name: string): string | undefined {
    // Not imported, so that a bundle of this module can be loaded without Node.
    const { process } = globalThis as unknown as NodeGlobals;
    return process.env[name];
  },
  async readTextFile(path: string): Promise<string> {
    const { readFile } = await import("node:fs/promises");
    return await readFile(path, "utf8");
  },
  async describeFile(path: string): Promise<FileDescription | null> {
    const { access, constants, stat } = await import("node:fs/promises");
    try {
      await access(path, constants.R_OK);
      const stats = await stat(path);
      const isFile = stats.isFile();
      const { process } = globalThis as unknown as NodeGlobals;
      return process.platform === "win32"
        ? { isFile, mode: null, ownerId: null }
        : { isFile, mode: stats.mode, ownerId: stats.uid };
    } catch {
      return null;
    }
  },
  openTemporaryFile,
  decodeText,
  decodeLatin1,
};

interface NodeGlobals {
  readonly process: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly platform: string;
  };
}

async function openTemporaryFile(): Promise<TemporaryFile> {
  const [{ writeFile }, { tmpdir }] = await Promise.all([
    import("node:fs/promises"),
    import("node:os"),
  ]);
  // `crypto` is avoided: Node would load it for this alone.
  const name = Math.random().toString(36).slice(2) +
    Math.random().toString(36).slice(2);
  const path = `${tmpdir()}/walbrook-${name}`;
  // Fails if the name is taken, even by another program.
  await writeFile(path, "", { flag: "wx", mode: 0o600 });
  return await openUnnamed(path);
}

async function startTls(
  connection: NodeConnection,
  options: TlsOptions,
): Promise<Socket> {
  const [tls, { setImmediate }] = await Promise.all([
    import("node:tls"),
    import("node:timers"),
  ]);
  const { clientCertificate } = options;
  if (clientCertificate !== undefined) {
    checkClientCertificate(clientCertificate, await import("node:crypto"));
  }
  const secure = tls.connect({
    socket: connection,
    ...tlsConnectOptions(options, tls.checkServerIdentity),
  });
  const socket = new DuplexSocket(secure, {
    startTls: refuseTls,
    // Node emits each record separately, and PostgreSQL sends each row as a record.
    afterRead: setImmediate,
    peerCertificate: () => peerCertificateOf(secure),
  });
  await emitted(secure, "secureConnect").catch((error) => {
    throw trustError(error);
  });
  checkHandshake(secure, options);
  return socket;
}

function refuseTls(): Promise<never> {
  return Promise.reject(
    new TypeError("Cannot start TLS: the connection is encrypted already"),
  );
}
