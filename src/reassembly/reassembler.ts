import { uint32At } from "../bytes/big_endian.ts";
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
import type { BufferedTransaction } from "./buffered_transaction.ts";
import {
  BufferedTransactions,
  type BufferOptions,
} from "./buffered_transactions.ts";
import type { MessageBatch, MessageSource } from "./message_source.ts";
import { RelationsInForce } from "./relations_in_force.ts";
import { hasStreamed, spanOf, typeOf } from "./span.ts";
import { frameOf } from "./whole_transaction.ts";

/**
 * Assembles whole transactions, in commit order, from what pgoutput sends with the option
 * `streaming`: blocks of transactions that have not ended. They are buffered until their
 * Stream Commit or Stream Prepare, and then passed on as if they had been sent whole.
 * Everything else passes unchanged.
 *
 * One for each connection: a new connection sends everything again.
 */
export class Reassembler implements MessageSource {
  readonly #source: MessageSource;
  readonly #buffered: BufferedTransactions;
  readonly #relations = new RelationsInForce();
  #described = 0;
  // The last batch read, and how far it has been passed on.
  #batch: MessageBatch = [];
  #at = 0;
  // The transaction whose block is being received.
  #block: BufferedTransaction | null = null;
  // The transaction that is being passed on.
  #replay: AsyncGenerator<MessageBatch, void, void> | null = null;
  #dropping = false;

  /**
   * @param source The messages of one connection.
   * @param options The limits of the buffer.
   * @param batch The messages that were read before.
   */
  constructor(
    source: MessageSource,
    options: BufferOptions,
    batch: MessageBatch = [],
  ) {
    this.#source = source;
    this.#buffered = new BufferedTransactions(options);
    this.#batch = batch;
  }

  async next(): Promise<MessageBatch | null> {
    if (this.#replay !== null) {
      const replayed = await this.#replay.next();
      if (!replayed.done) return replayed.value;
      this.#replay = null;
    }
    if (this.#at >= this.#batch.length) {
      const batch = await this.#source.next();
      if (batch === null || this.#dropping) return null;
      this.#batch = batch;
      this.#at = 0;
    }
    const passed = this.#pass();
    if (this.#buffered.canReclaim) await this.#buffered.reclaim();
    return passed;
  }

  async drain(): Promise<void> {
    this.#dropping = true;
    this.#buffered.stop();
    await this.#source.drain();
  }

  /** Releases memory and files. Safe to call repeatedly, and at any time. */
  async close(): Promise<void> {
    this.#dropping = true;
    this.#buffered.stop();
    await this.#replay?.return();
    await this.#buffered.clear();
  }

  // Processes messages up to the end of the batch, or up to a transaction that must be passed
  // on now, and returns those that pass unchanged.
  #pass(): MessageBatch {
    const batch = this.#batch;
    const idle = this.#buffered.size === 0;
    if (idle) this.#relations.forget();
    // Nearly always there is nothing to do.
    if (
      idle && this.#at === 0 && !this.#relations.isStale &&
      !hasStreamed(batch)
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
    const type = typeOf(message);
    if (isStreamType(type)) return this.#control(message);
    if (this.#block !== null) return this.#hold(this.#block, message);
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
          ? this.#buffered.begin(message.xid, walStart)
          : this.#buffered.get(message.xid);
        return;
      case "streamStop":
        this.#block = null;
        return;
      case "streamAbort":
        return this.#buffered.abort(message.xid, message.subxid);
      case "streamCommit":
      case "streamPrepare":
        this.#replay = this.#replayed(message, sendTime);
        return;
    }
  }

  #hold(block: BufferedTransaction, message: XLogData): void {
    const type = typeOf(message);
    const { bytes, start, end } = spanOf(message);
    if (carriesXid(type) && end - start > 4) {
      const xid = uint32At(bytes, start + 1);
      return block.append(
        xid,
        type === MESSAGE_TYPE.RELATION ? this.#mark(message) : message,
      );
    }
    if (type === MESSAGE_TYPE.ORIGIN) return block.appendPlain(message);
    throw new ProtocolError(
      `Cannot hold a message of type ${
        describeByte(type)
      }: it has no place between Stream Start and Stream Stop`,
    );
  }

  // A description has no position; its time of arrival is stored in its place.
  #mark({ data, sendTime }: XLogData): XLogData {
    return xLogData(data, BigInt(++this.#described) as Lsn, sendTime);
  }

  async *#replayed(
    message: StreamCommitMessage | StreamPrepareMessage,
    sendTime: XLogData["sendTime"],
  ): AsyncGenerator<MessageBatch, void, void> {
    const { log, walStart } = this.#buffered.take(message.xid);
    const { begin, end } = frameOf(message);
    try {
      yield [xLogData(begin, walStart, sendTime)];
      for await (const batch of log.read(sendTime)) yield this.#whole(batch);
      yield [xLogData(end, message.walStart, sendTime)];
    } finally {
      await log.close();
      if (this.#buffered.size === 0) this.#buffered.rest();
    }
  }

  // Removes the mark from descriptions, and records them.
  #whole(batch: XLogData[]): MessageBatch {
    for (let at = 0; at < batch.length; at++) {
      const message = batch[at];
      if (message === undefined) continue;
      if (typeOf(message) !== MESSAGE_TYPE.RELATION) continue;
      const { data, walStart, sendTime } = message;
      const relation = xLogData(data, INVALID_LSN, sendTime);
      this.#relations.note(relation, Number(walStart));
      batch[at] = relation;
    }
    return batch;
  }
}

function xLogData(
  data: Uint8Array,
  walStart: Lsn,
  sendTime: XLogData["sendTime"],
): XLogData {
  return { kind: "XLogData", walStart, walEnd: walStart, sendTime, data };
}
