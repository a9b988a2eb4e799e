import { keyText, previousKeyOf } from "@walbrook/walbrook/encode";
import type {
  DeliveredEvent,
  DeliveredKind,
  Delivery,
} from "@walbrook/walbrook/sink";
import { partitionOf, subjectOf, tableTokens } from "../subjects.ts";
import type { Outgoing } from "./link.ts";
import type { MessageMaker, Part } from "./publisher.ts";
import { ChunkedTextEncoder } from "./text_encoder.ts";

/** How changes are converted to messages. */
export interface ChangeMessageOptions {
  /** The prefix of subjects. */
  readonly prefix: string;
  /** The number of partitions. */
  readonly partitions: number;
  /** Distinguishes this publisher from others. */
  readonly source: string;
  /** Encodes an event. */
  readonly encode: (event: DeliveredEvent) => string;
  /** The maximum number of changes in a message. */
  readonly rowsPerMessage: number;
}

type Update = Extract<DeliveredEvent, { readonly kind: "update" }>;

/** The content to send for a change. */
export interface ChangeBody {
  /** The change, as JSON in UTF-8; followed by a line feed if a message has several. */
  readonly data: Uint8Array;
  /**
   * For an update that moved the row to another partition: the deletion of the row there, and
   * its insert here. `null` otherwise.
   */
  readonly moved: {
    readonly gone: DeliveredEvent;
    readonly key: string;
    readonly data: Uint8Array;
  } | null;
}

/** A change on its way to one partition. */
type Change = Pick<Delivery, "event" | "key" | "id"> & {
  readonly data: Uint8Array;
};

const CONCURRENCY = 4;

/** The header with the cluster and the publisher. */
export const SOURCE = "Walbrook-Source";
/** The header with the version of a change, or of the last one of a message. */
export const VERSION = "Walbrook-Version";
/** The header with the previous version of the same publisher in the same partition. */
export const PREVIOUS = "Walbrook-Previous";

/** Creates messages from changes, each in the partition of its key. */
export class ChangeMessages implements MessageMaker<ChangeBody> {
  readonly accepts: readonly DeliveredKind[] = [
    ...["insert", "update", "delete", "read", "truncate", "message"] as const,
  ];
  readonly window: { readonly items: number; readonly concurrency: number };
  readonly #options: ChangeMessageOptions;
  readonly #encoder = new ChunkedTextEncoder();
  // The last version of each partition, since the link was opened.
  #last = new Map<number, string>();

  constructor(options: ChangeMessageOptions) {
    const { rowsPerMessage, partitions } = options;
    this.#options = options;
    this.window = {
      items: rowsPerMessage === 1 ? 64 : rowsPerMessage * partitions,
      concurrency: CONCURRENCY,
    };
  }

  encode(event: DeliveredEvent): ChangeBody {
    const moved = event.kind === "update" ? this.#move(event) : null;
    const sent = moved === null
      ? event
      : { ...event as Update, kind: "insert" } as DeliveredEvent;
    return { data: this.#bytesOf(sent), moved };
  }

  #bytesOf(event: DeliveredEvent): Uint8Array {
    const { encode, rowsPerMessage } = this.#options;
    const text = encode(event);
    return this.#encoder.encode(rowsPerMessage === 1 ? text : `${text}\n`);
  }

  // The other partition may be further ahead or behind, so each gets its own half.
  #move(event: Update): ChangeBody["moved"] {
    const { partitions } = this.#options;
    const previous = previousKeyOf(event);
    if (previous === null) return null;
    const { newRow: _, ...rest } = event;
    const gone = { ...rest, kind: "delete", key: previous } as const;
    const key = keyText(gone)!;
    const stays = partitionOf(key, partitions) ===
      partitionOf(keyText(event)!, partitions);
    return stays ? null : { gone, key, data: this.#bytesOf(gone) };
  }

  sizeOf({ data, moved }: ChangeBody): number {
    return Math.max(data.length, moved?.data.length ?? 0);
  }

  reset(): void {
    this.#last.clear();
  }

  make(
    batch: readonly Delivery<ChangeBody>[],
    systemId: string,
    maxBytes: number,
  ): readonly Part[] {
    const { partitions, source, rowsPerMessage } = this.#options;
    const from = `${systemId}/${source}`;
    const draft = new Draft({
      rowsPerMessage,
      maxBytes,
      make: (rows) => this.#message(rows, from),
    });
    for (let place = 0; place < batch.length; place++) {
      const { event, key, id, body: { data, moved } } = batch[place]!;
      const change = { event, key, id, data };
      if (moved !== null) {
        const { gone, key, data } = moved;
        const change = { event: gone, key, id, data };
        draft.add(partitionOf(key, partitions), change, place);
      }
      if (key !== null) {
        draft.add(partitionOf(key, partitions), change, place);
        continue;
      }
      // It affects the rows of every partition.
      for (let partition = 0; partition < partitions; partition++) {
        draft.add(partition, change, place);
      }
    }
    return [draft.end()];
  }

  #message(
    { partition, changes }: Rows,
    source: string,
  ): Outgoing {
    const first = changes[0]!.id;
    const last = changes.at(-1)!.id;
    const previous = this.#last.get(partition);
    this.#last.set(partition, last);
    const range = changes.length === 1 ? first : `${first}_${last}`;
    const headers: [string, string][] = [[SOURCE, source], [VERSION, last]];
    if (previous !== undefined) headers.push([PREVIOUS, previous]);
    return {
      subject: this.#subject(partition, changes),
      // The same change in two partitions is two messages.
      id: `${source}/${partition}/${range}`,
      data: joined(changes),
      headers,
    };
  }

  #subject(
    partition: number,
    changes: readonly Change[],
  ): string {
    const { prefix, partitions, rowsPerMessage } = this.#options;
    const head = `${prefix}.${partition}`;
    if (rowsPerMessage > 1) return `${head}.rows`;
    const { event, key } = changes[0]!;
    return key === null
      ? `${head}.${tableTokens(event) || "_truncate"}`
      : subjectOf(event, key, { prefix, partitions });
  }
}

/** Changes of one partition that form one message. */
interface Rows {
  readonly partition: number;
  readonly changes: Change[];
  readonly place: number;
  bytes: number;
}

/** The messages of a batch, while changes are added. */
class Draft {
  readonly #options: {
    readonly rowsPerMessage: number;
    readonly maxBytes: number;
    readonly make: (rows: Rows) => Outgoing;
  };
  // In the order of their first changes.
  readonly #open = new Map<number, Rows>();
  readonly #messages: Outgoing[] = [];
  readonly #places: number[] = [];

  constructor(options: {
    readonly rowsPerMessage: number;
    readonly maxBytes: number;
    readonly make: (rows: Rows) => Outgoing;
  }) {
    this.#options = options;
  }

  add(
    partition: number,
    change: Change,
    place: number,
  ): void {
    const { rowsPerMessage, maxBytes } = this.#options;
    const bytes = change.data.length;
    let rows = this.#open.get(partition);
    if (rows !== undefined && rows.bytes + bytes > maxBytes) {
      this.#close(rows);
      rows = undefined;
    }
    if (rows === undefined) {
      rows = { partition, changes: [], place, bytes: 0 };
      this.#open.set(partition, rows);
    }
    rows.changes.push(change);
    rows.bytes += bytes;
    if (rows.changes.length >= rowsPerMessage) this.#close(rows);
  }

  #close(rows: Rows): void {
    this.#open.delete(rows.partition);
    this.#messages.push(this.#options.make(rows));
    this.#places.push(rows.place);
  }

  end(): Part {
    for (const rows of this.#open.values()) this.#close(rows);
    return { messages: this.#messages, places: this.#places };
  }
}

function joined(changes: readonly Change[]): Uint8Array {
  if (changes.length === 1) return changes[0]!.data;
  let length = 0;
  for (const { data } of changes) length += data.length;
  const all = new Uint8Array(length);
  let at = 0;
  for (const { data } of changes) {
    all.set(data, at);
    at += data.length;
  }
  return all;
}
