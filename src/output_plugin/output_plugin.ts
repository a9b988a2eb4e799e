import type { Lsn } from "../lsn.ts";
import type { PgoutputMessage } from "../pgoutput/message.ts";
import type { PluginCatalog } from "./plugin_catalog.ts";

/** One message of an output plugin, as the server sent it. */
export interface PluginPayload {
  /**
   * The position in the header: for the end of a transaction, the end of its commit record.
   */
  readonly walStart: Lsn;
  /** The plugin's bytes; a view that is valid during the call. */
  readonly data: Uint8Array;
}

/**
 * The role of a payload in its transaction: the `begin`, the `end`, `within` it, or `alone`
 * if it belongs to none.
 */
export type PayloadRole = "begin" | "within" | "end" | "alone";

/** Translates the messages of another plugin to those of `pgoutput`. */
export interface PluginTranslator {
  /** Starts a new connection: discards what the previous one left unfinished. */
  resume(): void;
  /**
   * Translates the next payload. The first change of a table is preceded by its Relation, and
   * that by the Type of each column whose type is not built in.
   *
   * @param payload The payload.
   * @param catalog Provides what the plugin does not send.
   * @returns The messages; a promise if the catalog is queried.
   * @throws {ProtocolError} If the payload can't be read.
   */
  translate(
    payload: PluginPayload,
    catalog: PluginCatalog,
  ): readonly PgoutputMessage[] | Promise<readonly PgoutputMessage[]>;
}

/**
 * An output plugin other than `pgoutput`, for the option `plugin` of a subscription. There
 * are `testDecoding()` and `wal2json()`; another one only requires a translator.
 */
export interface OutputPlugin {
  /** Its name: the library that the server loads. */
  readonly name: string;
  /** The options that START_REPLICATION passes to it, under its own names. */
  readonly options: Readonly<Record<string, string>>;
  /**
   * For a plugin that sends the commit position and time of a transaction only at its end.
   * Its transactions are buffered, as bytes, until their end has arrived. The end is then
   * passed on twice: in place of the beginning, and at the end.
   *
   * @param data The payload.
   * @returns Its role in its transaction.
   */
  readonly roleOf?: (data: Uint8Array) => PayloadRole;
  /** Creates the translator of one subscription. */
  createTranslator(): PluginTranslator;
}
