import type { PluginTranslator } from "../output_plugin/output_plugin.ts";
import type { PluginCatalog } from "../output_plugin/plugin_catalog.ts";
import type { PgoutputMessage } from "../pgoutput/message.ts";
import type { XLogData } from "../replication/copy_both_message.ts";
import type { ChangeDecoder, Decoded, DecodedStep } from "./change_decoder.ts";
import type { MessageAssembler } from "./message_assembler.ts";

/** Options for {@linkcode TranslatedChangeDecoder}. */
export interface TranslatedChangeDecoderOptions {
  /** Translates the plugin's output to pgoutput's messages. */
  readonly translator: PluginTranslator;
  /** Describes tables beyond what the plugin sends. */
  readonly catalog: PluginCatalog;
  /** Creates events from pgoutput's messages. */
  readonly assembler: MessageAssembler;
  /** Whether to deliver messages of `pg_logical_emit_message`. */
  readonly messages: boolean;
}

/** Creates events from the output of other plugins, through pgoutput's messages. */
export class TranslatedChangeDecoder implements ChangeDecoder {
  readonly #options: TranslatedChangeDecoderOptions;

  /** @param options The parts that do the work. */
  constructor(options: TranslatedChangeDecoderOptions) {
    this.#options = options;
  }

  get inTransaction(): boolean {
    return this.#options.assembler.inTransaction;
  }

  resume(): void {
    this.#options.translator.resume();
    this.#options.assembler.resume();
  }

  push(message: XLogData): Decoded | Promise<Decoded> {
    const { translator, catalog } = this.#options;
    const translated = translator.translate(message, catalog);
    return translated instanceof Promise
      ? translated.then((messages) => this.#pushAll(messages))
      : this.#pushAll(translated);
  }

  #pushAll(
    messages: readonly PgoutputMessage[],
    from = 0,
    before: readonly DecodedStep[] = [],
  ): Decoded | Promise<Decoded> {
    const steps = [...before];
    for (let i = from; i < messages.length; i++) {
      const message = messages[i]!;
      if (message.kind === "message" && !this.#options.messages) continue;
      const decoded = this.#options.assembler.push(message);
      if (decoded instanceof Promise) {
        return decoded.then((decoded) =>
          this.#pushAll(messages, i + 1, steps.concat(stepsOf(decoded)))
        );
      }
      steps.push(...stepsOf(decoded));
    }
    return steps;
  }
}

function stepsOf(decoded: Decoded): readonly DecodedStep[] {
  if (decoded === null) return [];
  return Array.isArray(decoded) ? decoded : [decoded as DecodedStep];
}
