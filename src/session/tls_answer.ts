import { describeByte } from "../bytes/describe_byte.ts";
import { ConnectionError, ProtocolError } from "../errors.ts";

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
