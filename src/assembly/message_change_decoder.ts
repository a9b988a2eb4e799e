import {
  decodeMessageAt,
  decodePgoutputMessage,
} from "../pgoutput/decode_message.ts";
import type { PgoutputMessage } from "../pgoutput/message.ts";
import {
  ChunkXLogData,
  type XLogData,
} from "../replication/copy_both_message.ts";
import type { PositionEffect } from "./change_decoder.ts";
import type { ReplicationEvent } from "../events/event.ts";
import type { EventAssembler } from "./event_assembler.ts";
import { MessageAssembler } from "./message_assembler.ts";

/** Makes events of any message that `pgoutput` sends. */
export class MessageChangeDecoder {
  readonly #assembler: MessageAssembler;

  /** @param assembler Makes the events that come in every stream. */
  constructor(assembler: EventAssembler) {
    this.#assembler = new MessageAssembler(assembler);
  }

  /** Takes the next message, as {@linkcode ChangeDecoder} has it. */
  push(
    xlogData: XLogData,
    events: ReplicationEvent[],
  ): PositionEffect | null | Promise<PositionEffect | null> {
    const { walStart } = xlogData;
    const message = xlogData instanceof ChunkXLogData
      ? decodeMessageAt(xlogData.bytes, xlogData, walStart)
      : decodePgoutputMessage(xlogData.data, walStart);
    const pending = this.#assembler.push(message, events);
    return pending === undefined
      ? effectOf(message)
      : pending.then(() => effectOf(message));
  }
}

/** Says what a message means for the account of positions. */
export function effectOf(message: PgoutputMessage): PositionEffect | null {
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
      return { kind: "standalone", lsn: message.endLsn };
    case "rollbackPrepared":
      return { kind: "standalone", lsn: message.rollbackEndLsn };
    case "message":
      return message.transactional
        ? null
        : { kind: "standalone", lsn: message.lsn };
    default:
      return null;
  }
}
