import { ByteWriter } from "../bytes/byte_writer.ts";

/** Protocol 3.0, which every server and pooler supports. */
const PROTOCOL_VERSION = 3 << 16;
// Numbers that no protocol version will ever have; src/include/libpq/pqcomm.h.
const CANCEL_REQUEST = (1234 << 16) | 5678;
const SSL_REQUEST = (1234 << 16) | 5679;

/**
 * Encodes SSLRequest, which asks whether the server supports TLS. The answer is a single
 * byte: `S` or `N`.
 */
export function encodeSslRequest(): Uint8Array {
  return new ByteWriter(8).int32(8).int32(SSL_REQUEST).finish();
}

/**
 * Encodes StartupMessage for protocol 3.0.
 *
 * @param parameters `user`, `database`, `replication` and session settings, in the order in
 * which to send them.
 * @throws {TypeError} If a name or value contains a zero byte.
 */
export function encodeStartupMessage(
  parameters: Iterable<readonly [string, string]>,
): Uint8Array {
  const writer = new ByteWriter(256).int32(0).int32(PROTOCOL_VERSION);
  for (const [name, value] of parameters) writer.string(name).string(value);
  writer.uint8(0);
  return writer.int32At(0, writer.length).finish();
}

/**
 * Encodes CancelRequest, which must be sent alone on a new connection.
 *
 * @param processId The process id from BackendKeyData.
 * @param secretKey The key from BackendKeyData.
 */
export function encodeCancelRequest(
  processId: number,
  secretKey: Uint8Array,
): Uint8Array {
  return new ByteWriter(16)
    .int32(12 + secretKey.length)
    .int32(CANCEL_REQUEST)
    .int32(processId)
    .bytes(secretKey)
    .finish();
}

/**
 * Encodes Query, a command of the simple query protocol.
 *
 * @param commands The command, or several, each of which becomes a message.
 */
export function encodeQuery(...commands: readonly string[]): Uint8Array {
  // Almost always ASCII, so the buffer need not grow.
  const length = commands.reduce((sum, sql) => sum + sql.length + 6, 0);
  const writer = new ByteWriter(length);
  for (const sql of commands) {
    const start = writer.length;
    writer.uint8(0x51 /* Q */).int32(0).string(sql);
    writer.int32At(start + 1, writer.length - start - 1);
  }
  return writer.finish();
}

/** Encodes PasswordMessage: the password itself or an MD5 response. */
export function encodePasswordMessage(password: string): Uint8Array {
  return message(0x70, /* p */ (writer) => writer.string(password));
}

/** Encodes SASLInitialResponse. */
export function encodeSaslInitialResponse(
  mechanism: string,
  response: Uint8Array,
): Uint8Array {
  return message(
    0x70, // p
    (writer) => writer.string(mechanism).int32(response.length).bytes(response),
  );
}

/** Encodes SASLResponse. */
export function encodeSaslResponse(response: Uint8Array): Uint8Array {
  return message(0x70, /* p */ (writer) => writer.bytes(response));
}

/** Encodes CopyData with a payload. */
export function encodeCopyData(payload: Uint8Array): Uint8Array {
  return message(0x64, /* d */ (writer) => writer.bytes(payload));
}

/** Encodes CopyDone, the end of the client's data in copy mode. */
export function encodeCopyDone(): Uint8Array {
  return message(0x63, /* c */ (writer) => writer);
}

/** Encodes CopyFail, which refuses to send the data for COPY IN. */
export function encodeCopyFail(reason: string): Uint8Array {
  return message(0x66, /* f */ (writer) => writer.string(reason));
}

/** Encodes Terminate, the regular end of a connection. */
export function encodeTerminate(): Uint8Array {
  return message(0x58, /* X */ (writer) => writer);
}

function message(
  type: number,
  body: (writer: ByteWriter) => ByteWriter,
): Uint8Array {
  const writer = body(new ByteWriter().uint8(type).int32(0));
  return writer.int32At(1, writer.length - 1).finish();
}
