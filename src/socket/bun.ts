/**
 * Sockets and environment of Bun, for the functions that take them as arguments: those
 * of Node, since Bun's `node:net` and `node:tls` hold the server back as Node's do while
 * nobody reads, which `Bun.connect()` would leave to its caller.
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
