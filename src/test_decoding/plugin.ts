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
// Without empty transactions, messages before the first change of a transaction are not
// preceded by BEGIN, and in a transaction without changes they are not followed by COMMIT.
const REFUSED = ["skip-empty-xacts", "stream-changes", "force-binary"];

/**
 * The output plugin `test_decoding`, for the option `plugin` of a subscription. It is part of
 * every server, and needs no publication. The events are those of `pgoutput`, with these
 * differences:
 *
 * - The changes of all tables of the database are sent, including stored generated columns.
 * - `commitLsn` is the last byte of the commit record, since the plugin does not send the
 *   first one; `origin` is always `null`.
 * - A transaction is buffered, as bytes, until its commit has arrived: in memory, and beyond
 *   a limit in a temporary file (option `streaming` of the subscription).
 * - The server does not report that a table's structure has changed: a `relation` event comes
 *   with the first row that looks different. The OID and replica identity are looked up in
 *   the current catalog; a table that was dropped has an OID below 0.
 * - NULLs of old rows are not sent: `oldRow` contains them if the table certainly had
 *   REPLICA IDENTITY FULL, and otherwise `UNCHANGED`.
 * - An old row of a dropped table is both `key` and `oldRow`, if it has all columns.
 * - The database's encoding must be UTF8 or SQL_ASCII.
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
 * @param options Options of the plugin, under its own names: `only-local`,
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

// The flag follows "message: transactional: ".
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
