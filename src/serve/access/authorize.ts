import type { TableDescription } from "../../snapshot/table_description.ts";
import type { Watched } from "../changes/channel.ts";
import { type Filter, parseFilter } from "../filter/parse_filter.ts";

/** What a request for `/changes` may read. */
export interface Access {
  /**
   * The columns that it may read and filter by; they must include those of the key.
   *
   * @default {undefined} all published columns
   */
  readonly columns?: readonly string[];
  /**
   * The rows that it may read, as a filter: `tenant = 7`. It is added to the request's own.
   *
   * @default {undefined} all
   */
  readonly where?: string;
}

/**
 * Decides what a request for `/changes` may read: `true` for everything in the table, `false`
 * for nothing, or some columns and rows.
 */
export type Authorize = (
  request: Request,
  table: string,
) => Access | boolean | Promise<Access | boolean>;

/** The error for a request that may not read what it asks for. */
export class ForbiddenError extends Error {
  /** The class's name. */
  override readonly name: string = "ForbiddenError";
}

/**
 * Restricts a request to what it may read.
 *
 * @param table The table.
 * @param asked The filter of the request.
 * @param access What it may read.
 * @throws {ForbiddenError} If it may not read the key, or a column that it filters by.
 * @throws {TypeError} If the access names a column that the table does not have.
 */
export function restrict(
  table: TableDescription,
  asked: Filter,
  access: Access | true,
): Watched {
  const { columns, where } = access === true ? {} as Access : access;
  const own = where === undefined ? [] : parseFilter(where);
  if (columns !== undefined) {
    const unknown = columns.find((name) =>
      table.columns.every((column) => column.name !== name)
    );
    if (unknown !== undefined) {
      throw new TypeError(
        `Cannot restrict table ${table.table} to column ${unknown}: it has no such column, or it is not published`,
      );
    }
    const hidden = [...table.key ?? [], ...asked.map(({ column }) => column)]
      .find((name) => !columns.includes(name));
    if (hidden !== undefined) {
      throw new ForbiddenError(
        `Cannot use column ${hidden} of table ${table.table}: it is not among the columns that this request may see`,
      );
    }
  }
  return {
    table: table.table,
    filter: [...asked, ...own],
    columns: columns ?? null,
  };
}
