import type { TruncateEvent } from "../events/event.ts";
import type { Relation } from "../events/relation.ts";
import type {
  TypedDeleteEvent,
  TypedInsertEvent,
  TypedReadEvent,
  TypedUpdateEvent,
} from "../events/typed_event.ts";

/** The result of a handler: the next event is handled once it settles. */
export type Handled = void | Promise<void>;

/** A table was truncated. */
export interface TableTruncate {
  /** The kind of the event. */
  readonly kind: "truncate";
  /** The table's name, as in `event.table`. */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /** The whole event, with all tables that the command truncated. */
  readonly event: TruncateEvent;
}

/**
 * The handlers for the changes of a table. Kinds without a handler are ignored.
 *
 * @typeParam Name The table's name.
 * @typeParam R The type of a row.
 * @typeParam Key The columns of `event.key`.
 * @typeParam Toasted The columns that an update may leave `UNCHANGED`.
 */
export interface Handlers<Name extends string, R, Key, Toasted> {
  /** Handles an inserted row. */
  readonly insert?: (event: TypedInsertEvent<Name, R, Key>) => Handled;
  /** Handles an updated row. */
  readonly update?: (
    event: TypedUpdateEvent<Name, R, Key, Toasted>,
  ) => Handled;
  /** Handles a deleted row. */
  readonly delete?: (event: TypedDeleteEvent<Name, R, Key>) => Handled;
  /** Handles a copied row: with the option `snapshot` of `subscribe()`. */
  readonly read?: (event: TypedReadEvent<Name, R, Key>) => Handled;
  /** Handles a truncation of the table. */
  readonly truncate?: (event: TableTruncate) => Handled;
}
