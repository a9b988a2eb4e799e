import type { ReadEvent } from "../../events/snapshot_event.ts";
import type { Channel } from "./channel.ts";
import type { Client } from "./client.ts";
import { serverSent } from "./server_sent.ts";

/** The size at which a batch of rows is sent, in characters. */
const BATCH = 32_768;

/**
 * One copy of a table, shared by all clients that wait for its rows. They see different rows,
 * so each row is offered to every channel.
 */
export class SharedCopy {
  /** The clients that receive its rows. */
  readonly clients: ReadonlySet<Client>;
  /** Whether the stream has delivered its beginning. */
  isBegun = false;
  /** Whether the stream has delivered its end. */
  isEnded = false;
  /** Whether the subscription has reported its end. */
  isSettled = false;
  readonly #channels = new Map<Channel, Client[]>();
  readonly #repaired: ReadonlyMap<Channel, readonly Client[]>;
  readonly #texts = new Map<Channel, string[]>();
  #size = 0;

  /**
   * @param clients The clients that receive all rows that their channels see.
   * @param repaired Channels whose clients have their rows, but lack values of some of them.
   */
  constructor(
    clients: ReadonlySet<Client>,
    repaired: ReadonlyMap<Channel, readonly Client[]>,
  ) {
    this.clients = clients;
    this.#repaired = repaired;
    for (const client of clients) {
      const { channel } = client;
      const others = this.#channels.get(channel);
      if (others === undefined) this.#channels.set(channel, [client]);
      else others.push(client);
    }
  }

  /** Returns whether it reads rows of which clients of a channel lack values. */
  repairs(channel: Channel): boolean {
    return this.#repaired.has(channel);
  }

  /** Adds a row. */
  read(event: ReadEvent): void {
    for (const channel of this.#allChannels()) {
      const text = channel.writeRead(event);
      if (text === null) continue;
      let texts = this.#texts.get(channel);
      if (texts === undefined) this.#texts.set(channel, texts = []);
      texts.push(text);
      this.#size += text.length;
    }
    if (this.#size > BATCH) this.flush();
  }

  /** Sends the added rows. */
  flush(): void {
    for (const [channel, texts] of this.#texts) {
      const bytes = serverSent("rows", `[${texts.join(",")}]`);
      const clients = this.#channels.get(channel) ?? [];
      for (const client of clients) {
        if (client.state === "copying") client.queue.push(bytes);
      }
      for (const client of this.#repaired.get(channel) ?? []) {
        if (client.state === "live") client.queue.push(bytes);
      }
    }
    this.#texts.clear();
    this.#size = 0;
  }

  /** Discards rows that were added and not sent. */
  discard(): void {
    this.#texts.clear();
    this.#size = 0;
  }

  #allChannels(): Iterable<Channel> {
    return this.#repaired.size === 0
      ? this.#channels.keys()
      : new Set([...this.#channels.keys(), ...this.#repaired.keys()]);
  }
}
