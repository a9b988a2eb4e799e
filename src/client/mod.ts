/**
 * A live table in the browser, fed by `/changes` of a Walbrook service.
 *
 * @example
 * ```ts ignore
 * import { LiveTable } from "@walbrook/walbrook/client";
 *
 * const products = new LiveTable("/changes?table=public.products", {
 *   onChange: (rows) => console.log(rows.size),
 * });
 * ```
 *
 * @module
 */
export {
  type LiveRow,
  LiveTable,
  type LiveTableOptions,
} from "./live_table.ts";
