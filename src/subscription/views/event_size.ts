import type { ReplicationEvent } from "../../events/event.ts";
import type { Row } from "../../events/relation.ts";

/** Roughly what an object, an array or a value of fixed size takes. */
const OVERHEAD = 32;

/** About how many bytes of memory an event takes: what its values hold, and a little. */
export function eventSize(event: ReplicationEvent): number {
  switch (event.kind) {
    case "insert":
      return OVERHEAD + rowSize(event.newRow) + rowSize(event.key);
    case "read":
      return OVERHEAD + rowSize(event.newRow);
    case "update":
      return OVERHEAD + rowSize(event.newRow) + rowSize(event.oldRow) +
        rowSize(event.key);
    case "delete":
      return OVERHEAD + rowSize(event.oldRow) + rowSize(event.key);
    case "message":
      return OVERHEAD + event.content.length;
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
      return OVERHEAD;
  }
}

function rowSize(row: Row | null): number {
  if (row === null) return 0;
  let size = OVERHEAD;
  for (const value of Object.values(row)) size += valueSize(value);
  return size;
}

function valueSize(value: unknown): number {
  if (typeof value === "string") return OVERHEAD + value.length;
  if (typeof value !== "object" || value === null) return OVERHEAD;
  if (ArrayBuffer.isView(value)) return OVERHEAD + value.byteLength;
  // Arrays, documents, composites: as deep as they are.
  let size = OVERHEAD;
  for (const part of Object.values(value)) size += valueSize(part);
  return size;
}
