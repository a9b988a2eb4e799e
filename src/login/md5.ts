// RFC 1321: the sines in the algorithm's table, and its rotations.
const SINES: Uint32Array = Uint32Array.from(
  { length: 64 },
  (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32),
);
const ROTATIONS: readonly (readonly number[])[] = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];

/**
 * Computes an MD5 digest, for the authentication method that PostgreSQL still supports and
 * Web Crypto never has. Source: RFC 1321.
 *
 * @param message The bytes to digest.
 * @returns The digest as 32 lower-case hex digits.
 */
export function md5(message: Uint8Array): string {
  const blocks = pad(message);
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let at = 0; at < blocks.byteLength; at += 64) {
    digestBlock(state, new DataView(blocks, at, 64));
  }
  const digest = new DataView(new ArrayBuffer(16));
  state.forEach((word, i) => digest.setUint32(4 * i, word, true));
  return Array.from(
    new Uint8Array(digest.buffer),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
}

// The message, a one bit, zeros, and the message's length in bits, little-endian.
function pad(message: Uint8Array): ArrayBuffer {
  const length = Math.ceil((message.length + 9) / 64) * 64;
  const bytes = new Uint8Array(length);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const bits = BigInt(message.length) * 8n;
  new DataView(bytes.buffer).setBigUint64(length - 8, bits, true);
  return bytes.buffer;
}

function digestBlock(state: Uint32Array, block: DataView): void {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let step = 0; step < 64; step++) {
    const round = step >> 4;
    const word = block.getUint32(4 * wordIndex(round, step), true);
    const sum = a + mix(round, b, c, d) + (SINES[step] ?? 0) + word;
    const rotation = ROTATIONS[round]?.[step & 3] ?? 0;
    [a, d, c, b] = [d, c, b, (b + rotateLeft(sum | 0, rotation)) | 0];
  }
  [a, b, c, d].forEach((word, i) => state[i] = (state[i] ?? 0) + word);
}

function mix(round: number, b: number, c: number, d: number): number {
  if (round === 0) return (b & c) | (~b & d);
  if (round === 1) return (b & d) | (c & ~d);
  if (round === 2) return b ^ c ^ d;
  return c ^ (b | ~d);
}

function wordIndex(round: number, step: number): number {
  if (round === 0) return step;
  if (round === 1) return (5 * step + 1) % 16;
  if (round === 2) return (3 * step + 5) % 16;
  return (7 * step) % 16;
}

function rotateLeft(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

const UTF8 = new TextEncoder();

/**
 * Answers AuthenticationMD5Password: the server has stored the digest of password and user,
 * and expects the digest of that and its salt.
 *
 * @param credentials The role and its password.
 * @param salt The four bytes of the request.
 * @returns The content of PasswordMessage.
 */
export function md5PasswordResponse(
  credentials: { readonly user: string; readonly password: string },
  salt: Uint8Array,
): string {
  const { user, password } = credentials;
  const stored = UTF8.encode(md5(UTF8.encode(password + user)));
  const salted = new Uint8Array(stored.length + salt.length);
  salted.set(stored);
  salted.set(salt, stored.length);
  return `md5${md5(salted)}`;
}
