import { describeByte } from "../bytes/describe_byte.ts";
import { ProtocolError } from "../errors.ts";
import { INVALID_LSN, type Lsn } from "../lsn.ts";
import { decodePgoutputMessage } from "../pgoutput/decode_message.ts";
import {
  carriesXid,
  isChangeType,
  isStreamType,
  MESSAGE_TYPE,
} from "../pgoutput/message_type.ts";
import type {
  StreamCommitMessage,
  StreamPrepareMessage,
} from "../pgoutput/stream_message.ts";
import type {
  CopyBothMessage,
  XLogData,
} from "../replication/copy_both_message.ts";
import type { HeldTransaction } from "./held_transaction.ts";
import { HeldTransactions, type HoldingOptions } from "./held_transactions.ts";
import type { MessageBatch, MessageSource } from "./message_source.ts";
import type { Piece } from "./piece_log.ts";
import { RelationsInForce } from "./relations_in_force.ts";
import { frameOf } from "./whole_transaction.ts";

/**
 * Makes whole transactions, in the order of their commits, of what pgoutput sends with
 * the option `streaming`: blocks of transactions that have not ended. They are held until
 * their Stream Commit or Stream Prepare, and then handed on as if they had come whole.
 * Everything else passes as it is.
 *
 * One for each connection: a new connection sends everything again.
 */
export class Reassembler implements MessageSource {
  readonly #source: MessageSource;
  readonly #held: HeldTransactions;
  readonly #relations = new RelationsInForce();
  #described = 0;
  // What was read last, and how far it has been handed on.
  #batch: MessageBatch = [];
  #at = 0;
  // The transaction whose block is being received.
  #block: HeldTransaction | null = null;
  // The transaction that is being handed on.
  #replay: AsyncGenerator<MessageBatch, void, void> | null = null;
  #dropping = false;

  /**
   * @param source The messages of one connection.
   * @param options How much to hold.
   */
  constructor(source: MessageSource, options: HoldingOptions) {
    this.#source = source;
    this.#held = new HeldTransactions(options);
  }

  async next(): Promise<MessageBatch | null> {
    const replayed = await this.#replay?.next();
    if (replayed?.done === false) return replayed.value;
    this.#replay = null;
    if (this.#at >= this.#batch.length) {
      const batch = await this.#source.next();
      if (batch === null || this.#dropping) return null;
      this.#batch = batch;
      this.#at = 0;
    }
    const passed = this.#pass();
    if (this.#held.isUnsettled) await this.#held.settle();
    return passed;
  }

  async drain(): Promise<void> {
    this.#dropping = true;
    await this.#source.drain();
  }

  /** Gives back memory and files. Safe to call more than once, and at any time. */
  async close(): Promise<void> {
    this.#dropping = true;
    await this.#replay?.return();
    await this.#held.clear();
  }

  // Takes messages up to the end of the batch, or of a transaction that is to be handed
  // on now, and gives those of them which pass at once.
  #pass(): MessageBatch {
    const batch = this.#batch;
    const idle = this.#held.size === 0;
    if (idle) this.#relations.forget();
    // Nearly always there is nothing to do.
    if (
      idle && this.#at === 0 && !this.#relations.isStale &&
      !batch.some(isOfStream)
    ) {
      this.#at = batch.length;
      return batch;
    }
    const passed: CopyBothMessage[] = [];
    while (this.#at < batch.length && this.#replay === null) {
      const message = batch[this.#at++];
      if (message?.kind === "XLogData") this.#take(message, passed);
      else if (message !== undefined) passed.push(message);
    }
    return passed;
  }

  #take(message: XLogData, passed: CopyBothMessage[]): void {
    const type = message.data[0] ?? 0;
    if (isStreamType(type)) return this.#control(message);
    if (this.#block !== null) return this.#hold(this.#block, message, type);
    if (type === MESSAGE_TYPE.RELATION) {
      this.#relations.note(message, ++this.#described);
    } else if (isChangeType(type) && this.#relations.isStale) {
      passed.push(...this.#relations.takeStale());
    }
    passed.push(message);
  }

  #control({ data, walStart, sendTime }: XLogData): void {
    const message = decodePgoutputMessage(data, walStart);
    switch (message.kind) {
      case "streamStart":
        this.#block = message.firstSegment
          ? this.#held.begin(message.xid, walStart)
          : this.#held.get(message.xid);
        return;
      case "streamStop":
        this.#block = null;
        return;
      case "streamAbort":
        return this.#held.abort(message.xid, message.subxid);
      case "streamCommit":
      case "streamPrepare":
        this.#replay = this.#replayed(message, sendTime);
        return;
    }
  }

  #hold(block: HeldTransaction, message: XLogData, type: number): void {
    const { data } = message;
    if (carriesXid(type) && data.length > 4) {
      const { buffer, byteOffset } = data;
      const xid = new DataView(buffer, byteOffset).getUint32(1);
      // A description has no position; in its place stands when it came.
      const mark = type === MESSAGE_TYPE.RELATION
        ? BigInt(++this.#described) as Lsn
        : message.walStart;
      return block.append(xid, mark, data);
    }
    if (type === MESSAGE_TYPE.ORIGIN) {
      return block.appendPlain(message.walStart, data);
    }
    throw new ProtocolError(
      `Cannot hold a message of type ${
        describeByte(type)
      }: it has no place between Stream Start and Stream Stop`,
    );
  }

  async *#replayed(
    message: StreamCommitMessage | StreamPrepareMessage,
    sendTime: XLogData["sendTime"],
  ): AsyncGenerator<MessageBatch, void, void> {
    const { log, walStart } = this.#held.take(message.xid);
    const { begin, end } = frameOf(message);
    const whole = (piece: Piece) => this.#whole(piece, sendTime);
    try {
      yield [whole({ data: begin, walStart })];
      for await (const pieces of log.read()) yield pieces.map(whole);
      yield [whole({ data: end, walStart: message.walStart })];
    } finally {
      await log.close();
    }
  }

  #whole(
    { data, walStart: mark }: Piece,
    sendTime: XLogData["sendTime"],
  ): XLogData {
    const isRelation = data[0] === MESSAGE_TYPE.RELATION;
    const walStart = isRelation ? INVALID_LSN : mark;
    const message: XLogData = {
      kind: "XLogData",
      walStart,
      walEnd: walStart,
      sendTime,
      data,
    };
    if (isRelation) this.#relations.note(message, Number(mark));
    return message;
  }
}

function isOfStream(message: CopyBothMessage): boolean {
  return message.kind === "XLogData" && isStreamType(message.data[0] ?? 0);
}
