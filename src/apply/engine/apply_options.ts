import type { KeyColumns } from "../../encode/row_key.ts";
import type { Relation } from "../../events/relation.ts";

/** Options of all databases that changes are applied to. */
export interface ApplyOptions {
  /**
   * Under which name the position is kept. What is applied from several slots into one
   * database needs a name for each.
   *
   * @default {"walbrook"}
   */
  readonly name?: string;
  /**
   * Whether to make tables that are not there, and to follow what changes of them: columns
   * that are added, dropped, renamed or have another type, and new names of tables. Without
   * it the tables have to be there, with the columns that come.
   *
   * @default {true}
   */
  readonly manageTables?: boolean;
  /**
   * The columns that tell a row, by the table's name, for tables that have no key.
   *
   * @default {{}}
   */
  readonly keys?: KeyColumns;
}

/** Names the columns that tell the rows of a table. */
export function applyKeyColumns(
  table: string,
  keyColumns: readonly string[] | null,
  keys: KeyColumns | undefined,
): readonly string[] | null {
  if (keys !== undefined && Object.hasOwn(keys, table)) return keys[table]!;
  return keyColumns;
}

/** Where the changes of a table go. */
export type ChooseTable<Table> = (relation: Relation) => Table;
