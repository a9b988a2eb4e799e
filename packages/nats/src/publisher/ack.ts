/** JetStream's answer to a message. */
export type Ack =
  | { readonly kind: "stored"; readonly isDuplicate: boolean }
  | {
    readonly kind: "refused";
    readonly error: Error;
    /**
     * `"retry"`: it may be stored later. `"poison"`: this message will never be stored.
     * `"end"`: no message will ever be stored.
     */
    readonly verdict: "retry" | "poison" | "end";
  };

// Source: nats-server, server/errors.json.
const MESSAGE_TOO_LARGE = 10054;
const OTHER_STREAM = 10060;
const SEALED = 10109;

/**
 * Parses an answer.
 *
 * @param text The payload; empty if no stream accepts the subject.
 * @param stream The stream's name, for the error.
 */
export function readAck(text: string, stream: string): Ack {
  if (text === "") {
    return refused(
      "retry",
      `Cannot publish: no stream takes the subject at the moment; check that stream "${stream}" still exists and takes it`,
    );
  }
  const answer = JSON.parse(text) as {
    readonly duplicate?: boolean;
    readonly error?: {
      readonly err_code?: number;
      readonly description?: string;
    };
  };
  if (answer.error === undefined) {
    return { kind: "stored", isDuplicate: answer.duplicate === true };
  }
  const { err_code: code = 0, description = "" } = answer.error;
  return refused(
    verdictOf(code),
    `Cannot publish: stream "${stream}" refuses the message: ${description} (${code})`,
  );
}

function verdictOf(code: number): "retry" | "poison" | "end" {
  if (code === MESSAGE_TOO_LARGE) return "poison";
  return code === OTHER_STREAM || code === SEALED ? "end" : "retry";
}

function refused(verdict: "retry" | "poison" | "end", message: string): Ack {
  return { kind: "refused", error: new Error(message), verdict };
}
