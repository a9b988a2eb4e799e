import { ProtocolError } from "../errors.ts";
import type { Lsn } from "../lsn.ts";
import type { OutputPlugin } from "../output_plugin/output_plugin.ts";
import type {
  CopyBothMessage,
  XLogData,
} from "../replication/copy_both_message.ts";
import type {
  MessageBatch,
  MessageSource,
} from "../reassembly/message_source.ts";

/** What a {@linkcode HeldUntilEnd} works with. */
export interface HeldUntilEndOptions {
  /** The plugin's name. */
  readonly name: string;
  /** What a payload is to the transaction around it. */
  readonly roleOf: Required<OutputPlugin>["roleOf"];
  /** How many bytes a transaction may take. */
  readonly memoryLimit: number;
}

interface Piece {
  readonly walStart: Lsn;
  readonly data: Uint8Array;
}

// What a piece takes besides its bytes, roughly.
const PIECE_BYTES = 100;

/**
 * Holds each transaction of a plugin that tells only at its end where and when it was
 * committed. Then it is handed on whole: what ended it in place of what began it, the
 * changes, and what ended it once more. Everything else passes as it is.
 *
 * One for each connection: a new connection sends everything again.
 */
export class HeldUntilEnd implements MessageSource {
  readonly #source: MessageSource;
  readonly #options: HeldUntilEndOptions;
  // The transaction that has begun, as raw bytes.
  #held: Piece[] | null = null;
  #size = 0;

  /**
   * @param source The messages of one connection.
   * @param options The plugin, and how much to hold.
   */
  constructor(source: MessageSource, options: HeldUntilEndOptions) {
    this.#source = source;
    this.#options = options;
  }

  /**
   * Takes the next batch, and waits for it where none is here.
   *
   * @returns The batch, which may be empty, or `null` at the end of the stream.
   * @throws {RangeError} If a transaction takes more memory than it may.
   */
  async next(): Promise<MessageBatch | null> {
    const batch = await this.#source.next();
    if (batch === null) return null;
    const passed: CopyBothMessage[] = [];
    for (const message of batch) {
      if (message.kind === "XLogData") this.#take(message, passed);
      else passed.push(message);
    }
    return passed;
  }

  /** Drops what is here and what still comes, up to the end of the stream. */
  async drain(): Promise<void> {
    await this.#source.drain();
  }

  #take(message: XLogData, passed: CopyBothMessage[]): void {
    const { data, walStart } = message;
    const role = this.#options.roleOf(data);
    const held = this.#held;
    if (role === "alone") {
      passed.push(message);
      return;
    }
    if ((role === "begin") !== (held === null)) {
      throw new ProtocolError(
        `Cannot place a message of ${this.#options.name}: ${
          held === null
            ? "no transaction has begun"
            : "the transaction before has not ended"
        }`,
      );
    }
    if (held === null) {
      this.#held = [];
      this.#size = 0;
    } else if (role === "within") {
      this.#size += data.length + PIECE_BYTES;
      this.#checkSize();
      held.push({ walStart, data: data.slice() });
    } else {
      this.#held = null;
      const { sendTime } = message;
      for (const piece of held) passed.push(xlogData(piece, sendTime));
      passed.splice(passed.length - held.length, 0, message);
      passed.push(message);
    }
  }

  #checkSize(): void {
    const { name, memoryLimit } = this.#options;
    if (this.#size <= memoryLimit) return;
    throw new RangeError(
      `Cannot hold a transaction of more than ${memoryLimit} bytes until it ends, as ${name} needs it: follow the database by pgoutput or wal2json, which tell at its beginning where it was committed`,
    );
  }
}

function xlogData(
  { walStart, data }: Piece,
  sendTime: XLogData["sendTime"],
): XLogData {
  return { kind: "XLogData", walStart, walEnd: walStart, sendTime, data };
}
