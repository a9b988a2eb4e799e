import { ByteWriter } from "../../bytes/byte_writer.ts";
import { uint64At } from "../../bytes/big_endian.ts";
import type { Lsn } from "../../lsn.ts";
import { nowMicros, toServerMicros } from "../../timestamp.ts";
import type { Decoding } from "../pgoutput/decoding.ts";
import type { Slot } from "../store/slots.ts";
import type { WriteAheadLog } from "../wal/write_ahead_log.ts";

/** The approximate size of a batch. */
const BATCH_BYTES = 2 ** 16;

/** The parts of a {@linkcode Walsender}. */
export interface WalsenderOptions {
  /** The committed transactions. */
  readonly log: WriteAheadLog;
  /** The slot. */
  readonly slot: Slot;
  /** The start position. */
  readonly start: Lsn;
  /** Creates messages from records. */
  readonly decoding: Decoding;
  /** Whether decoding is paused. */
  readonly isHeld: () => boolean;
  /** Called with the position that the client has confirmed. */
  readonly onConfirm: (position: Lsn) => void;
}

/**
 * Streams what was committed to one client. Source: the manual, "Streaming Replication
 * Protocol".
 */
export class Walsender {
  readonly #options: WalsenderOptions;
  #index: number;
  #sent: Lsn;
  // The position that the client knows from a keepalive.
  #told: Lsn;
  #owesReply = false;

  /** @param options What to stream. */
  constructor(options: WalsenderOptions) {
    this.#options = options;
    this.#index = options.log.indexAfter(options.start);
    this.#sent = options.start;
    this.#told = options.start;
  }

  /** The slot. */
  get slot(): Slot {
    return this.#options.slot;
  }

  /** Returns what to send now; `null` if there is nothing. */
  next(): Uint8Array | null {
    const { log, isHeld, decoding } = this.#options;
    const writer = new ByteWriter(1024);
    const time = toServerMicros(nowMicros());
    if (!isHeld()) {
      while (this.#index < log.length && writer.length < BATCH_BYTES) {
        const record = log.at(this.#index++);
        if (record === undefined) continue;
        decoding.decode(record, (message, position) => {
          writer.uint8(0x64).int32(4 + 25 + message.length); // d
          writer.uint8(0x77).uint64(position).uint64(position).int64(time); // w
          writer.bytes(message);
        });
        this.#sent = record.endLsn;
      }
      if (this.#index === log.length) this.#sent = log.end;
    }
    const isNews = this.#sent > this.#told && this.#index === log.length;
    if (isNews || this.#owesReply) {
      this.#told = this.#sent;
      this.#owesReply = false;
      writer.uint8(0x64).int32(4 + 18); // d
      writer.uint8(0x6b).uint64(this.#sent).int64(time).uint8(0); // k
    }
    return writer.length === 0 ? null : writer.finish();
  }

  /** Receives the payload of a CopyData. */
  receive(payload: Uint8Array): void {
    if (payload[0] !== 0x72) return; // r
    this.#owesReply ||= payload[33] === 1;
    this.#options.onConfirm(uint64At(payload, 9) as Lsn);
  }
}
