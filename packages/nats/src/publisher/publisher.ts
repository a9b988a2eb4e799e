import type { NatsConnection } from "@nats-io/nats-core";
import {
  type DeliveredEvent,
  type DeliveredKind,
  type Delivery,
  type Destination,
  DestinationError,
  type OpenContext,
  type WriteContext,
  type WriteFailure,
} from "@walbrook/walbrook/sink";
import { openConnection } from "../connect.ts";
import type { NatsOptions } from "../connect.ts";
import { final } from "./check_stream.ts";
import { type Outgoing, PublisherLink } from "./link.ts";

/** Messages that go together, and what they are made of. */
export interface Part {
  /** The messages. */
  readonly messages: readonly Outgoing[];
  /** Of each message, the place in the batch of its first delivery. */
  readonly places: readonly number[];
  /** What to do once the messages are stored, before what comes next. */
  readonly then?: (connection: NatsConnection) => Promise<void>;
}

/** Makes messages of deliveries. */
export interface MessageMaker<Body> {
  /** The events that it makes messages of. */
  readonly accepts: readonly DeliveredKind[];
  /** How many deliveries are published before the first is stored. */
  readonly window: { readonly items: number; readonly concurrency: number };
  /** Makes the payload of an event. */
  encode(event: DeliveredEvent): Body;
  /** How many bytes a payload has. */
  sizeOf(body: Body): number;
  /**
   * Makes the messages of a batch.
   *
   * @param batch The deliveries.
   * @param systemId The cluster that they come from.
   * @param maxBytes How many bytes a payload may have.
   */
  make(
    batch: readonly Delivery<Body>[],
    systemId: string,
    maxBytes: number,
  ): readonly Part[];
  /** Forgets what it knows of messages that may not be stored. */
  reset(): void;
}

/** What a {@linkcode Publisher} works with. */
export interface PublisherOptions<Body> extends NatsOptions {
  /** The stream's name. */
  readonly stream: string;
  /** What reports and errors call it. */
  readonly name: string;
  /** How long to wait for an answer, in milliseconds. */
  readonly ackTimeoutMs: number;
  /** Checks the stream. */
  readonly check: (connection: NatsConnection) => Promise<void>;
  /** Makes the messages. */
  readonly maker: MessageMaker<Body>;
}

// What the headers and the protocol's line take of a message.
const OVERHEAD = 2_048;

/** A destination that publishes to a stream, everything in order. */
export class Publisher<Body> implements Destination<Body> {
  readonly name: string;
  readonly order = "all";
  readonly concurrency: number;
  readonly accepts: readonly DeliveredKind[];
  readonly batch: { readonly items: number };
  /** How many messages the stream had already. */
  duplicates = 0;
  readonly #options: PublisherOptions<Body>;
  #link: Promise<Opened> | null = null;
  #maxBytes = Infinity;
  #system: OpenContext["system"] = () => null;
  #isClosed = false;

  constructor(options: PublisherOptions<Body>) {
    const { name, maker } = options;
    this.#options = options;
    this.name = name;
    this.accepts = maker.accepts;
    this.concurrency = maker.window.concurrency;
    this.batch = { items: maker.window.items };
  }

  get maxDeliveryBytes(): number {
    return this.#maxBytes;
  }

  async open({ system }: OpenContext): Promise<void> {
    this.#system = system;
    await this.#opened();
  }

  encode(event: DeliveredEvent): Body {
    return this.#options.maker.encode(event);
  }

  sizeOf(body: Body): number {
    return this.#options.maker.sizeOf(body);
  }

  async write(
    batch: readonly Delivery<Body>[],
    { signal }: WriteContext,
  ): Promise<readonly WriteFailure[]> {
    const opened = await this.#opened();
    const stop = () => opened.link.fail(new Error("The delivery ended"));
    signal.addEventListener("abort", stop, { once: true });
    try {
      return await this.#publish(batch, opened);
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  async #publish(
    batch: readonly Delivery<Body>[],
    { link, connection }: Opened,
  ): Promise<readonly WriteFailure[]> {
    const { maker, stream } = this.#options;
    const systemId = this.#system()?.systemId ?? "-";
    for (const part of maker.make(batch, systemId, this.#maxBytes)) {
      const failed = await link.publish(part.messages);
      if (failed !== null) {
        const { error, verdict } = failed;
        if (verdict === "end") {
          throw final(`${error.message}; check stream "${stream}"`, error);
        }
        const index = Math.min(...part.places.slice(failed.index));
        return [{ index, error, retryable: verdict === "retry" }];
      }
      await part.then?.(connection);
    }
    return [];
  }

  // All that wait for it go on in the order in which they came.
  #opened(): Promise<Opened> {
    if (this.#isClosed) throw new DestinationError("It is closed", {});
    if (this.#link !== null) return this.#link;
    this.#link = this.#open().catch((error) => {
      this.#link = null;
      throw error;
    });
    return this.#link;
  }

  async #open(): Promise<Opened> {
    const { stream, ackTimeoutMs, check, maker } = this.#options;
    const connection = await openConnection(this.#options, {
      reconnect: false,
    });
    try {
      await check(connection);
    } catch (error) {
      await connection.close();
      throw error;
    }
    this.#maxBytes = (connection.info?.max_payload ?? 2 ** 20) - OVERHEAD;
    maker.reset();
    const onDuplicate = () => {
      this.duplicates++;
    };
    const onEnd = () => {
      this.#link = null;
    };
    const options = { stream, ackTimeoutMs, onDuplicate, onEnd };
    return { connection, link: new PublisherLink(connection, options) };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const opened = await this.#link?.catch(() => null);
    await opened?.link.close();
  }
}

interface Opened {
  readonly connection: NatsConnection;
  readonly link: PublisherLink;
}
