import type {
  DeliveredEvent,
  DeliveredKind,
  Delivery,
} from "@walbrook/walbrook/sink";
import { partitionOf, subjectOf, tableTokens } from "../subjects.ts";
import type { Outgoing } from "./link.ts";
import type { MessageMaker, Part } from "./publisher.ts";

/** How changes become messages. */
export interface ChangeMessageOptions {
  /** What subjects begin with. */
  readonly prefix: string;
  /** How many partitions there are. */
  readonly partitions: number;
  /** What tells this publisher from others. */
  readonly source: string;
  /** Writes an event. */
  readonly encode: (event: DeliveredEvent) => string;
  /** How many changes go into a message. */
  readonly rowsPerMessage: number;
}

const UTF8 = new TextEncoder();
const LINE_FEED = 0x0a;
const CONCURRENCY = 4;

/** The header with the cluster and the publisher. */
export const SOURCE = "Walbrook-Source";
/** The header with the version of a change, or of the last one of a message. */
export const VERSION = "Walbrook-Version";
/** The header with the version before, in the same partition, of the same publisher. */
export const PREVIOUS = "Walbrook-Previous";

/** Makes messages of changes, each in the partition of its key. */
export class ChangeMessages implements MessageMaker<Uint8Array> {
  readonly accepts: readonly DeliveredKind[] = [
    ...["insert", "update", "delete", "read", "truncate", "message"] as const,
  ];
  readonly window: { readonly items: number; readonly concurrency: number };
  readonly #options: ChangeMessageOptions;
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

  encode(event: DeliveredEvent): Uint8Array {
    return UTF8.encode(this.#options.encode(event));
  }

  sizeOf(body: Uint8Array): number {
    return body.length;
  }

  reset(): void {
    this.#last.clear();
  }

  make(
    batch: readonly Delivery<Uint8Array>[],
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
      const delivery = batch[place]!;
      const { key } = delivery;
      if (key !== null) {
        draft.add(partitionOf(key, partitions), delivery, place);
        continue;
      }
      // It concerns the rows of every partition.
      for (let partition = 0; partition < partitions; partition++) {
        draft.add(partition, delivery, place);
      }
    }
    return [draft.end()];
  }

  #message(
    { partition, deliveries }: Rows,
    source: string,
  ): Outgoing {
    const { rowsPerMessage } = this.#options;
    const first = deliveries[0]!.id;
    const last = deliveries.at(-1)!.id;
    const previous = this.#last.get(partition);
    this.#last.set(partition, last);
    const range = deliveries.length === 1 ? first : `${first}_${last}`;
    const headers: [string, string][] = [[SOURCE, source], [VERSION, last]];
    if (previous !== undefined) headers.push([PREVIOUS, previous]);
    return {
      subject: this.#subject(partition, deliveries),
      // The same change in two partitions is two messages.
      id: `${source}/${partition}/${range}`,
      data: rowsPerMessage === 1 ? deliveries[0]!.body : lines(deliveries),
      headers,
    };
  }

  #subject(
    partition: number,
    deliveries: readonly Delivery<Uint8Array>[],
  ): string {
    const { prefix, partitions, rowsPerMessage } = this.#options;
    const head = `${prefix}.${partition}`;
    if (rowsPerMessage > 1) return `${head}.rows`;
    const { event, key } = deliveries[0]!;
    return key === null
      ? `${head}.${tableTokens(event) || "_truncate"}`
      : subjectOf(event, key, { prefix, partitions });
  }
}

/** Changes of one partition that make one message. */
interface Rows {
  readonly partition: number;
  readonly deliveries: Delivery<Uint8Array>[];
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
    delivery: Delivery<Uint8Array>,
    place: number,
  ): void {
    const { rowsPerMessage, maxBytes } = this.#options;
    const bytes = delivery.body.length + 1;
    let rows = this.#open.get(partition);
    if (rows !== undefined && rows.bytes + bytes > maxBytes) {
      this.#close(rows);
      rows = undefined;
    }
    if (rows === undefined) {
      rows = { partition, deliveries: [], place, bytes: 0 };
      this.#open.set(partition, rows);
    }
    rows.deliveries.push(delivery);
    rows.bytes += bytes;
    if (rows.deliveries.length >= rowsPerMessage) this.#close(rows);
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

function lines(deliveries: readonly Delivery<Uint8Array>[]): Uint8Array {
  let length = 0;
  for (const { body } of deliveries) length += body.length + 1;
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const { body } of deliveries) {
    bytes.set(body, at);
    at += body.length;
    bytes[at++] = LINE_FEED;
  }
  return bytes;
}
