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

const RESTRICTIONS: ReadonlySet<string> = new Set(["columns", "where"]);

/**
 * Rejects what is not an access, so that a mistake in {@linkcode Authorize} opens nothing: a
 * branch without `return`, a misspelled restriction.
 *
 * @param access What the function returned.
 * @param table The table that the request asks for.
 * @throws {TypeError} If it is neither a boolean nor an object with known restrictions.
 */
export function checkAccess(access: unknown, table: string): Access | boolean {
  if (typeof access === "boolean") return access;
  if (typeof access !== "object" || access === null || Array.isArray(access)) {
    throw new TypeError(
      `Cannot decide who may watch table ${table}: authorize() returned ${
        access === null ? "null" : typeof access
      }; return true, false, or an object with columns or where`,
    );
  }
  const unknown = Object.keys(access).find((name) => !RESTRICTIONS.has(name));
  if (unknown !== undefined) {
    throw new TypeError(
      `Cannot decide who may watch table ${table}: authorize() returned an object with "${unknown}"; it takes columns and where`,
    );
  }
  return access;
}

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
