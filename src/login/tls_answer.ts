import { describeByte } from "../bytes/describe_byte.ts";
import {
  AuthenticationError,
  ConnectionError,
  ProtocolError,
} from "../errors.ts";
import type { SslMode } from "../connection/ssl_mode.ts";

/**
 * Says what is wrong with an answer to SSLRequest that is not a single `S` or `N`.
 *
 * @param answer What came; nothing where the server closed the connection.
 * @param isKnown Whether it begins with one of the two.
 */
export function tlsAnswerError(answer: Uint8Array, isKnown: boolean): Error {
  const [type] = answer;
  if (type === undefined) {
    return new ConnectionError(
      "Cannot start TLS: the server closed the connection when asked for it",
    );
  }
  if (type === 0x45 /* E */) {
    return new ConnectionError(
      "Cannot start TLS: the server answered the request with an error; its log says which",
    );
  }
  return new ProtocolError(
    isKnown
      ? `Cannot start TLS: ${
        answer.length - 1
      } unencrypted bytes follow the answer to SSLRequest; someone may have inserted them`
      : `Cannot start TLS: the answer to SSLRequest is ${
        describeByte(type)
      }; check that a PostgreSQL server listens there`,
  );
}

/** Says that a server has no TLS, where it has to be encrypted. */
export function tlsMissing(
  where: string,
  sslmode: SslMode,
): AuthenticationError {
  return new AuthenticationError(
    `Cannot log in at ${where}: the server does not offer TLS, and sslmode "${sslmode}" demands it`,
  );
}
