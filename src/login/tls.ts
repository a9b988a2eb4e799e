import { AuthenticationError, ConnectionError } from "../errors.ts";
import type { Socket, TlsOptions } from "../socket/socket.ts";
import { encodeSslRequest } from "../wire/frontend_message.ts";

const YES = 0x53; // S
const NO = 0x4e; // N

/**
 * Asks the server with SSLRequest whether it supports TLS.
 *
 * @param socket A fresh connection, whose streams are unlocked again afterwards.
 * @returns Whether TLS must start now.
 * @throws {ProtocolError} If the answer is anything but one byte `S` or `N`: bytes after it
 * would be taken for the server's although they are not authenticated (CVE-2021-23222).
 * @throws {ConnectionError} If the server answers with an error, whose text must not be
 * trusted either (CVE-2024-10977), or closes the connection.
 */
export async function requestTls(socket: Socket): Promise<boolean> {
  const answer = await exchange(socket, encodeSslRequest());
  const type = answer[0];
  const isKnown = type === YES || type === NO;
  if (answer.length === 1 && isKnown) return type === YES;
  const { tlsAnswerError } = await import("./refusals.ts");
  throw tlsAnswerError(answer, isKnown);
}

async function exchange(
  socket: Socket,
  request: Uint8Array,
): Promise<Uint8Array> {
  const writer = socket.writable.getWriter();
  const reader = socket.readable.getReader();
  try {
    await writer.write(request);
    const { value } = await reader.read();
    return value ?? new Uint8Array(0);
  } catch (cause) {
    throw new ConnectionError(
      "Cannot start TLS: the connection broke",
      { cause },
    );
  } finally {
    writer.releaseLock();
    reader.releaseLock();
  }
}

/**
 * Encrypts a connection whose server has agreed to it.
 *
 * @param socket The connection, which can't be used afterwards.
 * @param options The identity to verify.
 * @throws {AuthenticationError} If the certificate is not trusted.
 * @throws {TypeError} If the runtime's TLS does not support the options.
 * @throws {ConnectionError} If the handshake fails for another reason.
 */
export async function startTls(
  socket: Socket,
  options: TlsOptions,
): Promise<Socket> {
  try {
    return await socket.startTls(options);
  } catch (cause) {
    if (cause instanceof AuthenticationError || cause instanceof TypeError) {
      throw cause;
    }
    const reason = cause instanceof Error ? cause.message : String(cause);
    const hint = options.requireAlpn
      ? "; sslnegotiation=direct needs PostgreSQL 17 or later"
      : "";
    throw new ConnectionError(`Cannot start TLS: ${reason}${hint}`, { cause });
  }
}
