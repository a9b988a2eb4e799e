import { ProtocolError } from "../errors.ts";
import type { BackendMessage } from "../wire/backend_message.ts";

/** Creates the error for a message that is not allowed at this point. */
export function unexpectedMessage(
  message: BackendMessage,
  during: string,
): ProtocolError {
  return new ProtocolError(
    `Cannot log in: unexpected ${message.kind} during ${during}`,
  );
}
