import { ProtocolError } from "../errors.ts";
import type { BackendMessage } from "../wire/backend_message.ts";

/** Says that a message does not belong where it came. */
export function unexpectedMessage(
  message: BackendMessage,
  during: string,
): ProtocolError {
  return new ProtocolError(
    `Cannot log in: unexpected ${message.kind} during ${during}`,
  );
}
