import type { ChangeDecoder } from "../assembly/change_decoder.ts";
import { EventAssembler } from "../assembly/event_assembler.ts";
import { PgoutputChangeDecoder } from "../assembly/pgoutput_change_decoder.ts";
import type { AllTypesOptions } from "../catalog/all_types.ts";
import { CommonTypes } from "../catalog/common_types.ts";
import type { AskCatalogOptions } from "../catalog/query_catalog.ts";
import { RelationCatalog } from "../catalog/relation_catalog.ts";
import { LazyReassembler } from "../reassembly/lazy_reassembler.ts";
import type { OutputPlugin } from "../output_plugin/output_plugin.ts";
import type { OnBadValue } from "../rows/row_decoder.ts";
import type { RelationTypes } from "../rows/relation_types.ts";
import type { TypeParsers } from "../values/own_parsers.ts";
import type { Warn } from "../warning.ts";
import type {
  BufferTransactions,
  TranslatedPlugin,
  TranslatedPluginParts,
} from "./link/translated_plugin.ts";

/** What {@linkcode createDecoding} works with. */
export interface DecodingOptions {
  /** The output plugin; `undefined` for pgoutput. */
  readonly plugin: OutputPlugin | undefined;
  /** The caller's functions for values. */
  readonly types: TypeParsers;
  /** The publications whose tables and types to look up together. */
  readonly publications: readonly string[];
  /** Whether to deliver messages of `pg_logical_emit_message`. */
  readonly messages: boolean;
  /** Whether values come in binary format. */
  readonly binary: boolean;
  /** Looks up tables and types; `null` to skip lookups. */
  readonly catalog: AskCatalogOptions | null;
  /** Called with values that could not be parsed. */
  readonly onBadValue: OnBadValue;
  /** Passes warnings on. */
  readonly warn: Warn;
  /** Aborts lookups. */
  readonly signal: AbortSignal;
}

/** The parts that turn the messages of all connections into events. */
export interface Decoding {
  /** Creates the events. */
  readonly assembler: EventAssembler;
  /** Decodes the messages of the output plugin. */
  readonly decoder: ChangeDecoder;
  /** The catalog's description of tables; `null` to skip lookups. */
  readonly relations: RelationCatalog | null;
  /** An output plugin other than pgoutput, or `null`. */
  readonly plugin: TranslatedPlugin | null;
}

/**
 * Creates the parts that turn messages into events.
 *
 * @throws {TypeError} If one of the caller's functions is none.
 */
export async function createDecoding(
  options: DecodingOptions,
): Promise<Decoding> {
  const { catalog, publications, onBadValue, warn, messages } = options;
  const types = await relationTypes(options);
  const relations = catalog &&
    new RelationCatalog({ ...catalog, publications });
  const assembler = new EventAssembler({
    ...{ types, onBadValue, warn },
    catalog: relations,
  });
  const plugin = options.plugin === undefined
    ? null
    : await loadPlugin(options.plugin, {
      ...{ assembler, messages, catalog, relations },
    });
  const decoder = plugin?.decoder ?? new PgoutputChangeDecoder(assembler);
  return { assembler, decoder, relations, plugin };
}

/** Buffers the transactions that pgoutput sends before they end. */
export function bufferStreamed(
  ...[source, options]: Parameters<BufferTransactions>
): LazyReassembler {
  return new LazyReassembler(source, options);
}

async function relationTypes(options: AllTypesOptions): Promise<RelationTypes> {
  const load = async () => {
    const { allTypes } = await import("../catalog/all_types.ts");
    return await allTypes(options);
  };
  const isCommon = !options.binary && Object.keys(options.types).length === 0;
  return isCommon ? new CommonTypes(load) : await load();
}

async function loadPlugin(
  plugin: OutputPlugin,
  parts: TranslatedPluginParts,
): Promise<TranslatedPlugin> {
  const { translatedPlugin } = await import("./link/translated_plugin.ts");
  return translatedPlugin(plugin, parts);
}
