import type { Row } from "../../events/relation.ts";
import type { DeliveredEvent } from "../options/deliverable.ts";

/** The approximate size of an object, an array or a fixed-size value. */
const OVERHEAD = 32;

/**
 * Estimates the memory that a delivery takes, in bytes.
 *
 * @param event The event.
 * @param body The body to send; if it is text or bytes, its size counts.
 */
export function eventBytes(event: DeliveredEvent, body: unknown): number {
  if (typeof body === "string") return body.length;
  if (body instanceof Uint8Array) return body.length;
  switch (event.kind) {
    case "insert":
    case "read":
      return OVERHEAD + rowBytes(event.newRow);
    case "update":
      return OVERHEAD + rowBytes(event.newRow) + rowBytes(event.oldRow);
    case "delete":
      return OVERHEAD + rowBytes(event.oldRow ?? event.key);
    case "message":
      return OVERHEAD + event.content.length;
    default:
      return OVERHEAD;
  }
}

function rowBytes(row: Row | null): number {
  if (row === null) return 0;
  let bytes = OVERHEAD;
  for (const value of Object.values(row)) bytes += valueBytes(value);
  return bytes;
}

function valueBytes(value: unknown): number {
  if (typeof value === "string") return 16 + value.length;
  if (typeof value !== "object" || value === null) return 16;
  if (ArrayBuffer.isView(value)) return OVERHEAD + value.byteLength;
  // Arrays, documents and composites, at any depth.
  let bytes = OVERHEAD;
  for (const part of Object.values(value)) bytes += valueBytes(part);
  return bytes;
}
