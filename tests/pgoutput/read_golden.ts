import {
  decodePgoutputMessage,
  parseLsn,
  type PgoutputMessage,
} from "@walbrook/walbrook/pgoutput";
import type { Golden, GoldenMessage } from "../golden/workload.ts";

export type { Golden, GoldenMessage };

/** The versions of which there are golden bytes. */
export const GOLDEN_MAJORS: readonly number[] = [14, 15, 16, 17, 18];

/** Reads the golden bytes of one version. */
export function readGolden(major: number): Golden {
  const path = new URL(`../golden/pgoutput_${major}.json`, import.meta.url);
  return JSON.parse(Deno.readTextFileSync(path));
}

/** Decodes messages as a stream does: each with the position it stood at. */
export function decodeGolden(
  messages: readonly GoldenMessage[],
): PgoutputMessage[] {
  return messages.map(([lsn, hex]) =>
    decodePgoutputMessage(fromHex(hex), parseLsn(lsn))
  );
}

/** The same for those of a stream with the option `streaming`. */
export function decodeStreamed(
  messages: readonly GoldenMessage[],
): PgoutputMessage[] {
  let inStream = false;
  return messages.map(([lsn, hex]) => {
    const message = decodePgoutputMessage(fromHex(hex), parseLsn(lsn), {
      inStream,
    });
    if (message.kind === "streamStart") inStream = true;
    if (message.kind === "streamStop") inStream = false;
    return message;
  });
}

/** Reads bytes from their hexadecimal form, in which blanks don't count. */
export function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  const pairs = hex.replaceAll(/\s/g, "").match(/../g) ?? [];
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16));
}

/** Writes bytes in their hexadecimal form. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"))
    .join("");
}
