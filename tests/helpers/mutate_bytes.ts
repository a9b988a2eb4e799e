/**
 * Makes bytes of others: cut, with some left out, doubled or exchanged, and with counts
 * and lengths made extreme.
 *
 * @param seeds What to begin with.
 */
export function mutateBytes(
  seeds: readonly Uint8Array[],
  random: (below: number) => number,
): Uint8Array {
  let bytes = Uint8Array.from(seeds[random(seeds.length)] ?? []);
  for (let times = 1 + random(3); times > 0; times--) {
    bytes = mutateOnce(bytes, seeds, random);
  }
  return bytes;
}

function mutateOnce(
  bytes: Uint8Array<ArrayBuffer>,
  seeds: readonly Uint8Array[],
  random: (below: number) => number,
): Uint8Array<ArrayBuffer> {
  const at = random(bytes.length + 1);
  const other = seeds[random(seeds.length)] ?? bytes;
  switch (random(7)) {
    case 0:
      bytes[at] = random(256);
      return bytes;
    case 1:
      bytes[at] = (bytes[at] ?? 0) ^ (1 << random(8));
      return bytes;
    case 2:
      return bytes.fill([0, 1, 0x7f, 0x80, 0xff][random(5)] ?? 0, at, at + 4);
    case 3:
      return bytes.slice(0, at);
    case 4:
      return Uint8Array.of(
        ...bytes.subarray(0, at),
        ...bytes.subarray(at + 1 + random(4)),
      );
    case 5:
      return Uint8Array.of(...bytes.subarray(0, at), ...bytes);
    default:
      return Uint8Array.of(
        ...bytes.subarray(0, at),
        ...other.subarray(random(other.length + 1)),
      );
  }
}
