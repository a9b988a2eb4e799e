import {
  decodeMessageAt,
  decodePgoutputMessage,
} from "../pgoutput/decode_message.ts";
import type { PgoutputMessage } from "../pgoutput/message.ts";
import {
  ChunkXLogData,
  type XLogData,
} from "../replication/copy_both_message.ts";
import type { ChangeDecoder, Step } from "./change_decoder.ts";
import type { ReplicationEvent } from "./event.ts";
import type { EventAssembler } from "./event_assembler.ts";

/** Makes events of what `pgoutput` sends. */
export class PgoutputChangeDecoder implements ChangeDecoder {
  readonly #assembler: EventAssembler;

  /** @param assembler Makes events of the decoded messages. */
  constructor(assembler: EventAssembler) {
    this.#assembler = assembler;
  }

  get inTransaction(): boolean {
    return this.#assembler.inTransaction;
  }

  resume(): void {
    this.#assembler.resume();
  }

  push(
    xlogData: XLogData,
    events: ReplicationEvent[],
  ): Step | null | Promise<Step | null> {
    const isView = xlogData instanceof ChunkXLogData;
    if (isView && this.#assembler.pushView(xlogData, events)) return null;
    const { walStart } = xlogData;
    const message = isView
      ? decodeMessageAt(xlogData.bytes, xlogData, walStart)
      : decodePgoutputMessage(xlogData.data, walStart);
    const pending = this.#assembler.push(message, events);
    return pending === undefined
      ? stepOf(message)
      : pending.then(() => stepOf(message));
  }
}

/** Says what a message means for the account of positions. */
export function stepOf(message: PgoutputMessage): Step | null {
  switch (message.kind) {
    case "begin":
      return { kind: "begin", commitLsn: message.finalLsn };
    case "commit": {
      const { endLsn, commitTime } = message;
      return { kind: "commit", endLsn, commitTime };
    }
    case "beginPrepare":
      return { kind: "begin", commitLsn: message.prepareLsn };
    case "prepare": {
      const { endLsn, prepareTime: commitTime } = message;
      return { kind: "commit", endLsn, commitTime };
    }
    case "commitPrepared":
      return { kind: "alone", lsn: message.endLsn };
    case "rollbackPrepared":
      return { kind: "alone", lsn: message.rollbackEndLsn };
    case "message":
      return message.transactional ? null : { kind: "alone", lsn: message.lsn };
    default:
      return null;
  }
}
