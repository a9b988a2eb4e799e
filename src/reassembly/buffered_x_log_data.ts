import { uint64At } from "../bytes/big_endian.ts";
import type { Lsn } from "../lsn.ts";
import {
  ChunkXLogData,
  XLOG_HEADER_BYTES,
} from "../replication/copy_both_message.ts";
import type { UnixMicros } from "../timestamp.ts";
import type { Span } from "./span.ts";

/** A buffered message, preceded by the position that was stored with it. */
export class BufferedXLogData extends ChunkXLogData {
  readonly #sendTime: UnixMicros;

  /**
   * @param span Its place; the eight bytes before it contain the position.
   * @param sendTime When the message that completed its transaction was sent.
   */
  constructor({ bytes, start, end }: Span, sendTime: UnixMicros) {
    super({ bytes, start: start - XLOG_HEADER_BYTES, end });
    this.#sendTime = sendTime;
  }

  override get walStart(): Lsn {
    return uint64At(this.bytes, this.start - 8) as Lsn;
  }

  override get walEnd(): Lsn {
    return this.walStart;
  }

  override get sendTime(): UnixMicros {
    return this.#sendTime;
  }
}
