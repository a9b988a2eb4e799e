/**
 * Sockets and environment of Bun, for the functions that take them as arguments. They are those
 * of Node, except for unencrypted connections within a machine.
 *
 * @example
 * ```ts
 * import { dial, environment } from "@walbrook/walbrook/bun";
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
import { BunConnection } from "./bun_connection.ts";
import { NetSocket, opened } from "./net_socket.ts";
import { dial as dialLikeNode, environment } from "./node.ts";
import type { DialOptions, Socket, SocketAddress } from "./socket.ts";

export { environment };

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

/**
 * Opens a TCP or unix-domain connection; for TCP with `TCP_NODELAY`. With `isPlain`, connections
 * within this machine use `Bun.connect()`, because loading `node:net` takes longer than a login.
 * Others use `node:net`: Bun can't abort its own attempts, which end at once only within a machine.
 *
 * @param address The address to connect to.
 * @param options The signal, and keep-alive settings.
 * @returns The open, unencrypted connection.
 * @throws {Error} If nothing listens there; its `code` is `ECONNREFUSED`.
 *
 * @example
 * ```ts
 * import { dial } from "@walbrook/walbrook/bun";
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
  const isNative = "Bun" in globalThis && options.isPlain === true &&
    isLocal(address);
  if (!isNative) return await dialLikeNode(address, options);
  const { signal } = options;
  signal?.throwIfAborted();
  const { setImmediate } = await import("node:timers");
  const socket = new NetSocket({
    connect: () => new BunConnection(address, options),
    startTls: () =>
      Promise.reject(
        new TypeError("Cannot start TLS: the connection was opened as plain"),
      ),
    afterPoll: setImmediate,
  });
  return await opened(socket, signal);
}

function isLocal(address: SocketAddress): boolean {
  return address.transport === "unix" || LOOPBACK.test(address.hostname);
}
