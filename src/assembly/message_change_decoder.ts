import {
  decodeMessageAt,
  decodePgoutputMessage,
} from "../pgoutput/decode_message.ts";
import {
  ChunkXLogData,
  type XLogData,
} from "../replication/copy_both_message.ts";
import type { Decoded } from "./change_decoder.ts";
import type { EventAssembler } from "./event_assembler.ts";
import { MessageAssembler } from "./message_assembler.ts";

/** Decodes any message of `pgoutput`. */
export class MessageChangeDecoder {
  readonly #assembler: MessageAssembler;

  /** @param assembler Creates the events that occur in every stream. */
  constructor(assembler: EventAssembler) {
    this.#assembler = new MessageAssembler(assembler);
  }

  /** Decodes the next message; see {@linkcode ChangeDecoder.push}. */
  push(xlogData: XLogData): Decoded | Promise<Decoded> {
    const { walStart } = xlogData;
    const message = xlogData instanceof ChunkXLogData
      ? decodeMessageAt(xlogData.bytes, xlogData, walStart)
      : decodePgoutputMessage(xlogData.data, walStart);
    return this.#assembler.push(message);
  }
}
