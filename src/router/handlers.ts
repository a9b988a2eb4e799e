import type { TruncateEvent } from "../events/event.ts";
import type { Relation } from "../events/relation.ts";
import type {
  TypedDeleteEvent,
  TypedInsertEvent,
  TypedReadEvent,
  TypedUpdateEvent,
} from "../events/typed_event.ts";

/** What a handler returns: the next event is not handled before it is done. */
export type Handled = void | Promise<void>;

/** A table was emptied. */
export interface TableTruncate {
  /** The kind of the event. */
  readonly kind: "truncate";
  /** The table's name, as in `event.table`. */
  readonly table: string;
  /** The table. */
  readonly relation: Relation;
  /** The whole event, with all tables that the command emptied. */
  readonly event: TruncateEvent;
}

/**
 * What is to be done with the changes of a table. Kinds without a handler are passed over.
 *
 * @typeParam Name The table's name.
 * @typeParam R The type of a row.
 * @typeParam Key The columns of `event.key`.
 * @typeParam Toasted The columns that an update may leave `UNCHANGED`.
 */
export interface Handlers<Name extends string, R, Key, Toasted> {
  /** Handles a new row. */
  readonly insert?: (event: TypedInsertEvent<Name, R, Key>) => Handled;
  /** Handles a row that was updated. */
  readonly update?: (
    event: TypedUpdateEvent<Name, R, Key, Toasted>,
  ) => Handled;
  /** Handles a row that was deleted. */
  readonly delete?: (event: TypedDeleteEvent<Name, R, Key>) => Handled;
  /** Handles a row that was copied: with the option `snapshot` of `subscribe()`. */
  readonly read?: (event: TypedReadEvent<Name, R, Key>) => Handled;
  /** Handles that the table was emptied. */
  readonly truncate?: (event: TableTruncate) => Handled;
}
