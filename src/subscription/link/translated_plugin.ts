import type { OutputPlugin } from "../../output_plugin/output_plugin.ts";
import type { BufferOptions } from "../../reassembly/buffered_transactions.ts";
import { TransactionBuffer } from "../../reassembly/transaction_buffer.ts";
import type { MessageSource } from "../../reassembly/message_source.ts";
import type { AskCatalogOptions } from "../../catalog/query_catalog.ts";
import type { ChangeDecoder } from "../../assembly/change_decoder.ts";
import type { EventAssembler } from "../../assembly/event_assembler.ts";
import type { RelationCatalog } from "../../catalog/relation_catalog.ts";
import { catalogLookUp } from "../../catalog/plugin_catalog.ts";
import { sentKeyOf } from "../../rows/tuple_rows.ts";
import { MessageAssembler } from "../../assembly/message_assembler.ts";
import { TranslatedChangeDecoder } from "../../assembly/translated_change_decoder.ts";
import type { WarningCause } from "../../warning.ts";

/** Messages, some of which may be buffered. */
export interface BufferingSource extends MessageSource {
  /** Releases memory and files. */
  close?(): Promise<void>;
}

/** Creates the buffer for one connection. */
export type BufferTransactions = (
  messages: MessageSource,
  options: BufferOptions,
) => BufferingSource;

/** What a subscription needs to know about a plugin other than pgoutput. */
export interface TranslatedPlugin {
  /** Its name. */
  readonly name: string;
  /** Its options for START_REPLICATION. */
  readonly options: Readonly<Record<string, string>>;
  /** Turns its output into events, for all connections. */
  readonly decoder: ChangeDecoder;
  /** Buffers what must be buffered of one connection. */
  readonly bufferTransactions: BufferTransactions;
  /**
   * Looks for a reason to warn before the stream begins; `null` for none.
   *
   * @param major The server's major version.
   */
  readonly warningFor: (major: number) => WarningCause | null;
  /**
   * Returns whether the server is known to crash with it.
   *
   * @param major The server's major version.
   */
  readonly isCrashProne: (major: number) => boolean;
}

/** The parts that it uses. */
export interface TranslatedPluginParts {
  /** Creates the events that all streams have. */
  readonly assembler: EventAssembler;
  /** Whether to deliver messages of `pg_logical_emit_message`. */
  readonly messages: boolean;
  /** Looks up tables; `null` to skip lookups. */
  readonly catalog: AskCatalogOptions | null;
  /** Provides the catalog's description of columns; `null` to skip lookups. */
  readonly relations: RelationCatalog | null;
}

/** Assembles what a plugin needs. */
export function translatedPlugin(
  plugin: OutputPlugin,
  { assembler, messages, catalog, relations }: TranslatedPluginParts,
): TranslatedPlugin {
  const { name, options, roleOf } = plugin;
  const decoder = new TranslatedChangeDecoder({
    translator: plugin.createTranslator(),
    catalog: catalogLookUp(catalog, relations),
    assembler: new MessageAssembler(assembler, sentKeyOf),
    messages,
  });
  const bufferTransactions = (
    source: MessageSource,
    buffering: BufferOptions,
  ) =>
    roleOf === undefined
      ? source
      : new TransactionBuffer(source, { ...buffering, name, roleOf });
  const warningFor = (major: number) => rollbackWarning(name, major);
  const isCrashProne = (major: number) =>
    failsOnRollback(major) && isTestDecoding(name);
  return {
    ...{ name, options, decoder, bufferTransactions },
    ...{ warningFor, isCrashProne },
  };
}

function isTestDecoding(name: string): boolean {
  return /(^|\/)test_decoding$/.test(name);
}

// From PostgreSQL 18 on, ReorderBufferTruncateTXN (reorderbuffer.c) marks the subtransactions
// of a large rolled-back transaction as streamed, so that `stream_abort_cb` is called for
// them although streaming was not requested.
function failsOnRollback(major: number): boolean {
  return major >= 18;
}

function rollbackWarning(name: string, major: number): WarningCause | null {
  if (!failsOnRollback(major)) return null;
  const effect = isTestDecoding(name)
    ? "crashes, with all its databases,"
    : "ends the stream, each time at the same position,";
  return {
    code: "pluginFailsOnRollback",
    subject: name,
    message:
      `PostgreSQL ${major} ${effect} when ${name} decodes a transaction with a subtransaction that was rolled back after exceeding logical_decoding_work_mem`,
    hint:
      "Use pgoutput, or raise logical_decoding_work_mem above the size of any transaction",
  };
}
