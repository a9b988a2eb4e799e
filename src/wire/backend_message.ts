import { ByteCursor } from "../bytes/byte_cursor.ts";
import { type PostgresErrorFields, ProtocolError } from "../errors.ts";
import { decodeErrorFields } from "./error_fields.ts";
import { describeByte } from "../bytes/describe_byte.ts";
import type { Frame } from "./frame.ts";

/** A column of a result set. Source: the manual, RowDescription. */
export interface FieldDescription {
  /** The column's name. */
  readonly name: string;
  /** The OID of the table it comes from; 0 for an expression. */
  readonly tableOid: number;
  /** The OID of its data type. */
  readonly typeOid: number;
}

/**
 * A message of the server on any connection, under the manual's name ("Message Formats").
 * Each is decoded from one {@linkcode Frame}.
 */
export type BackendMessage =
  | { readonly kind: "AuthenticationOk" }
  | { readonly kind: "AuthenticationCleartextPassword" }
  | { readonly kind: "AuthenticationMD5Password"; readonly salt: Uint8Array }
  | { readonly kind: "AuthenticationSASL"; readonly mechanisms: string[] }
  | { readonly kind: "AuthenticationSASLContinue"; readonly data: Uint8Array }
  | { readonly kind: "AuthenticationSASLFinal"; readonly data: Uint8Array }
  | { readonly kind: "AuthenticationUnsupported"; readonly code: number }
  | { readonly kind: "NegotiateProtocolVersion"; readonly version: number }
  | {
    readonly kind: "ParameterStatus";
    readonly name: string;
    readonly value: string;
  }
  | {
    readonly kind: "BackendKeyData";
    readonly processId: number;
    readonly secretKey: Uint8Array;
  }
  | { readonly kind: "ReadyForQuery" }
  | { readonly kind: "ErrorResponse"; readonly fields: PostgresErrorFields }
  | { readonly kind: "NoticeResponse"; readonly fields: PostgresErrorFields }
  | {
    readonly kind: "RowDescription";
    readonly fields: readonly FieldDescription[];
  }
  | { readonly kind: "DataRow"; readonly values: (Uint8Array | null)[] }
  | { readonly kind: "CommandComplete"; readonly tag: string }
  | { readonly kind: "EmptyQueryResponse" }
  | { readonly kind: "NotificationResponse" }
  | { readonly kind: "CopyBothResponse" }
  | { readonly kind: "CopyOutResponse" }
  | { readonly kind: "CopyInResponse" }
  | { readonly kind: "CopyData"; readonly data: Uint8Array }
  | { readonly kind: "CopyDone" };

/**
 * Decodes one message from the server.
 *
 * @param frame The message, as produced by {@linkcode FrameDecoderStream}.
 * @returns The message; byte fields are views of the frame.
 * @throws {ProtocolError} If its type is unknown or its body has another format.
 */
export function decodeBackendMessage(frame: Frame): BackendMessage {
  switch (frame.type) {
    case 0x64: // d
      return { kind: "CopyData", data: frame.body };
    case 0x52: // R
      return decodeAuthentication(read(frame, "Authentication"));
    case 0x76: // v
      return {
        kind: "NegotiateProtocolVersion",
        version: read(frame, "NegotiateProtocolVersion").int32(),
      };
    case 0x53: // S
      return decodeParameterStatus(read(frame, "ParameterStatus"));
    case 0x4b: // K
      return decodeBackendKeyData(read(frame, "BackendKeyData"));
    case 0x5a: // Z
      return decodeReadyForQuery(read(frame, "ReadyForQuery"));
    case 0x45: // E
      return {
        kind: "ErrorResponse",
        fields: decodeErrorFields(read(frame, "ErrorResponse")),
      };
    case 0x4e: // N
      return {
        kind: "NoticeResponse",
        fields: decodeErrorFields(read(frame, "NoticeResponse")),
      };
    case 0x54: // T
      return decodeRowDescription(read(frame, "RowDescription"));
    case 0x44: // D
      return decodeDataRow(read(frame, "DataRow"));
    case 0x43: // C
      return decodeCommandComplete(read(frame, "CommandComplete"));
    case 0x49: // I
      return { kind: "EmptyQueryResponse" };
    case 0x41: // A
      return { kind: "NotificationResponse" };
    case 0x57: // W
      return { kind: "CopyBothResponse" };
    case 0x48: // H
      return { kind: "CopyOutResponse" };
    case 0x47: // G
      return { kind: "CopyInResponse" };
    case 0x63: // c
      return { kind: "CopyDone" };
    default:
      throw new ProtocolError(
        `Cannot decode a message of type ${
          describeByte(frame.type)
        }: no such message from a server`,
      );
  }
}

function read(frame: Frame, what: string): ByteCursor {
  return new ByteCursor(frame.body, what);
}

function decodeAuthentication(reader: ByteCursor): BackendMessage {
  const code = reader.int32();
  switch (code) {
    case 0:
      return { kind: "AuthenticationOk" };
    case 3:
      return { kind: "AuthenticationCleartextPassword" };
    case 5:
      return { kind: "AuthenticationMD5Password", salt: reader.bytes(4) };
    case 10:
      return { kind: "AuthenticationSASL", mechanisms: decodeNames(reader) };
    case 11:
      return { kind: "AuthenticationSASLContinue", data: reader.rest() };
    case 12:
      return { kind: "AuthenticationSASLFinal", data: reader.rest() };
    default:
      return { kind: "AuthenticationUnsupported", code };
  }
}

function decodeNames(reader: ByteCursor): string[] {
  const names: string[] = [];
  for (let name = reader.string(); name !== ""; name = reader.string()) {
    names.push(name);
  }
  return names;
}

function decodeParameterStatus(reader: ByteCursor): BackendMessage {
  const name = reader.string();
  const value = reader.string();
  reader.end();
  return { kind: "ParameterStatus", name, value };
}

function decodeBackendKeyData(reader: ByteCursor): BackendMessage {
  const processId = reader.int32();
  return { kind: "BackendKeyData", processId, secretKey: reader.rest() };
}

function decodeReadyForQuery(reader: ByteCursor): BackendMessage {
  const status = reader.uint8();
  reader.end();
  // Idle, in a transaction, or in one that has failed.
  const isKnown = "ITE".includes(String.fromCharCode(status));
  if (isKnown) return { kind: "ReadyForQuery" };
  throw reader.error(`transaction status ${describeByte(status)}`);
}

function decodeRowDescription(reader: ByteCursor): BackendMessage {
  const count = reader.int16();
  const fields: FieldDescription[] = [];
  for (let i = 0; i < count; i++) {
    const name = reader.string();
    const tableOid = reader.uint32();
    reader.int16(); // attribute number
    const typeOid = reader.uint32();
    reader.int16(); // type length
    reader.int32(); // type modifier
    reader.int16(); // format: text, always, in a simple query
    fields.push({ name, tableOid, typeOid });
  }
  reader.end();
  return { kind: "RowDescription", fields };
}

function decodeDataRow(reader: ByteCursor): BackendMessage {
  const count = reader.int16();
  const values: (Uint8Array | null)[] = [];
  for (let i = 0; i < count; i++) {
    const length = reader.int32();
    values.push(length === -1 ? null : reader.bytes(length));
  }
  reader.end();
  return { kind: "DataRow", values };
}

function decodeCommandComplete(reader: ByteCursor): BackendMessage {
  const tag = reader.string();
  reader.end();
  return { kind: "CommandComplete", tag };
}
