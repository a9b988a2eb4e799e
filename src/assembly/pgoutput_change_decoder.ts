import { ByteCursor } from "../bytes/byte_cursor.ts";
import { ProtocolError } from "../errors.ts";
import { decodeRelation } from "../pgoutput/decode_relation.ts";
import type { RelationMessage } from "../pgoutput/message.ts";
import { MESSAGE_TYPE } from "../pgoutput/message_type.ts";
import { readBegin, readCommit } from "../pgoutput/transaction_bounds.ts";
import {
  ChunkXLogData,
  type XLogData,
} from "../replication/copy_both_message.ts";
import type { ChangeDecoder, Decoded, DecodedStep } from "./change_decoder.ts";
import type { EventAssembler } from "./event_assembler.ts";
import type { MessageChangeDecoder } from "./message_change_decoder.ts";

/**
 * Decodes `pgoutput`. Decodes the messages of every stream in place, and loads the decoder of
 * all messages at the first other one.
 */
export class PgoutputChangeDecoder implements ChangeDecoder {
  readonly #assembler: EventAssembler;
  #all: MessageChangeDecoder | null = null;

  /** @param assembler Creates events from the decoded messages. */
  constructor(assembler: EventAssembler) {
    this.#assembler = assembler;
  }

  get inTransaction(): boolean {
    return this.#assembler.open !== null;
  }

  resume(): void {
    this.#assembler.resume();
  }

  push(message: XLogData): Decoded | Promise<Decoded> {
    const decoded = message instanceof ChunkXLogData
      ? this.#pushInPlace(message)
      : undefined;
    return decoded === undefined ? this.#pushAny(message) : decoded;
  }

  // Undefined for rare messages, and for malformed ones, whose errors the decoder of all
  // messages explains.
  #pushInPlace(
    message: ChunkXLogData,
  ): Decoded | Promise<Decoded> | undefined {
    switch (message.type) {
      case MESSAGE_TYPE.INSERT:
      case MESSAGE_TYPE.UPDATE:
      case MESSAGE_TYPE.DELETE:
        return this.#assembler.rowChange(message);
      case MESSAGE_TYPE.BEGIN:
        return this.#begin(message);
      case MESSAGE_TYPE.COMMIT:
        return this.#commit(message);
      case MESSAGE_TYPE.RELATION: {
        const relation = readRelation(message);
        return relation && this.#assembler.relation(relation);
      }
      default:
        return undefined;
    }
  }

  #begin(message: ChunkXLogData): DecodedStep | undefined {
    if (this.#assembler.open !== null) return undefined;
    const begin = readBegin(message);
    return begin === null ? undefined : this.#assembler.begin(begin);
  }

  #commit(message: ChunkXLogData): DecodedStep | undefined {
    const commit = readCommit(message);
    if (commit === null) return undefined;
    const { commitLsn, endLsn } = commit;
    return this.#assembler.open?.commitLsn === commitLsn
      ? this.#assembler.end({ kind: "commit", endLsn })
      : undefined;
  }

  #pushAny(message: XLogData): Decoded | Promise<Decoded> {
    return this.#all === null
      ? this.#load().then((all) => all.push(message))
      : this.#all.push(message);
  }

  async #load(): Promise<MessageChangeDecoder> {
    const { MessageChangeDecoder } = await import(
      "./message_change_decoder.ts"
    );
    this.#all = new MessageChangeDecoder(this.#assembler);
    return this.#all;
  }
}

// Undefined for a malformed message.
function readRelation(message: ChunkXLogData): RelationMessage | undefined {
  try {
    const cursor = new ByteCursor(message.bytes, "pgoutput message", message);
    cursor.skip(1);
    const relation = decodeRelation(cursor, message.walStart);
    cursor.end();
    return relation;
  } catch (error) {
    if (error instanceof ProtocolError) return undefined;
    throw error;
  }
}
