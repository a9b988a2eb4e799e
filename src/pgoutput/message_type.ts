/** The type bytes of the messages that make transactions of blocks. */
export const MESSAGE_TYPE = {
  BEGIN: 0x42, // B
  COMMIT: 0x43, // C
  ORIGIN: 0x4f, // O
  RELATION: 0x52, // R
  BEGIN_PREPARE: 0x62, // b
  PREPARE: 0x50, // P
  STREAM_START: 0x53, // S
  STREAM_STOP: 0x45, // E
  STREAM_COMMIT: 0x63, // c
  STREAM_ABORT: 0x41, // A
  STREAM_PREPARE: 0x70, // p
} as const;

/** Whether messages of this type come only with the option `streaming`. */
export function isStreamType(type: number): boolean {
  switch (type) {
    case MESSAGE_TYPE.STREAM_START:
    case MESSAGE_TYPE.STREAM_STOP:
    case MESSAGE_TYPE.STREAM_COMMIT:
    case MESSAGE_TYPE.STREAM_ABORT:
    case MESSAGE_TYPE.STREAM_PREPARE:
      return true;
    default:
      return false;
  }
}

/** Whether messages of this type refer to relations that were described before. */
export function isChangeType(type: number): boolean {
  switch (type) {
    case 0x49: // I
    case 0x55: // U
    case 0x44: // D
    case 0x54: // T
      return true;
    default:
      return false;
  }
}

/**
 * Whether messages of this type begin with a transaction id where they stand between
 * Stream Start and Stream Stop.
 */
export function carriesXid(type: number): boolean {
  switch (type) {
    case MESSAGE_TYPE.RELATION:
    case 0x59: // Y
    case 0x4d: // M
      return true;
    default:
      return isChangeType(type);
  }
}
