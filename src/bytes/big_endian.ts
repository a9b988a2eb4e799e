const SCRATCH: DataView = new DataView(new ArrayBuffer(8));
/** Of larger arrays no view is kept, since it would keep their memory alive. */
const MAX_VIEWED_BYTES = 2 ** 20;
// The array that was read last, and a view of it. Most values are read from the same chunk as
// the one before, and creating a view takes several times as long as reading a value.
let viewed: Uint8Array = new Uint8Array(0);
let view: DataView = SCRATCH;

/**
 * Reads a signed 16-bit integer. Like all functions of this module, it checks nothing:
 * missing bytes count as 0.
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
  if (isInView(bytes, at + 8)) return view.getBigInt64(at);
  copy64(bytes, at);
  return SCRATCH.getBigInt64(0);
}

/** Reads an unsigned 64-bit integer. */
export function uint64At(bytes: Uint8Array, at: number): bigint {
  if (isInView(bytes, at + 8)) return view.getBigUint64(at);
  copy64(bytes, at);
  return SCRATCH.getBigUint64(0);
}

/** Reads a 32-bit floating-point number. */
export function float32At(bytes: Uint8Array, at: number): number {
  SCRATCH.setInt32(0, int32At(bytes, at));
  return SCRATCH.getFloat32(0);
}

/** Reads a 64-bit floating-point number. */
export function float64At(bytes: Uint8Array, at: number): number {
  copy64(bytes, at);
  return SCRATCH.getFloat64(0);
}

// Moves the view to an array, and returns whether a value that ends there can be read from it.
function isInView(bytes: Uint8Array, end: number): boolean {
  const { length } = bytes;
  if (end > length) return false;
  if (bytes === viewed) return true;
  if (length > MAX_VIEWED_BYTES) return false;
  view = new DataView(bytes.buffer, bytes.byteOffset, length);
  viewed = bytes;
  return true;
}

function copy64(bytes: Uint8Array, at: number): void {
  SCRATCH.setInt32(0, int32At(bytes, at));
  SCRATCH.setInt32(4, int32At(bytes, at + 4));
}

function byteAt(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
