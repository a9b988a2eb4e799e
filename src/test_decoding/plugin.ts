import type {
  OutputPlugin,
  PayloadRole,
} from "../output_plugin/output_plugin.ts";
import { pluginOptions } from "../output_plugin/plugin_options.ts";
import { TestDecodingTranslator } from "./translator.ts";

const OWN_OPTIONS: Readonly<Record<string, string>> = {
  "include-xids": "true",
  "include-timestamp": "true",
};
// Without empty transactions, messages that come before the first change of one have no
// BEGIN before them, and those of one without changes no COMMIT either.
const REFUSED = ["skip-empty-xacts", "stream-changes", "force-binary"];

/**
 * The output plugin `test_decoding`, for the option `plugin` of a subscription: it comes
 * with every server, and needs no publication. The events are those that `pgoutput`
 * gives, with these differences:
 *
 * - The changes of all tables of the database are sent, and stored generated columns with
 *   them.
 * - `commitLsn` is the last byte of the commit record, since the plugin does not tell its
 *   first one; `origin` is always `null`.
 * - A transaction is held, as bytes, until its commit has come: in memory, and beyond a
 *   limit in a temporary file (option `streaming` of the subscription).
 * - The server does not say when a table has changed its shape: a `relation` event comes
 *   with the first row that looks different. Its OID and replica identity are looked up
 *   in the catalog as it is now; an OID below 0 stands for a table that is gone.
 * - Of old rows NULLs are not sent: in `oldRow` they are filled in if the table surely had
 *   REPLICA IDENTITY FULL, and `UNCHANGED` if not.
 * - An old row of a table that is gone is both `key` and `oldRow`, if it has all columns.
 * - The database's encoding has to be UTF8 or SQL_ASCII.
 *
 * @example
 * ```ts ignore
 * import { subscribe } from "@walbrook/walbrook";
 * import { testDecoding } from "@walbrook/walbrook/test_decoding";
 *
 * await using subscription = await subscribe({
 *   connection: "postgres://app@localhost/shop",
 *   slot: { name: "audit", create: true },
 *   plugin: testDecoding({ "only-local": "true" }),
 * });
 * ```
 *
 * @param options Options of the plugin, by its own names: `only-local`,
 * `include-rewrites`.
 * @returns The plugin.
 * @throws {TypeError} If an option is one that the subscription sets.
 */
export function testDecoding(
  options: Readonly<Record<string, string>> = {},
): OutputPlugin {
  return {
    name: "test_decoding",
    options: pluginOptions("test_decoding", {
      own: OWN_OPTIONS,
      refused: REFUSED,
      given: options,
    }),
    roleOf,
    createTranslator: () => new TestDecodingTranslator(),
  };
}

// The flag stands behind "message: transactional: ".
const FLAG_AT = 24;

function roleOf(data: Uint8Array): PayloadRole {
  switch (data[0]) {
    case 0x42: // B, of BEGIN
      return "begin";
    case 0x43: // C, of COMMIT
      return "end";
    case 0x6d: // m, of message
      return data[FLAG_AT] === 0x30 ? "alone" : "within";
    default:
      return "within";
  }
}
