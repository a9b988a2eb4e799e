import { ProtocolError } from "../errors.ts";
import {
  decodeOrdinaryAt,
  type OrdinaryMessage,
} from "../pgoutput/decode_ordinary.ts";
import {
  ChunkXLogData,
  type XLogData,
} from "../replication/copy_both_message.ts";
import { StaleTypeError } from "../values/stale_type_error.ts";
import type { ChangeDecoder, Step } from "./change_decoder.ts";
import type { ReplicationEvent } from "./event.ts";
import type { EventAssembler } from "./event_assembler.ts";
import type { MessageChangeDecoder } from "./message_change_decoder.ts";

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
  ): Step | null | Promise<Step | null> {
    const taken = xlogData instanceof ChunkXLogData
      ? this.#read(xlogData, events)
      : null;
    if (taken === "row") return null;
    if (taken === null) return this.#pushAny(xlogData, events);
    const pending = this.#assembler.push(taken, events);
    return pending === undefined
      ? ordinaryStep(taken)
      : pending.then(() => ordinaryStep(taken));
  }

  // Takes a change of a row, or decodes another ordinary message. Null for one that is
  // left to those who can take any, wait for a type, or say what is wrong with it.
  #read(
    view: ChunkXLogData,
    events: ReplicationEvent[],
  ): "row" | OrdinaryMessage | null {
    try {
      if (this.#assembler.pushView(view, events)) return "row";
      const message = decodeOrdinaryAt(view.bytes, view, view.walStart);
      return message !== null && this.#assembler.fits(message) ? message : null;
    } catch (error) {
      const isLeft = error instanceof ProtocolError ||
        error instanceof StaleTypeError;
      if (isLeft) return null;
      throw error;
    }
  }

  #pushAny(
    xlogData: XLogData,
    events: ReplicationEvent[],
  ): Step | null | Promise<Step | null> {
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

/** Says what an ordinary message means for the account of positions. */
export function ordinaryStep(message: OrdinaryMessage): Step | null {
  switch (message.kind) {
    case "begin":
      return { kind: "begin", commitLsn: message.finalLsn };
    case "commit": {
      const { endLsn, commitTime } = message;
      return { kind: "commit", endLsn, commitTime };
    }
    case "relation":
      return null;
  }
}
