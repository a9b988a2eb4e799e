import type { AnyTables, RowOf, TableNames } from "../../events/typed_table.ts";
import type { FakeRow } from "./fake_table.ts";

/**
 * The names of tables in tests: those of the program's tables, if it lists them, as in
 * `event.table`.
 */
export type FakeTableName<Tables> = unknown extends Tables ? string
  : string extends keyof Tables ? string
  : TableNames<Tables>;

/** A row of a table, or a part of one; typed if the program lists its tables. */
export type FakeRowOf<Tables, Name> = unknown extends Tables ? FakeRow
  : string extends keyof Tables ? FakeRow
  : Name extends keyof Tables ? Partial<RowOf<Tables[Name]>>
  : FakeRow;

/** The type parameter of a server without known tables. */
export type { AnyTables };
