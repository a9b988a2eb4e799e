import type { Lsn } from "../lsn.ts";
import type { PgoutputMessage } from "../pgoutput/message.ts";
import type { TupleValue } from "../pgoutput/tuple.ts";
import { UNCHANGED } from "../unchanged.ts";
import { oldTuples, tupleOf, unchangedKey } from "./old_row.ts";
import type { CachedRelation } from "./relation_cache.ts";

/** Values by column name. */
export type NamedValues = readonly {
  /** The column. */
  readonly name: string;
  /** Its value. */
  readonly value: TupleValue;
}[];

/** A change of a row, as a plugin sends it. */
export interface NamedChange {
  /** What happened to the row. */
  readonly kind: "insert" | "update" | "delete";
  /** The position of the payload. */
  readonly walStart: Lsn;
  /** The new values; none for a delete. */
  readonly newValues: NamedValues;
  /** The old values, as far as they were sent. */
  readonly oldValues: NamedValues;
}

/** Creates the message with which `pgoutput` would send a change. A pure function. */
export function rowMessage(
  { kind, walStart, newValues, oldValues }: NamedChange,
  { relation, old }: CachedRelation,
): PgoutputMessage {
  const { oid: relationOid } = relation.message;
  const tuples = oldTuples(old, relation, oldValues);
  if (kind === "delete") return { kind, walStart, relationOid, ...tuples };
  // Nothing is known of a column without a value.
  const newTuple = tupleOf(relation, newValues, UNCHANGED);
  if (kind === "insert") return { kind, walStart, relationOid, newTuple };
  const keyTuple = old.part === "none"
    ? unchangedKey(relation, newTuple)
    : tuples.keyTuple;
  return { kind, walStart, relationOid, ...tuples, keyTuple, newTuple };
}
