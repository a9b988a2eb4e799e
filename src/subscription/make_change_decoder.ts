import type { OutputPlugin } from "../output_plugin/output_plugin.ts";
import type { RelationCatalog } from "../output_plugin/relation_catalog.ts";
import type { ChangeDecoder } from "./change_decoder.ts";
import type { EventAssembler } from "./event_assembler.ts";
import { PgoutputChangeDecoder } from "./pgoutput_change_decoder.ts";
import { TranslatedChangeDecoder } from "./translated_change_decoder.ts";

/** What a decoder is made of. */
export interface ChangeDecoderParts {
  /** The output plugin, if it is another one than pgoutput. */
  readonly plugin: OutputPlugin | null;
  /** Makes events of pgoutput's messages. */
  readonly assembler: EventAssembler;
  /** Whether to deliver what `pg_logical_emit_message` sent. */
  readonly messages: boolean;
  /** Tells of tables what the plugin does not. */
  readonly catalog: RelationCatalog;
}

/** Makes the decoder for what an output plugin sends. */
export function makeChangeDecoder(
  { plugin, assembler, messages, catalog }: ChangeDecoderParts,
): ChangeDecoder {
  if (plugin === null) return new PgoutputChangeDecoder(assembler);
  return new TranslatedChangeDecoder({
    translator: plugin.createTranslator(),
    catalog,
    assembler,
    messages,
  });
}
