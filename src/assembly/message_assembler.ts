import { ProtocolError } from "../errors.ts";
import { formatLsn, type Lsn } from "../lsn.ts";
import type {
  BeginMessage,
  BeginPrepareMessage,
  DeleteMessage,
  InsertMessage,
  LogicalMessage,
  PgoutputMessage,
  PrepareMessage,
  TruncateMessage,
  UpdateMessage,
} from "../pgoutput/message.ts";
import { StaleTypeError } from "../values/codec/stale_type_error.ts";
import { after, type Decoded } from "./change_decoder.ts";
import type { EventAssembler } from "./event_assembler.ts";
import type { RowChange } from "../rows/row_change.ts";
import type { RowDecoder } from "../rows/row_decoder.ts";
import { keyOf, rowChangeOf } from "../rows/tuple_rows.ts";
import { outcomeEvent } from "./outcome_event.ts";

// The manual's names of the messages.
const NAMES = { insert: "Insert", update: "Update", delete: "Delete" } as const;

/**
 * Converts pgoutput messages of all kinds to events, however they were decoded, and explains
 * errors of messages that do not fit the previous ones. It is loaded only if an {@linkcode
 * EventAssembler} alone is not enough.
 */
export class MessageAssembler {
  readonly #assembler: EventAssembler;

  readonly #readKey: typeof keyOf;

  /**
   * @param assembler Creates the events that occur in every stream.
   * @param readKey Creates the key from a key tuple.
   */
  constructor(assembler: EventAssembler, readKey: typeof keyOf = keyOf) {
    this.#assembler = assembler;
    this.#readKey = readKey;
  }

  /** Whether a transaction has begun whose commit has not arrived yet. */
  get inTransaction(): boolean {
    return this.#assembler.open !== null;
  }

  /** Starts a new connection: what the previous one left unfinished is discarded. */
  resume(): void {
    this.#assembler.resume();
  }

  /**
   * Processes the next message.
   *
   * @param message The message.
   * @returns The resulting steps. A promise if something must be looked up first; no other
   * message may be pushed until it settles.
   * @throws {ProtocolError} If the message does not fit the previous ones.
   */
  push(message: PgoutputMessage): Decoded | Promise<Decoded> {
    switch (message.kind) {
      case "begin":
        return this.#begin(message);
      case "commit":
        this.#checkEnd("commit", message.commitLsn);
        return this.#assembler.end(message);
      case "relation":
        return this.#assembler.relation(message);
      case "origin":
        this.#assembler.setOrigin(message.name);
        return null;
      case "type":
        this.#assembler.decoders.types.name(message.oid, message);
        return null;
      case "insert":
      case "update":
      case "delete":
        return this.#rowChange(message);
      case "truncate":
        return this.#truncate(message);
      case "message":
        return this.#message(message);
      case "beginPrepare":
        return this.#beginPrepare(message);
      case "prepare":
        return this.#prepare(message);
      case "commitPrepared":
      case "rollbackPrepared":
        return outcomeEvent(message);
      case "streamAbort":
        // Nothing was streamed, so there is nothing to discard. PostgreSQL 18 sends it for
        // the subtransactions of a large transaction that was rolled back.
        return null;
      case "streamStart":
      case "streamStop":
      case "streamCommit":
      case "streamPrepare":
        throw new ProtocolError(
          `Cannot deliver ${message.kind}: streaming of transactions that have not ended was not requested`,
        );
    }
  }

  #rowChange(
    message: InsertMessage | UpdateMessage | DeleteMessage,
  ): Decoded | Promise<Decoded> {
    const decoder = this.#find(message.relationOid, NAMES[message.kind]);
    this.#assembler.beginRow();
    let change: RowChange;
    try {
      change = rowChangeOf(message, decoder, this.#readKey);
    } catch (error) {
      if (!(error instanceof StaleTypeError)) throw error;
      return this.#assembler.decoders.refresh(error).then(() =>
        this.#rowChange(message)
      );
    }
    return this.#assembler.change(change, message.walStart);
  }

  #truncate(message: TruncateMessage): Decoded {
    const relations = message.relationOids.map((oid) =>
      this.#find(oid, "Truncate").relation
    );
    const begin = this.#assembler.announce("Truncate");
    return after(begin, {
      kind: "truncate",
      table: null,
      transaction: this.#assembler.transaction,
      index: this.#assembler.takeIndex(),
      relations,
      cascade: message.cascade,
      restartIdentity: message.restartIdentity,
      lsn: message.walStart,
    });
  }

  #message(message: LogicalMessage): Decoded {
    // A non-transactional message is sent immediately, even between Begin and Commit of an
    // unrelated transaction.
    const { transactional } = message;
    const begin = transactional ? this.#assembler.announce("Message") : null;
    return after(begin, {
      kind: "message",
      table: null,
      transaction: transactional ? this.#assembler.transaction : null,
      index: transactional ? this.#assembler.takeIndex() : 0,
      prefix: message.prefix,
      // A copy: otherwise the content would keep the whole chunk alive.
      content: message.content.slice(),
      lsn: message.lsn,
    });
  }

  #begin({ xid, finalLsn: commitLsn, commitTime }: BeginMessage): Decoded {
    this.#checkBegin(xid);
    return this.#assembler.begin({ xid, commitLsn, commitTime });
  }

  #beginPrepare(
    { xid, prepareLsn, prepareTime, gid }: BeginPrepareMessage,
  ): Decoded {
    this.#checkBegin(xid);
    const prepared = { commitLsn: prepareLsn, commitTime: prepareTime };
    return this.#assembler.begin({ xid, ...prepared, gid });
  }

  #prepare(message: PrepareMessage): Decoded {
    // A transaction without changes is delivered too, since its outcome will be.
    const begin = this.#assembler.announce("Prepare");
    this.#checkEnd("prepare", message.prepareLsn);
    const end = this.#assembler.end(message);
    return begin === null ? end : [begin, end];
  }

  #find(oid: number, what: string): RowDecoder {
    const decoder = this.#assembler.decoders.byOid.get(oid);
    if (decoder !== undefined) return decoder;
    throw new ProtocolError(
      `Cannot read ${what}: relation ${oid} has not been described`,
    );
  }

  #checkBegin(xid: number): void {
    const { open } = this.#assembler;
    if (open === null) return;
    throw new ProtocolError(
      `Cannot begin transaction ${xid}: transaction ${open.xid} has not committed`,
    );
  }

  #checkEnd(what: "commit" | "prepare", commitLsn: Lsn): void {
    const { open } = this.#assembler;
    if (open?.commitLsn === commitLsn) return;
    throw new ProtocolError(
      `Cannot ${what} at ${formatLsn(commitLsn)}: ${
        open === null
          ? "no transaction has begun"
          : `the one that has begun commits at ${formatLsn(open.commitLsn)}`
      }`,
    );
  }
}
