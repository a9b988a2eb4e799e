import { toByteString } from "../bytes/byte_string.ts";
import { payloadText } from "../output_plugin/payload_text.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import { decodeAction } from "./decode_action.ts";
import { decodeTransaction } from "./decode_transaction.ts";
import { Fields, malformed } from "./fields.ts";
import { readJson } from "./json_reader.ts";
import type { Wal2jsonMessage } from "./message.ts";

/**
 * Decodes one message of the output plugin `wal2json`, in format 1 or 2: the payload of
 * one XLogData message, or with the option `write-in-chunks` those of a transaction, put
 * together.
 *
 * Numbers keep every digit: all values are text, as the types' output functions write
 * it. The plugin writes in the *database's* encoding, whatever `client_encoding` says; it
 * is decoded as UTF-8. A value that is not UTF-8 is given as its bytes, and in names such
 * bytes become U+FFFD. The message keeps nothing of `data`.
 *
 * @example
 * ```ts
 * import { decodeWal2jsonMessage } from "@walbrook/walbrook/wal2json";
 * import { assertEquals } from "@std/assert";
 *
 * const message = decodeWal2jsonMessage(new TextEncoder().encode(
 *   '{"action":"I","schema":"public","table":"item","columns":' +
 *     '[{"name":"id","type":"bigint","value":9007199254740993}]}',
 * ));
 * assertEquals(message.kind === "insert" && message.columns, [
 *   { name: "id", type: "bigint", typeOid: null, value: "9007199254740993" },
 * ]);
 * ```
 *
 * @param data One whole message.
 * @param walStart The position in the header of the XLogData around it.
 * @returns The message.
 * @throws {ProtocolError} If the bytes are no such message.
 * @throws {RangeError} If its text is longer than a string can be, which in V8 is 512 MiB.
 */
export function decodeWal2jsonMessage(
  data: Uint8Array,
  walStart: Lsn = INVALID_LSN,
): Wal2jsonMessage {
  const text = payloadText(data, "wal2json");
  const fields = new Fields(
    text.includes("\ufffd")
      ? readJson(toByteString(data), true)
      : readJson(text),
  );
  if (fields.has("action")) return decodeAction(fields, walStart);
  if (fields.has("change")) return decodeTransaction(fields, walStart);
  throw malformed('it has neither "action" nor "change"');
}
