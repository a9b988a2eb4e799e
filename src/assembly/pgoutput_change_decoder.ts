import { ByteCursor } from "../bytes/byte_cursor.ts";
import { ProtocolError } from "../errors.ts";
import { decodeRelation } from "../pgoutput/decode_relation.ts";
import type { RelationMessage } from "../pgoutput/message.ts";
import { MESSAGE_TYPE } from "../pgoutput/message_type.ts";
import {
  ChunkXLogData,
  type XLogData,
} from "../replication/copy_both_message.ts";
import type { ChangeDecoder, PositionEffect } from "./change_decoder.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { EventAssembler } from "./event_assembler.ts";
import type { MessageChangeDecoder } from "./message_change_decoder.ts";
import { readBegin, readCommit } from "./transaction_bounds.ts";

/**
 * Makes events of what `pgoutput` sends. It takes what comes in every stream by itself;
 * at the first other message what takes them all is loaded.
 */
export class PgoutputChangeDecoder implements ChangeDecoder {
  readonly #assembler: EventAssembler;
  #all: MessageChangeDecoder | null = null;

  /** @param assembler Makes events of the decoded messages. */
  constructor(assembler: EventAssembler) {
    this.#assembler = assembler;
  }

  get inTransaction(): boolean {
    return this.#assembler.open !== null;
  }

  resume(): void {
    this.#assembler.resume();
  }

  push(
    xlogData: XLogData,
    events: ReplicationEvent[],
  ): PositionEffect | null | Promise<PositionEffect | null> {
    if (!(xlogData instanceof ChunkXLogData)) {
      return this.#pushAny(xlogData, events);
    }
    if (this.#assembler.pushView(xlogData, events)) return null;
    const step = this.#takeBound(xlogData, events);
    if (step !== null) return step;
    const relation = readRelation(xlogData);
    if (relation === null) return this.#pushAny(xlogData, events);
    const pending = this.#assembler.relation(relation, events);
    return pending === undefined ? null : pending.then(() => null);
  }

  // Takes the beginning or the end of a transaction, if it fits to what came before.
  #takeBound(
    view: ChunkXLogData,
    events: ReplicationEvent[],
  ): PositionEffect | null {
    const { open } = this.#assembler;
    if (open === null) {
      const begin = readBegin(view);
      if (begin === null) return null;
      this.#assembler.begin(begin);
      return { kind: "begin", commitLsn: begin.commitLsn };
    }
    const { commitLsn, commitTime } = open;
    const commit = readCommit(view);
    if (commit?.commitLsn !== commitLsn) return null;
    const { endLsn } = commit;
    this.#assembler.end({ kind: "commit", endLsn }, events);
    return { kind: "commit", endLsn, commitTime };
  }

  #pushAny(
    xlogData: XLogData,
    events: ReplicationEvent[],
  ): PositionEffect | null | Promise<PositionEffect | null> {
    return this.#all === null
      ? this.#load().then((all) => all.push(xlogData, events))
      : this.#all.push(xlogData, events);
  }

  async #load(): Promise<MessageChangeDecoder> {
    const { MessageChangeDecoder } = await import(
      "./message_change_decoder.ts"
    );
    this.#all = new MessageChangeDecoder(this.#assembler);
    return this.#all;
  }
}

// Null for other messages, and for one of which others can say what is wrong with it.
function readRelation(view: ChunkXLogData): RelationMessage | null {
  const { bytes, start } = view;
  if (bytes[start] !== MESSAGE_TYPE.RELATION) return null;
  try {
    const cursor = new ByteCursor(bytes, "pgoutput message", view);
    cursor.skip(1);
    const message = decodeRelation(cursor, view.walStart);
    cursor.end();
    return message;
  } catch (error) {
    if (error instanceof ProtocolError) return null;
    throw error;
  }
}
