/**
 * The type bytes of pgoutput's messages.
 *
 * Source: the manual, "Logical Replication Message Formats".
 */
export const MESSAGE_TYPE = {
  BEGIN: 0x42, // B
  COMMIT: 0x43, // C
  ORIGIN: 0x4f, // O
  RELATION: 0x52, // R
  TYPE: 0x59, // Y
  INSERT: 0x49, // I
  UPDATE: 0x55, // U
  DELETE: 0x44, // D
  TRUNCATE: 0x54, // T
  MESSAGE: 0x4d, // M
  BEGIN_PREPARE: 0x62, // b
  PREPARE: 0x50, // P
  STREAM_START: 0x53, // S
  STREAM_STOP: 0x45, // E
  STREAM_COMMIT: 0x63, // c
  STREAM_ABORT: 0x41, // A
  STREAM_PREPARE: 0x70, // p
  COMMIT_PREPARED: 0x4b, // K
  ROLLBACK_PREPARED: 0x72, // r
} as const;

/** The bytes that identify the tuples of a change. */
export const TUPLE_PART = {
  KEY: 0x4b, // K
  OLD: 0x4f, // O
  NEW: 0x4e, // N
} as const;

/** The bytes that identify the format of a tuple's column. */
export const COLUMN_FORMAT = {
  NULL: 0x6e, // n
  UNCHANGED: 0x75, // u
  TEXT: 0x74, // t
  BINARY: 0x62, // b
} as const;

/** Returns whether messages of this type occur only with the option `streaming`. */
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

/** Returns whether messages of this type refer to relations that were described before. */
export function isChangeType(type: number): boolean {
  switch (type) {
    case MESSAGE_TYPE.INSERT:
    case MESSAGE_TYPE.UPDATE:
    case MESSAGE_TYPE.DELETE:
    case MESSAGE_TYPE.TRUNCATE:
      return true;
    default:
      return false;
  }
}

/**
 * Returns whether messages of this type begin with a transaction id if they are between
 * Stream Start and Stream Stop.
 */
export function carriesXid(type: number): boolean {
  switch (type) {
    case MESSAGE_TYPE.RELATION:
    case MESSAGE_TYPE.TYPE:
    case MESSAGE_TYPE.MESSAGE:
      return true;
    default:
      return isChangeType(type);
  }
}
