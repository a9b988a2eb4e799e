import type { RowEvent } from "../../encode/row_key.ts";
import type {
  BeginEvent,
  CommitEvent,
  LogicalMessageEvent,
  RelationEvent,
  TruncateEvent,
} from "../../events/event.ts";
import type {
  ChunkEvent,
  SnapshotBeginEvent,
  SnapshotEndEvent,
} from "../../events/snapshot_event.ts";

/** An event that a destination can receive. */
export type DeliveredEvent =
  | RowEvent
  | TruncateEvent
  | LogicalMessageEvent
  | RelationEvent
  | BeginEvent
  | CommitEvent
  | SnapshotBeginEvent
  | ChunkEvent
  | SnapshotEndEvent;

/** The kind of an event that a destination can receive. */
export type DeliveredKind = DeliveredEvent["kind"];
