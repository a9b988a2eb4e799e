import {
  createInbox,
  headers,
  type MsgHdrs,
  type NatsConnection,
} from "@nats-io/nats-core";
import { type Ack, readAck } from "./ack.ts";

/** A message on its way to the stream. */
export interface Outgoing {
  /** Its subject. */
  readonly subject: string;
  /** The id by which JetStream recognizes it. */
  readonly id: string;
  /** The payload. */
  readonly data: Uint8Array;
  /** More headers. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/** The first of several messages that is not known to be stored. */
export interface Unpublished {
  /** Its index. */
  readonly index: number;
  /** The error. */
  readonly error: Error;
  /** Whether it may be stored later, never will be, or none ever will be. */
  readonly verdict: "retry" | "poison" | "end";
}

/** The parts of a {@linkcode PublisherLink}. */
export interface LinkOptions {
  /** The stream's name. */
  readonly stream: string;
  /** How long to wait for an answer before the link counts as lost, in milliseconds. */
  readonly ackTimeoutMs: number;
  /** Called for each message that the stream already had. */
  readonly onDuplicate: () => void;
  /** Called once when nothing can be published any more. */
  readonly onEnd: () => void;
}

interface Group {
  readonly isStored: boolean[];
  left: number;
  refusal: { readonly index: number; readonly ack: Ack } | null;
  readonly resolve: (unpublished: Unpublished | null) => void;
}

/**
 * One connection, over which messages are published in order. It is used until a message is
 * not stored, and never repaired: a client that reconnects automatically sends later messages
 * before anyone notices the missing one. So what is stored is a prefix of what was sent: each
 * message names its predecessor, and the stream rejects everything that follows a rejected
 * message.
 * everything behind a message that it refused.
 */
export class PublisherLink {
  readonly #connection: NatsConnection;
  readonly #options: LinkOptions;
  readonly #inbox = createInbox();
  // By the number at the end of the reply subject.
  readonly #waiting = new Map<
    number,
    { readonly group: Group; readonly index: number }
  >();
  readonly #groups = new Set<Group>();
  #next = 0;
  #lastId: string | null = null;
  #lastAck = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #end: Error | null = null;

  /**
   * @param connection The connection, which does not reconnect.
   * @param options The stream.
   */
  constructor(connection: NatsConnection, options: LinkOptions) {
    this.#connection = connection;
    this.#options = options;
    connection.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error !== null) return this.fail(error);
        const place = message.subject.slice(this.#inbox.length + 1);
        this.#take(Number(place), message.string());
      },
    });
    void connection.closed().then((error) =>
      this.fail(
        new Error("Cannot publish: the connection to the NATS server ended", {
          cause: error,
        }),
      )
    );
  }

  /**
   * Publishes messages after all that were passed before.
   *
   * @returns The first that is not known to be stored; `null` if all are.
   */
  publish(messages: readonly Outgoing[]): Promise<Unpublished | null> {
    if (messages.length === 0) return Promise.resolve(null);
    return new Promise((resolve) => {
      const group: Group = {
        isStored: messages.map(() => false),
        left: messages.length,
        refusal: null,
        resolve,
      };
      this.#groups.add(group);
      if (this.#end !== null) return this.#settle(group, this.#end);
      if (this.#waiting.size === 0) this.#lastAck = performance.now();
      for (let i = 0; i < messages.length && this.#end === null; i++) {
        this.#waiting.set(this.#next, { group, index: i });
        this.#send(messages[i]!);
      }
      this.#watch();
    });
  }

  #send(message: Outgoing): void {
    const { subject, id, data } = message;
    const reply = `${this.#inbox}.${this.#next++}`;
    try {
      const headers = this.#headersOf(message);
      this.#connection.publish(subject, data, { headers, reply });
      this.#lastId = id;
    } catch (error) {
      this.fail(error as Error);
    }
  }

  #headersOf({ id, headers: more }: Outgoing): MsgHdrs {
    const all = headers();
    all.set("Nats-Msg-Id", id);
    all.set("Nats-Expected-Stream", this.#options.stream);
    if (this.#lastId !== null) {
      all.set("Nats-Expected-Last-Msg-Id", this.#lastId);
    }
    for (const [name, value] of more) all.set(name, value);
    return all;
  }

  #take(place: number, text: string): void {
    const sent = this.#waiting.get(place);
    if (sent === undefined) return;
    this.#lastAck = performance.now();
    const { group, index } = sent;
    const ack = readAck(text, this.#options.stream);
    if (ack.kind === "refused") {
      group.refusal = { index, ack };
      return this.fail(ack.error);
    }
    if (ack.isDuplicate) this.#options.onDuplicate();
    this.#waiting.delete(place);
    if (this.#waiting.size === 0) this.#unwatch();
    group.isStored[index] = true;
    group.left--;
    if (group.left > 0) return;
    this.#groups.delete(group);
    group.resolve(null);
  }

  // A missing answer means a lost link, whatever TCP reports.
  #watch(): void {
    if (this.#timer !== undefined || this.#end !== null) return;
    const { ackTimeoutMs } = this.#options;
    const left = this.#lastAck + ackTimeoutMs - performance.now();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (performance.now() - this.#lastAck < ackTimeoutMs) {
        return this.#watch();
      }
      this.fail(
        new Error(
          `Cannot publish: the NATS server has not answered in ${ackTimeoutMs} ms`,
        ),
      );
    }, Math.max(1, left));
  }

  #unwatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Ends the link; messages not known to be stored are reported as such. */
  fail(error: Error): void {
    if (this.#end !== null) return;
    this.#end = error;
    this.#unwatch();
    this.#waiting.clear();
    this.#options.onEnd();
    for (const group of [...this.#groups]) this.#settle(group, error);
    void this.#connection.close().catch(() => {});
  }

  #settle(group: Group, error: Error): void {
    this.#groups.delete(group);
    const index = group.isStored.indexOf(false);
    const { refusal } = group;
    if (refusal?.index === index && refusal.ack.kind === "refused") {
      const { error, verdict } = refusal.ack;
      group.resolve({ index, error, verdict });
    } else group.resolve({ index, error, verdict: "retry" });
  }

  /** Ends the link, once the connection is closed. */
  async close(): Promise<void> {
    this.fail(new Error("Cannot publish: the publisher was closed"));
    await this.#connection.close().catch(() => {});
  }
}
