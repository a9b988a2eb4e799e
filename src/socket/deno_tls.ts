import { closeOnce, ConnectionReads, writeAll } from "./deno_connection.ts";
import { DuplexSocket } from "./duplex_socket.ts";
import { ReadGate } from "./read_gate.ts";
import { ReadBuffer } from "./read_buffer.ts";
import type { Socket, TlsOptions } from "./socket.ts";
import {
  checkClientCertificate,
  checkHandshake,
  peerCertificateOf,
  tlsConnectOptions,
  trustError,
} from "./tls_connect_options.ts";

/**
 * Starts TLS over a Deno connection. `Deno.startTls()` can neither skip the verification of
 * the certificate (sslmode `require`) nor trust only one authority (`sslrootcert`), so this
 * uses `node:tls`, which Deno includes.
 *
 * @param connection The connection, which the result then owns.
 * @param options How to verify the server.
 * @throws {AuthenticationError} If the certificate is not trusted.
 */
export async function startTls(
  connection: Deno.Conn,
  options: TlsOptions,
): Promise<Socket> {
  const [{ Duplex }, tls] = await Promise.all([
    import("node:stream"),
    import("node:tls"),
  ]);
  const { clientCertificate } = options;
  if (clientCertificate !== undefined) {
    checkClientCertificate(clientCertificate, await import("node:crypto"));
  }
  // Deno's node:tls keeps reading even while paused, so the bytes must be held back before
  // they reach it.
  const gate = new ReadGate();
  const buffer = new ReadBuffer();
  const reads = new ConnectionReads(connection);
  const duplex = new Duplex({
    read() {
      gate.pass().then(() => reads.read(buffer.space())).then(
        (length) => this.push(length === null ? null : buffer.take(length)),
        (error) => this.destroy(error),
      );
    },
    write(chunk, _encoding, done) {
      writeAll(connection, chunk).then(() => done(), done);
    },
    final(done) {
      connection.closeWrite().then(() => done(), done);
    },
    destroy(error, done) {
      closeOnce(connection);
      reads.stop();
      done(error);
    },
  });
  const secure = tls.connect({
    // Typed as net.Socket, but any Duplex works, according to Node's manual.
    socket: duplex as unknown as import("node:net").Socket,
    ...tlsConnectOptions(options, tls.checkServerIdentity),
  });
  // Created before the handshake, so that no event is missed.
  const socket = new DuplexSocket(secure, {
    startTls: refuseTls,
    gate,
    peerCertificate: () => peerCertificateOf(secure),
  });
  await new Promise<void>((resolve, reject) => {
    secure.once("secureConnect", resolve);
    secure.once("error", (error) => reject(trustError(error)));
    secure.once("close", () => reject(new Error("the connection was closed")));
  });
  gate.close();
  checkHandshake(secure, options);
  return socket;
}

function refuseTls(): Promise<never> {
  return Promise.reject(
    new TypeError("Cannot start TLS: the connection is encrypted already"),
  );
}
