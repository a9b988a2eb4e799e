import { toByteString } from "../bytes/byte_string.ts";
import { payloadText } from "../output_plugin/payload_text.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import { decodeAction } from "./decode_action.ts";
import { decodeTransaction } from "./decode_transaction.ts";
import { Fields, malformed } from "./fields.ts";
import { readJson } from "./json_reader.ts";
import type { Wal2jsonMessage } from "./message.ts";

/**
 * Decodes one message of the output plugin `wal2json`, in format 1 or 2: the payload of one
 * XLogData message or, with the option `write-in-chunks`, the concatenated payloads of a
 * transaction.
 *
 * Numbers keep every digit: all values are text, as written by the types' output functions.
 * The plugin writes in the *database's* encoding, whatever `client_encoding` is; it is
 * decoded as UTF-8. A value that is not UTF-8 is returned as its bytes; in names, such bytes
 * become U+FFFD. The message does not refer to `data`.
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
 * @param data One complete message.
 * @param walStart The position in the header of the enclosing XLogData.
 * @returns The message.
 * @throws {ProtocolError} If the bytes are not a valid message.
 * @throws {RangeError} If its text is longer than a string can be (512 MiB in V8).
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
