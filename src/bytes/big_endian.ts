// Both numbers live as long as the module: a DataView for each value would cost more
// than reading it.
const SCRATCH: DataView = new DataView(new ArrayBuffer(8));

// Beyond this a number can't hold what the two halves make together.
const EXACT_HIGH = 0x200000;

/**
 * Reads a signed 16-bit integer. Like all functions of this module it checks nothing:
 * bytes that are not there count as 0.
 */
export function int16At(bytes: Uint8Array, at: number): number {
  return (byteAt(bytes, at) << 24 >> 16) | byteAt(bytes, at + 1);
}

/** Reads a signed 32-bit integer. */
export function int32At(bytes: Uint8Array, at: number): number {
  return byteAt(bytes, at) << 24 | byteAt(bytes, at + 1) << 16 |
    byteAt(bytes, at + 2) << 8 | byteAt(bytes, at + 3);
}

/** Reads an unsigned 32-bit integer. */
export function uint32At(bytes: Uint8Array, at: number): number {
  return int32At(bytes, at) >>> 0;
}

/** Reads a signed 64-bit integer. */
export function int64At(bytes: Uint8Array, at: number): bigint {
  const high = int32At(bytes, at);
  const low = uint32At(bytes, at + 4);
  return high >= -EXACT_HIGH && high < EXACT_HIGH
    ? BigInt(high * 0x1_0000_0000 + low)
    : BigInt(high) << 32n | BigInt(low);
}

/** Reads an unsigned 64-bit integer. */
export function uint64At(bytes: Uint8Array, at: number): bigint {
  const high = uint32At(bytes, at);
  const low = uint32At(bytes, at + 4);
  return high < EXACT_HIGH
    ? BigInt(high * 0x1_0000_0000 + low)
    : BigInt(high) << 32n | BigInt(low);
}

/** Reads a floating-point number of 32 bits. */
export function float32At(bytes: Uint8Array, at: number): number {
  SCRATCH.setInt32(0, int32At(bytes, at));
  return SCRATCH.getFloat32(0);
}

/** Reads a floating-point number of 64 bits. */
export function float64At(bytes: Uint8Array, at: number): number {
  SCRATCH.setInt32(0, int32At(bytes, at));
  SCRATCH.setInt32(4, int32At(bytes, at + 4));
  return SCRATCH.getFloat64(0);
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
