import { ByteWriter } from "../../bytes/byte_writer.ts";

// The messages of a server. Source: the manual, "Message Formats".

/** AuthenticationOk. */
export function authenticationOk(): Uint8Array {
  return message("R", (body) => body.int32(0));
}

/** ParameterStatus. */
export function parameterStatus(name: string, value: string): Uint8Array {
  return message("S", (body) => body.string(name).string(value));
}

/** BackendKeyData. */
export function backendKeyData(processId: number, key: number): Uint8Array {
  return message("K", (body) => body.int32(processId).int32(key));
}

/** ReadyForQuery: `I` outside of a transaction, `T` in one, `E` in one that has failed. */
export function readyForQuery(status: "I" | "T" | "E"): Uint8Array {
  return message("Z", (body) => body.uint8(status.charCodeAt(0)));
}

/** RowDescription, of columns of the type text. */
export function rowDescription(names: readonly string[]): Uint8Array {
  return message("T", (body) => {
    body.int16(names.length);
    for (const name of names) {
      body.string(name).int32(0).int16(0).int32(25).int16(-1).int32(-1)
        .int16(0);
    }
    return body;
  });
}

/** DataRow, of texts. */
export function dataRow(values: readonly (string | null)[]): Uint8Array {
  return message("D", (body) => {
    body.int16(values.length);
    for (const value of values) writeText(body, value);
    return body;
  });
}

/** CommandComplete. */
export function commandComplete(tag: string): Uint8Array {
  return message("C", (body) => body.string(tag));
}

/** The content of an error or a notice. */
export interface NoticeFields {
  /** `ERROR`, `FATAL`, `WARNING` … */
  readonly severity: string;
  /** The SQLSTATE. */
  readonly code: string;
  /** The message. */
  readonly message: string;
}

/** ErrorResponse. */
export function errorResponse(fields: NoticeFields): Uint8Array {
  return message("E", (body) => writeFields(body, fields));
}

/** CopyOutResponse for `columns` columns, in text or binary format. */
export function copyOutResponse(
  columns: number,
  isBinary: boolean,
): Uint8Array {
  return copyResponse("H", columns, isBinary);
}

/** CopyBothResponse, which starts replication. */
export function copyBothResponse(): Uint8Array {
  return copyResponse("W", 0, false);
}

/** CopyData. */
export function copyData(payload: Uint8Array): Uint8Array {
  return message("d", (body) => body.bytes(payload));
}

/** CopyDone. */
export function copyDone(): Uint8Array {
  return message("c", (body) => body);
}

/** Writes a length and UTF-8; the length -1 for NULL. */
export function writeText(body: ByteWriter, value: string | null): ByteWriter {
  if (value === null) return body.int32(-1);
  const bytes = UTF8.encode(value);
  return body.int32(bytes.length).bytes(bytes);
}

const UTF8 = new TextEncoder();

function copyResponse(
  type: "H" | "W",
  columns: number,
  isBinary: boolean,
): Uint8Array {
  const format = isBinary ? 1 : 0;
  return message(type, (body) => {
    body.uint8(format).int16(columns);
    for (let i = 0; i < columns; i++) body.int16(format);
    return body;
  });
}

function writeFields(body: ByteWriter, fields: NoticeFields): ByteWriter {
  const { severity, code, message } = fields;
  for (
    const text of [`S${severity}`, `V${severity}`, `C${code}`, `M${message}`]
  ) {
    body.string(text);
  }
  return body.uint8(0);
}

function message(
  type: string,
  write: (body: ByteWriter) => ByteWriter,
): Uint8Array {
  const body = new ByteWriter().uint8(type.charCodeAt(0)).int32(0);
  const writer = write(body);
  return writer.int32At(1, writer.length - 1).finish();
}
