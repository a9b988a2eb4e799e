/**
 * The shape of a socket and of an environment, for runtimes and transports of your own. The
 * modules `./deno`, `./node`, `./bun` and `./workers` implement it.
 *
 * @example
 * ```ts
 * import type { Dial } from "@walbrook/walbrook/socket";
 * import { dial as dialDeno } from "@walbrook/walbrook/deno";
 *
 * const dial: Dial = (address, options) => dialDeno(address, options);
 * ```
 *
 * @module
 */
export type {
  ClientCertificate,
  DecodeText,
  Dial,
  DialOptions,
  Environment,
  FileDescription,
  OpenTemporaryFile,
  Socket,
  SocketAddress,
  TemporaryFile,
  TlsOptions,
  TlsVersion,
} from "./socket.ts";
