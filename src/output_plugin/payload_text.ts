import { decodeText } from "../bytes/decode_text.ts";

/**
 * Decodes a payload that consists of text.
 *
 * @param data The payload.
 * @param plugin The output plugin's name, for the error.
 * @returns The text; bytes that are not UTF-8 become U+FFFD.
 * @throws {RangeError} If it is longer than a string can be (512 MiB in V8).
 */
export function payloadText(data: Uint8Array, plugin: string): string {
  try {
    return decodeText(data, 0, data.length);
  } catch (cause) {
    throw new RangeError(
      `Cannot decode a payload of ${data.length} bytes of ${plugin}: its text is longer than a string can be; read the change with pgoutput, whose values are bytes, or skip its transaction by a startLsn behind its commit`,
      { cause },
    );
  }
}
