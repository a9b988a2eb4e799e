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

/** Messages, some of which may be held. */
export interface BufferingSource extends MessageSource {
  /** Gives back memory and files. */
  close?(): Promise<void>;
}

/** Holds what is to be held of what one connection sends. */
export type BufferTransactions = (
  messages: MessageSource,
  options: BufferOptions,
) => BufferingSource;

/** What a subscription needs to know of another plugin than pgoutput. */
export interface TranslatedPlugin {
  /** Its name. */
  readonly name: string;
  /** What START_REPLICATION hands to it. */
  readonly options: Readonly<Record<string, string>>;
  /** Makes events of what it sends, for all connections. */
  readonly decoder: ChangeDecoder;
  /** Holds what is to be held of what one connection sends. */
  readonly bufferTransactions: BufferTransactions;
  /**
   * Finds what to warn of before the stream begins; `null` for nothing.
   *
   * @param major The server's major version.
   */
  readonly warningFor: (major: number) => WarningCause | null;
}

/** What it is made of. */
export interface TranslatedPluginParts {
  /** Makes the events that come in every stream. */
  readonly assembler: EventAssembler;
  /** Whether to deliver what `pg_logical_emit_message` sent. */
  readonly messages: boolean;
  /** Whom to ask about tables; `null` for nobody. */
  readonly catalog: AskCatalogOptions | null;
  /** Knows what the catalog says of columns; `null` where it is not to be asked. */
  readonly relations: Promise<RelationCatalog> | null;
}

/** Puts together what a plugin needs. */
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
  const bufferTransactions = (source: MessageSource, holding: BufferOptions) =>
    roleOf === undefined
      ? source
      : new TransactionBuffer(source, { ...holding, name, roleOf });
  const warningFor = (major: number) => rollbackWarning(name, major);
  return { name, options, decoder, bufferTransactions, warningFor };
}

// From 18 on ReorderBufferTruncateTXN (reorderbuffer.c) marks the subtransactions of a large
// transaction that was rolled back as streamed, and so `stream_abort_cb` is called for them
// although nobody asked for streaming.
function rollbackWarning(name: string, major: number): WarningCause | null {
  if (major < 18) return null;
  const effect = name === "test_decoding"
    ? "crashes, with all its databases,"
    : "ends the stream, each time at the same position,";
  return {
    code: "pluginFailsOnRollback",
    subject: name,
    message:
      `PostgreSQL ${major} ${effect} when ${name} meets a transaction that was rolled back after it had outgrown logical_decoding_work_mem, if it had a subtransaction`,
    hint:
      "Use pgoutput, or raise logical_decoding_work_mem above the size of any transaction",
  };
}
