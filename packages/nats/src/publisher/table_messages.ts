import { jetstreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/nats-core";
import { UNCHANGED } from "@walbrook/walbrook";
import {
  keyText,
  previousKeyOf,
  type RowEvent,
} from "@walbrook/walbrook/encode";
import type {
  DeliveredEvent,
  DeliveredKind,
  Delivery,
} from "@walbrook/walbrook/sink";
import { keyToken, tableTokens } from "../subjects.ts";
import type { Outgoing } from "./link.ts";
import type { MessageMaker, Part } from "./publisher.ts";

/** How to create the entries of a bucket. */
export interface TableMessageOptions {
  /** The bucket's name. */
  readonly bucket: string;
  /** Encodes the value of a row. */
  readonly encode: (event: DeliveredEvent) => string;
}

/** The content to send for an event; none for a deleted row. */
export interface TableBody {
  /** The value. */
  readonly data: Uint8Array;
  /** The key that the row had before. */
  readonly previous: string | null;
}

const UTF8 = new TextEncoder();
const EMPTY = new Uint8Array();
const LONGEST_KEY = 1_000;

/** Creates entries of a key-value bucket from rows. */
export class TableMessages implements MessageMaker<TableBody> {
  readonly accepts: readonly DeliveredKind[] = [
    ...["insert", "update", "delete", "read", "truncate"] as const,
  ];
  // A truncate must wait for everything before it.
  readonly window = { items: 256, concurrency: 1 };
  readonly #options: TableMessageOptions;

  constructor(options: TableMessageOptions) {
    this.#options = options;
  }

  encode(event: DeliveredEvent): TableBody {
    if (event.kind === "delete" || event.kind === "truncate") {
      return { data: EMPTY, previous: null };
    }
    const row = event as Exclude<RowEvent, { readonly kind: "delete" }>;
    const previous = previousKeyOf(row);
    const whole = row.kind === "update" ? complete(row) : row;
    return {
      data: UTF8.encode(this.#options.encode(whole)),
      previous: previous === null ? null : keyOfRow(row, previous),
    };
  }

  sizeOf({ data }: TableBody): number {
    return data.length;
  }

  reset(): void {}

  make(
    batch: readonly Delivery<TableBody>[],
    systemId: string,
  ): readonly Part[] {
    const parts: Part[] = [];
    let messages: Outgoing[] = [];
    let places: number[] = [];
    const end = (then?: Part["then"]) => {
      parts.push({ messages, places, ...then && { then } });
      messages = [];
      places = [];
    };
    for (let place = 0; place < batch.length; place++) {
      const delivery = batch[place]!;
      const { event } = delivery;
      if (event.kind === "truncate") {
        const tables = event.relations.map((relation) =>
          tableTokens({ ...event, relation } as never)
        );
        end((connection) => this.#purge(connection, tables));
        continue;
      }
      for (const message of this.#entries(delivery, systemId)) {
        messages.push(message);
        places.push(place);
      }
    }
    end();
    return parts;
  }

  #entries(
    { event, key, id, body }: Delivery<TableBody>,
    systemId: string,
  ): Outgoing[] {
    const head = `$KV.${this.#options.bucket}.${tableTokens(event)}.`;
    const subject = head + bounded(keyToken(event, key!));
    const source = `${systemId}/${id}`;
    if (event.kind === "delete") {
      return [{ subject, id: source, data: EMPTY, headers: DELETE }];
    }
    const put = { subject, data: body.data, headers: [] };
    if (body.previous === null) return [{ ...put, id: source }];
    const before = head + bounded(keyToken(event, body.previous));
    const gone = { subject: before, data: EMPTY, headers: DELETE };
    return [{ ...gone, id: `${source}.0` }, { ...put, id: `${source}.1` }];
  }

  async #purge(
    connection: NatsConnection,
    tables: readonly string[],
  ): Promise<void> {
    const { bucket } = this.#options;
    const { streams } = await jetstreamManager(connection);
    for (const table of tables) {
      await streams.purge(`KV_${bucket}`, {
        filter: `$KV.${bucket}.${table}.>`,
      });
    }
  }
}

const DELETE = [["KV-Operation", "DEL"]] as const;

// Two rows must not share an entry.
function bounded(token: string): string {
  if (token.length <= LONGEST_KEY) return token;
  throw new RangeError(
    `Cannot keep a row under a key of ${token.length} characters: ${LONGEST_KEY} are the most`,
  );
}

function keyOfRow(
  event: Exclude<RowEvent, { readonly kind: "delete" }>,
  row: Readonly<Record<string, unknown>>,
): string {
  return keyText(
    { ...event, newRow: { ...event.newRow, ...row } } as RowEvent,
  )!;
}

type Update = Extract<RowEvent, { readonly kind: "update" }>;

// A table contains whole rows: values that were not sent are taken from the old row.
function complete(event: Update): Update {
  const { newRow, oldRow } = event;
  const missing = Object.keys(newRow).filter((name) =>
    newRow[name] === UNCHANGED
  );
  if (missing.length === 0) return event;
  if (oldRow === null) {
    throw new TypeError(
      `Cannot keep the row: the server does not send the unchanged value of ${
        missing.map((name) => JSON.stringify(name)).join(", ")
      }; run ALTER TABLE … REPLICA IDENTITY FULL, or leave the column out`,
    );
  }
  const row: Record<string, unknown> = { ...newRow };
  for (const name of missing) row[name] = oldRow[name];
  return { ...event, newRow: row };
}
