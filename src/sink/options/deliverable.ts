import type {
  CommitEvent,
  LogicalMessageEvent,
  RelationEvent,
  ReplicationEvent,
  TruncateEvent,
} from "../../events/event.ts";
import type { CopiedRow, CopyEvent } from "../../encode/copied_row.ts";
import type { RowEvent } from "../../encode/row_key.ts";

/** The copy of a table begins. */
export interface CopyBegin extends CopyEvent {
  /** Tells it from other events. */
  readonly kind: "snapshotBegin";
}

/** The copied rows so far are complete: what a commit is to changes. */
export interface CopyChunk extends CopyEvent {
  /** Tells it from other events. */
  readonly kind: "chunk";
}

/** The copy of a table is complete, or was given up. */
export interface CopyEnd extends CopyEvent {
  /** Tells it from other events. */
  readonly kind: "snapshotEnd";
  /** Why it was given up; `null` if it is complete. */
  readonly aborted: string | null;
}

/** What a stream may hold: events, and those of an initial copy. */
export type StreamEvent =
  | ReplicationEvent
  | CopiedRow
  | CopyBegin
  | CopyChunk
  | CopyEnd;

/** What ends a unit of acknowledgement. */
export type UnitEnd = CommitEvent | CopyChunk;

/** An event that a destination may be given. */
export type DeliveredEvent =
  | RowEvent
  | TruncateEvent
  | LogicalMessageEvent
  | RelationEvent
  | CopyBegin
  | CopyEnd
  | UnitEnd
  | Extract<ReplicationEvent, { readonly kind: "begin" }>;

/** The kind of an event that a destination may be given. */
export type DeliveredKind = DeliveredEvent["kind"];
