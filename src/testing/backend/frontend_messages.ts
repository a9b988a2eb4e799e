import { int32At } from "../../bytes/big_endian.ts";
import { decodeText } from "../../bytes/decode_text.ts";

// The numbers in place of a protocol version. Source: the manual, "Message Formats".
const CANCEL_REQUEST = 80877102;
const SSL_REQUEST = 80877103;
const GSSENC_REQUEST = 80877104;
const PROTOCOL_3_0 = 196608;

/** The first message of a client. */
export type FirstMessage =
  | { readonly kind: "encryption" }
  | {
    readonly kind: "cancel";
    readonly processId: number;
    readonly secretKey: number;
  }
  | {
    readonly kind: "startup";
    readonly parameters: ReadonlyMap<string, string>;
  }
  | { readonly kind: "unknown"; readonly code: number };

/** A message with a type. */
export interface TypedMessage {
  /** Its letter. */
  readonly type: string;
  /** Its content. */
  readonly body: Uint8Array;
}

/** Splits a client's bytes into messages. */
export class FrontendMessages {
  #rest = new Uint8Array(0);

  /** Adds bytes. */
  push(bytes: Uint8Array): void {
    const all = new Uint8Array(this.#rest.length + bytes.length);
    all.set(this.#rest);
    all.set(bytes, this.#rest.length);
    this.#rest = all;
  }

  /** Returns the next message without a type; `null` if it has not arrived completely. */
  first(): FirstMessage | null {
    const body = this.#take(0);
    return body === null ? null : readFirst(body);
  }

  /** Returns the next message; `null` if it has not arrived completely. */
  next(): TypedMessage | null {
    const type = this.#rest[0];
    const body = this.#take(1);
    if (body === null || type === undefined) return null;
    return { type: String.fromCharCode(type), body };
  }

  // A body, after a header and a length that includes itself.
  #take(head: number): Uint8Array | null {
    if (this.#rest.length < head + 4) return null;
    const end = head + int32At(this.#rest, head);
    if (this.#rest.length < end) return null;
    const body = this.#rest.subarray(head + 4, end);
    this.#rest = this.#rest.subarray(end);
    return body;
  }
}

/** Reads text up to a zero byte, or to the end. */
export function textOf(body: Uint8Array): string {
  const end = body.indexOf(0);
  return decodeText(body, 0, end < 0 ? body.length : end);
}

function readFirst(body: Uint8Array): FirstMessage {
  const code = int32At(body, 0);
  switch (code) {
    case SSL_REQUEST:
    case GSSENC_REQUEST:
      return { kind: "encryption" };
    case CANCEL_REQUEST:
      return {
        kind: "cancel",
        processId: int32At(body, 4),
        secretKey: int32At(body, 8),
      };
    case PROTOCOL_3_0: {
      const texts = decodeText(body, 4, body.length).split("\0");
      const parameters = new Map<string, string>();
      for (let i = 0; i + 1 < texts.length && texts[i] !== ""; i += 2) {
        parameters.set(texts[i]!, texts[i + 1]!);
      }
      return { kind: "startup", parameters };
    }
    default:
      return { kind: "unknown", code };
  }
}
