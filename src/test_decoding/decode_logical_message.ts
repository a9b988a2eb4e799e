import { decodeText } from "../bytes/decode_text.ts";
import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type {
  TestDecodingLogicalMessage,
  TestDecodingStreamMessage,
} from "./message.ts";

const UTF8 = new TextEncoder();
const HEAD = UTF8.encode("message: transactional: ");
const STREAM_HEAD = UTF8.encode("streaming message: transactional: ");
const PREFIX = UTF8.encode(" prefix: ");
const SIZE = UTF8.encode(", sz: ");
const CONTENT = UTF8.encode(" content:");

/**
 * Reads a message written with `pg_logical_emit_message`. Its content may be any bytes, so it
 * can't be read as text.
 *
 * @returns The message, or `null` if it is another one.
 */
export function decodeLogicalMessage(
  data: Uint8Array,
  walStart: Lsn,
): TestDecodingLogicalMessage | TestDecodingStreamMessage | null {
  if (startsWith(data, HEAD, 0)) {
    const { transactional, prefix, content } = read(data, HEAD.length);
    if (content === null) throw malformed("it has no content");
    return { kind: "message", walStart, transactional, prefix, content };
  }
  if (startsWith(data, STREAM_HEAD, 0)) {
    const kind = "streamMessage";
    return { kind, walStart, ...read(data, STREAM_HEAD.length) };
  }
  return null;
}

type Content = Pick<
  TestDecodingStreamMessage,
  "transactional" | "prefix" | "size" | "content"
>;

function read(data: Uint8Array, start: number): Content {
  const flag = data[start];
  if (flag !== 0x30 && flag !== 0x31) throw malformed("its flag is not 0 or 1");
  if (!startsWith(data, PREFIX, start + 1)) throw malformed("no prefix");
  const prefixStart = start + 1 + PREFIX.length;
  // The prefix may contain anything, even what looks like its end; the size decides.
  for (let at = prefixStart;; at++) {
    at = data.indexOf(0x2c, /* , */ at);
    if (at < 0) throw malformed("no size that fits to its content");
    const rest = readRest(data, at);
    if (rest === null) continue;
    return {
      transactional: flag === 0x31,
      prefix: decodeText(data, prefixStart, at),
      ...rest,
    };
  }
}

// What follows the prefix; null if the prefix does not end here.
function readRest(
  data: Uint8Array,
  start: number,
): Pick<Content, "size" | "content"> | null {
  if (!startsWith(data, SIZE, start)) return null;
  let at = start + SIZE.length;
  let size = 0;
  const digits = at;
  for (; isDigit(data[at]) && at - digits < 10; at++) {
    size = size * 10 + (data[at] ?? 0) - 0x30;
  }
  if (at === digits) return null;
  if (at === data.length) return { size, content: null };
  if (!startsWith(data, CONTENT, at)) return null;
  at += CONTENT.length;
  if (data.length - at !== size) return null;
  return { size, content: data.slice(at) };
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= 0x30 && byte <= 0x39;
}

function startsWith(
  data: Uint8Array,
  part: Uint8Array,
  start: number,
): boolean {
  for (let i = 0; i < part.length; i++) {
    if (data[start + i] !== part[i]) return false;
  }
  return true;
}

function malformed(problem: string): ProtocolError {
  return new ProtocolError(
    `Cannot decode a test_decoding message: ${problem}, in one of pg_logical_emit_message`,
  );
}
