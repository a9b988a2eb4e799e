import type { ReplicationEvent } from "../../events/event.ts";
import type { Row } from "../../events/relation.ts";

/** The approximate size of an object, an array or a fixed-size value. */
const OBJECT_BYTES = 32;

/** Estimates the memory that an event takes, in bytes: its values and a little overhead. */
export function eventSize(event: ReplicationEvent): number {
  switch (event.kind) {
    case "insert":
      return OBJECT_BYTES + rowSize(event.newRow) + rowSize(event.key);
    case "read":
      return OBJECT_BYTES + rowSize(event.newRow);
    case "update":
      return OBJECT_BYTES + rowSize(event.newRow) + rowSize(event.oldRow) +
        rowSize(event.key);
    case "delete":
      return OBJECT_BYTES + rowSize(event.oldRow) + rowSize(event.key);
    case "message":
      return OBJECT_BYTES + event.content.length;
    case "begin":
    case "commit":
    case "beginPrepare":
    case "prepare":
    case "commitPrepared":
    case "rollbackPrepared":
    case "relation":
    case "truncate":
    case "gap":
    case "snapshotBegin":
    case "chunk":
    case "snapshotEnd":
      return OBJECT_BYTES;
  }
}

function rowSize(row: Row | null): number {
  if (row === null) return 0;
  let size = OBJECT_BYTES;
  for (const value of Object.values(row)) size += valueSize(value);
  return size;
}

function valueSize(value: unknown): number {
  if (typeof value === "string") return OBJECT_BYTES + value.length;
  if (typeof value !== "object" || value === null) return OBJECT_BYTES;
  if (ArrayBuffer.isView(value)) return OBJECT_BYTES + value.byteLength;
  // Arrays, documents and composites, at any depth.
  let size = OBJECT_BYTES;
  for (const part of Object.values(value)) size += valueSize(part);
  return size;
}
