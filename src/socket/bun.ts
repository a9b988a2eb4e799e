/**
 * Sockets and environment of Bun, for the functions that take them as arguments. They are
 * those of Node: like Node's, Bun's `node:net` and `node:tls` apply backpressure to the
 * server while nobody reads, whereas `Bun.connect()` leaves that to its caller.
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
export { dial, environment } from "./node.ts";
