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
 * Starts TLS over a connection of Deno. `Deno.startTls()` can neither leave the
 * certificate unchecked (sslmode `require`) nor trust one authority alone
 * (`sslrootcert`), so this goes through `node:tls`, which Deno has built in.
 *
 * @param connection The connection, which then belongs to the result.
 * @param options Whom to expect.
 * @throws {AuthenticationError} If the certificate is not to be trusted.
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
  // Deno's node:tls reads on and on although it is paused, so the bytes have to be
  // held back before they come to it.
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
    // Typed as net.Socket; any Duplex will do, as Node's manual says.
    socket: duplex as unknown as import("node:net").Socket,
    ...tlsConnectOptions(options, tls.checkServerIdentity),
  });
  // Made before the handshake, so that no event is missed.
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
