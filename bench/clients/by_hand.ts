import { decodeText } from "../../src/bytes/decode_text.ts";
import { useDecoder } from "../../src/bytes/decode_utf8.ts";
import { decodeText as native } from "../../src/socket/native_text_decoder.ts";
import type { Run } from "./client.ts";

const CHUNK = 64 * 1024;
const COPY_DATA = 0x64; // d
const XLOG_DATA = 0x77; // w
const [BEGIN, COMMIT, INSERT, UPDATE] = [0x42, 0x43, 0x49, 0x55]; // B C I U
/** The offsets of the position and of the payload, from the start of a message. */
const [LSN_AT, PAYLOAD_AT] = [6, 30];
/** The offset of the first value, from the tag of a tuple. */
const VALUES_AT = 3;
const MICROS_TO_2000 = 946_684_800_000_000n;

interface Row {
  id: bigint;
  n: number;
  label: string;
  at: string;
}

/** An event; the bench only counts its row. */
interface HandEvent {
  readonly kind: string;
  readonly newRow?: Row;
  readonly [name: string]: unknown;
}

/**
 * Decodes the recordings of the workloads "narrow" and "one_row" with code written by hand for
 * their tables. It creates the objects that Walbrook delivers, but is no client: it checks,
 * tracks and acknowledges nothing. Its time is about the minimum for a program in JavaScript that
 * creates these objects.
 */
export async function byHand(
  { server, publication, rows }: Run,
): Promise<void> {
  if ("host" in server) {
    throw new TypeError("Cannot decode by hand from a server: not a recording");
  }
  if (native !== undefined) useDecoder(native);
  const decoder = new HandDecoder(server.stream, publication);
  rows.start();
  for (let end = CHUNK; !decoder.isDone; end += CHUNK) {
    // A reader waits once for each chunk.
    await null;
    for (const event of decoder.next(end)) {
      if (event.kind === "insert" || event.kind === "update") {
        rows.add(event.newRow);
      }
    }
    if (rows.isDone) return;
  }
}

class HandDecoder {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #table: string;
  readonly #relation: object;
  #at = 0;
  #index = 0;
  #transaction: object | null = null;
  #begin = -1;

  constructor({ buffer, byteOffset, length }: Uint8Array, table: string) {
    this.#bytes = new Uint8Array(buffer, byteOffset, length);
    this.#view = new DataView(buffer, byteOffset, length);
    this.#table = `public.${table}`;
    this.#relation = { name: table };
  }

  get isDone(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** Returns the events of the messages that end before a position. */
  next(limit: number): HandEvent[] {
    const bytes = this.#bytes;
    const last = Math.min(limit, bytes.length);
    const events: HandEvent[] = [];
    while (last - this.#at >= 5) {
      const at = this.#at;
      const end = at + 1 + int32(bytes, at + 1);
      if (end > last) break;
      if (bytes[at] === COPY_DATA && bytes[at + 5] === XLOG_DATA) {
        this.#message(at, events);
      }
      this.#at = end;
    }
    // The server ends the stream by other messages.
    if (limit >= bytes.length) this.#at = bytes.length;
    return events;
  }

  #message(at: number, events: HandEvent[]): void {
    const view = this.#view;
    const payload = at + PAYLOAD_AT;
    const table = this.#table;
    const relation = this.#relation;
    switch (this.#bytes[payload]) {
      case INSERT: {
        const transaction = this.#transaction ?? this.#announce(events);
        const newRow = this.#row(payload + 5);
        events.push({
          kind: "insert",
          table,
          transaction,
          index: this.#index++,
          relation,
          key: { id: newRow.id },
          newRow,
          lsn: view.getBigUint64(at + LSN_AT),
        });
        return;
      }
      case UPDATE: {
        const transaction = this.#transaction ?? this.#announce(events);
        const oldRow = this.#row(payload + 5);
        const newRow = this.#changedRow(payload + 5, oldRow);
        events.push({
          kind: "update",
          table,
          transaction,
          index: this.#index++,
          relation,
          key: { id: oldRow.id },
          oldRow,
          newRow,
          lsn: view.getBigUint64(at + LSN_AT),
        });
        return;
      }
      case BEGIN:
        this.#begin = payload;
        this.#index = 0;
        return;
      case COMMIT: {
        const transaction = this.#transaction;
        const endLsn = view.getBigUint64(payload + 10);
        this.#transaction = null;
        if (transaction === null) return;
        events.push({
          kind: "commit",
          table: null,
          transaction,
          index: this.#index,
          endLsn,
        });
      }
    }
  }

  #announce(events: HandEvent[]): object {
    const view = this.#view;
    const transaction = {
      xid: view.getUint32(this.#begin + 17),
      commitLsn: view.getBigUint64(this.#begin + 1),
      commitTime: view.getBigInt64(this.#begin + 9) + MICROS_TO_2000,
      origin: null,
    };
    events.push({
      kind: "begin",
      table: null,
      transaction,
      index: this.#index,
    });
    return this.#transaction = transaction;
  }

  #row(tuple: number): Row {
    const bytes = this.#bytes;
    const idAt = tuple + VALUES_AT + 5;
    const idEnd = idAt + int32(bytes, idAt - 4);
    const nAt = idEnd + 5;
    const nEnd = nAt + int32(bytes, idEnd + 1);
    const labelAt = nEnd + 5;
    const labelEnd = labelAt + int32(bytes, nEnd + 1);
    const timeAt = labelEnd + 5;
    const timeEnd = timeAt + int32(bytes, labelEnd + 1);
    return {
      id: BigInt(digits(bytes, idAt, idEnd)),
      n: digits(bytes, nAt, nEnd),
      label: decodeText(bytes, labelAt, labelEnd),
      at: decodeText(bytes, timeAt, timeEnd),
    };
  }

  // The workload changes only `n`: the other values are those of the old row.
  #changedRow(tuple: number, { id, label, at }: Row): Row {
    const bytes = this.#bytes;
    let from = tuple + VALUES_AT;
    for (let i = 0; i < 4; i++) from += 5 + int32(bytes, from + 1);
    const idEnd = from + VALUES_AT + 5 + int32(bytes, from + VALUES_AT + 1);
    const nAt = idEnd + 5;
    const n = digits(bytes, nAt, nAt + int32(bytes, idEnd + 1));
    return { id, n, label, at };
  }
}

function int32(bytes: Uint8Array, at: number): number {
  return bytes[at]! << 24 | bytes[at + 1]! << 16 | bytes[at + 2]! << 8 |
    bytes[at + 3]!;
}

function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + bytes[at]! - 0x30;
  return value;
}
