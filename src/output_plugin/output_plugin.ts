import type { Lsn } from "../lsn.ts";
import type { PgoutputMessage } from "../pgoutput/message.ts";
import type { PluginCatalog } from "./plugin_catalog.ts";

/** One message of an output plugin, as the server sent it. */
export interface PluginPayload {
  /**
   * The position in the header: for what ends a transaction, the end of its commit
   * record.
   */
  readonly walStart: Lsn;
  /** The plugin's bytes; a view that is valid during the call. */
  readonly data: Uint8Array;
}

/**
 * What a payload is to the transaction around it: its `begin`, its `end`, `within` it, or
 * `alone` where it belongs to none.
 */
export type PayloadRole = "begin" | "within" | "end" | "alone";

/** Says in the messages of `pgoutput` what another plugin said. */
export interface PluginTranslator {
  /** Begins a new connection: what the one before left unfinished is forgotten. */
  resume(): void;
  /**
   * Translates the next payload. Before the first change of a table comes its Relation,
   * and before that the Type of each column whose type is not built in.
   *
   * @param payload The payload.
   * @param catalog Tells what the plugin does not.
   * @returns The messages; a promise where the catalog has to be asked.
   * @throws {ProtocolError} If the payload can't be read.
   */
  translate(
    payload: PluginPayload,
    catalog: PluginCatalog,
  ): readonly PgoutputMessage[] | Promise<readonly PgoutputMessage[]>;
}

/**
 * An output plugin other than `pgoutput`, for the option `plugin` of a subscription. There
 * are `testDecoding()` and `wal2json()`; another one only needs a translator.
 */
export interface OutputPlugin {
  /** Its name: the library that the server loads. */
  readonly name: string;
  /** The options that START_REPLICATION hands to it, by its own names. */
  readonly options: Readonly<Record<string, string>>;
  /**
   * For a plugin that tells only at the end of a transaction where and when it was
   * committed. Its transactions are held, as bytes, until their end has come, which is
   * then handed on twice: in place of what began them, and at the end.
   *
   * @param data The payload.
   * @returns What it is to the transaction around it.
   */
  readonly roleOf?: (data: Uint8Array) => PayloadRole;
  /** Makes the translator of one subscription. */
  createTranslator(): PluginTranslator;
}
