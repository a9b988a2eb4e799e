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
 * The output plugin `wal2json`, for the option `plugin` of a subscription, in its format
 * 2. It has to be installed on the server, which from the minor releases of August 2026
 * on also has to allow it, by `output_plugin_libraries`; it needs no publication. The
 * events are those that `pgoutput` gives, with these differences:
 *
 * - The changes of all tables of the database are sent, but for the options
 *   `filter-tables` and `add-tables`.
 * - The name of an `origin` is looked up in the catalog; it is the number of one that is
 *   gone. A TRUNCATE of several tables gives an event for each, and
 *   `cascade` and `restartIdentity` are always `false`.
 * - `NaN` and infinities of numbers are `null`: the plugin sends nothing else for them.
 * - A message ends before its first zero byte.
 * - The server does not say when a table has changed its shape: a `relation` event comes
 *   with the first row that looks different, and a column that an update does not have is
 *   `UNCHANGED`, even if it was dropped. The table's OID and replica identity are looked
 *   up in the catalog as it is now; an OID below 0 stands for a table that is gone.
 * - The database's encoding has to be UTF8 or SQL_ASCII.
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
 * @param options Options of the plugin, by its own names: `add-tables`, `filter-tables`,
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
