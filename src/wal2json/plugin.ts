import type { OutputPlugin } from "../output_plugin/output_plugin.ts";
import { pluginOptions } from "../output_plugin/plugin_options.ts";
import { Wal2jsonTranslator } from "./translator.ts";

const OWN_OPTIONS: Readonly<Record<string, string>> = {
  "format-version": "2",
  "include-xids": "true",
  "include-timestamp": "true",
  "include-lsn": "true",
  "include-type-oids": "true",
  "include-origin": "true",
};

const REFUSED = [
  ...["include-transaction", "include-schemas", "include-types"],
  ...["include-domain-data-type", "write-in-chunks"],
];

/**
 * The output plugin `wal2json`, for the option `plugin` of a subscription, in its format 2.
 * It must be installed on the server and, from the minor releases of August 2026 on, allowed
 * by `output_plugin_libraries`; it needs no publication. The events are those of `pgoutput`,
 * with these differences:
 *
 * - The changes of all tables of the database are sent, unless restricted by the options
 *   `filter-tables` and `add-tables`.
 * - The name of an `origin` is looked up in the catalog; if the origin was dropped, it is its
 *   number. A TRUNCATE of several tables creates an event for each, and `cascade` and
 *   `restartIdentity` are always `false`.
 * - `NaN` and infinities of numbers are `null`: the plugin sends nothing else for them.
 * - A message ends before its first zero byte.
 * - The server does not report that a table's structure has changed: a `relation` event comes
 *   with the first row that looks different, and a column missing in an update is
 *   `UNCHANGED`, even if it was dropped. The table's OID and replica identity are looked up
 *   in the current catalog; a table that was dropped has an OID below 0.
 * - The database's encoding must be UTF8 or SQL_ASCII.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { wal2json } from "@walbrook/walbrook/wal2json";
 *
 * await using subscription = await subscribe({
 *   connection: "postgres://app@localhost/shop",
 *   slot: { name: "audit", create: true },
 *   plugin: wal2json({ "add-tables": "public.item,public.purchase" }),
 * });
 * ```
 *
 * @param options Options of the plugin, under its own names: `add-tables`, `filter-tables`,
 * `add-msg-prefixes`, `actions` …
 * @returns The plugin.
 * @throws {TypeError} If an option is one that the subscription sets.
 */
export function wal2json(
  options: Readonly<Record<string, string>> = {},
): OutputPlugin {
  return {
    name: "wal2json",
    options: pluginOptions("wal2json", {
      own: OWN_OPTIONS,
      refused: REFUSED,
      given: options,
    }),
    createTranslator: () => new Wal2jsonTranslator(),
  };
}
