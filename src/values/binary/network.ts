import { int16At } from "../../bytes/big_endian.ts";
import { decodeText } from "../../bytes/decode_text.ts";
import { ProtocolError } from "../../errors.ts";
import { putInteger } from "./put_digits.ts";
import { HEX } from "../text/hexadecimal.ts";
import {
  checkLength,
  textualCodec,
  type ValueCodec,
} from "../codec/value_codec.ts";

// src/include/utils/inet.h: AF_INET, and the same plus one.
const IPV4 = 2;
const IPV6 = 3;
const HEADER_BYTES = 4;

const POINT = 0x2e; // .
const IPV4_TEXT: Uint8Array = new Uint8Array(15);

/** Values of `inet`: the text, without a mask that covers all of the address. */
export const INET: ValueCodec = textualCodec(addressText);

/** Values of `cidr`: the text, always with its mask. */
export const CIDR: ValueCodec = textualCodec(addressText);

/** Values of `macaddr`: the text. */
export const MACADDR: ValueCodec = textualCodec((bytes, start, end) => {
  checkLength("macaddr", end - start, 6);
  return hardwareText(bytes, start, end);
});

/** Values of `macaddr8`: the text. */
export const MACADDR8: ValueCodec = textualCodec((bytes, start, end) => {
  checkLength("macaddr8", end - start, 8);
  return hardwareText(bytes, start, end);
});

// Source: network_send and network_out in src/backend/utils/adt/network.c.
function addressText(bytes: Uint8Array, start: number, end: number): string {
  const family = start < end ? bytes[start] : undefined;
  const bits = start + 1 < end ? bytes[start + 1]! : 0;
  const length = start + 3 < end ? bytes[start + 3] : undefined;
  const expected = family === IPV4 ? 4 : family === IPV6 ? 16 : 0;
  const isWhole = expected > 0 && length === expected &&
    end - start === HEADER_BYTES + expected && bits <= expected * 8;
  if (!isWhole) {
    throw new ProtocolError(
      `Cannot decode an address: family ${family}, ${bits} bits, and ${length} bytes of ${
        end - start - HEADER_BYTES
      } fit to neither IPv4 nor IPv6`,
    );
  }
  const at = start + HEADER_BYTES;
  const address = family === IPV4 ? ipv4Text(bytes, at) : ipv6Text(bytes, at);
  const isCidr = bytes[start + 2] === 1;
  return isCidr || bits < expected * 8 ? `${address}/${bits}` : address;
}

function ipv4Text(bytes: Uint8Array, at: number): string {
  let length = putInteger(IPV4_TEXT, 0, bytes[at]!);
  for (let i = 1; i < 4; i++) {
    IPV4_TEXT[length] = POINT;
    length = putInteger(IPV4_TEXT, length + 1, bytes[at + i]!);
  }
  return decodeText(IPV4_TEXT, 0, length);
}

// Source: inet_net_ntop_ipv6 in src/port/inet_net_ntop.c.
function ipv6Text(bytes: Uint8Array, at: number): string {
  const words = Array.from(
    { length: 8 },
    (_, i) => int16At(bytes, at + 2 * i) & 0xffff,
  );
  const zeros = longestZeros(words);
  const holdsIpv4 = zeros.start === 0 && (
    zeros.length === 6 ||
    (zeros.length === 5 && words[5] === 0xffff)
  );
  const tail = holdsIpv4 ? [ipv4Text(bytes, at + 12)] : [];
  const hex = words.slice(0, holdsIpv4 ? 6 : 8).map((word) =>
    word.toString(16)
  );
  if (zeros.length === 0) return hex.join(":");
  const before = hex.slice(0, zeros.start);
  const behind = [...hex.slice(zeros.start + zeros.length), ...tail];
  return `${before.join(":")}::${behind.join(":")}`;
}

// The first of the longest runs of two or more zeros.
function longestZeros(
  words: readonly number[],
): { start: number; length: number } {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < words.length;) {
    let length = 0;
    while (words[start + length] === 0) length++;
    if (length >= 2 && length > best.length) best = { start, length };
    start += length + 1;
  }
  return best;
}

function hardwareText(bytes: Uint8Array, start: number, end: number): string {
  const pairs: string[] = [];
  for (let at = start; at < end; at++) pairs.push(HEX[bytes[at]!]!);
  return pairs.join(":");
}
