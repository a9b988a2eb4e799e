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

/** Messages that are published together. */
export interface Part {
  /** The messages. */
  readonly messages: readonly Outgoing[];
  /** For each message, the index of its first delivery in the batch. */
  readonly places: readonly number[];
  /** Called once the messages are stored, before the next ones are published. */
  readonly then?: (connection: NatsConnection) => Promise<void>;
}

/** Creates messages from deliveries. */
export interface MessageMaker<Body> {
  /** The kinds of events that it accepts. */
  readonly accepts: readonly DeliveredKind[];
  /** The number of deliveries that are published before the first is stored. */
  readonly window: { readonly items: number; readonly concurrency: number };
  /** Encodes the payload of an event. */
  encode(event: DeliveredEvent): Body;
  /** Returns the size of a payload, in bytes. */
  sizeOf(body: Body): number;
  /**
   * Creates the messages of a batch.
   *
   * @param batch The deliveries.
   * @param systemId The cluster from which they come.
   * @param maxBytes The maximum size of a payload, in bytes.
   */
  make(
    batch: readonly Delivery<Body>[],
    systemId: string,
    maxBytes: number,
  ): readonly Part[];
  /** Discards state that depends on messages which may not be stored. */
  reset(): void;
}

/** The parts of a {@linkcode Publisher}. */
export interface PublisherOptions<Body> extends NatsOptions {
  /** The stream's name. */
  readonly stream: string;
  /** Its name in reports and errors. */
  readonly name: string;
  /** How long to wait for an answer, in milliseconds. */
  readonly ackTimeoutMs: number;
  /** Checks the stream. */
  readonly check: (connection: NatsConnection) => Promise<void>;
  /** Creates the messages. */
  readonly maker: MessageMaker<Body>;
}

// The size of the headers and of the protocol's line of a message.
const OVERHEAD = 2_048;

/** A destination that publishes everything to a stream in order. */
export class Publisher<Body> implements Destination<Body> {
  readonly name: string;
  readonly order = "all";
  readonly concurrency: number;
  readonly accepts: readonly DeliveredKind[];
  readonly batch: { readonly items: number };
  /** The number of messages that the stream already had. */
  duplicates = 0;
  readonly #options: PublisherOptions<Body>;
  #link: Promise<Opened> | null = null;
  #maxBytes = Infinity;
  #system: OpenContext["system"] = () => null;
  #current: PublisherLink | null = null;
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
    try {
      await this.#opened();
    } catch (error) {
      throw error instanceof DestinationError ? error : notReached(error);
    }
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

  // All waiting batches continue in the order of arrival.
  #opened(): Promise<Opened> {
    if (this.#isClosed) throw new DestinationError("It is closed");
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
      if (this.#isClosed) throw new DestinationError("It is closed");
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
    const link = this.#current = new PublisherLink(connection, options);
    return { connection, link };
  }

  // A connection that is being opened closes itself.
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#current?.close();
  }
}

function notReached(error: unknown): DestinationError {
  const { name, message } = error as Error;
  return new DestinationError(
    `Cannot open the connection to NATS: ${message}; check "connection", and that the server runs, or have deliver() wait for it with retry: { first: true }`,
    // A wrong password does not become a right one.
    { fatal: name === "AuthorizationError", cause: error },
  );
}

interface Opened {
  readonly connection: NatsConnection;
  readonly link: PublisherLink;
}
