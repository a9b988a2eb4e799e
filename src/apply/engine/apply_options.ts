import type { KeyColumns } from "../../encode/row_key.ts";
import type { Relation } from "../../events/relation.ts";

/** The options that all databases have in common. */
export interface ApplyOptions {
  /**
   * The name under which the position is stored. If changes from several slots are applied to
   * one database, each needs its own name.
   *
   * @default {"walbrook"}
   */
  readonly name?: string;
  /**
   * Whether to create missing tables, and to apply changes of their definition: added,
   * dropped, renamed and retyped columns, and renamed tables. Without it the tables must
   * exist, with the columns that are sent.
   *
   * @default {true}
   */
  readonly manageTables?: boolean;
  /**
   * The columns that identify a row, by the table's name, for tables without a key.
   *
   * @default {{}}
   */
  readonly keys?: KeyColumns;
}

/** Returns the columns that identify the rows of a table. */
export function applyKeyColumns(
  table: string,
  keyColumns: readonly string[] | null,
  keys: KeyColumns | undefined,
): readonly string[] | null {
  if (keys !== undefined && Object.hasOwn(keys, table)) return keys[table]!;
  return keyColumns;
}

/** Returns the target of a table's changes. */
export type ChooseTable<Table> = (relation: Relation) => Table;
