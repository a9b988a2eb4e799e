import type { Lsn } from "../../lsn.ts";
import type { Channel } from "./channel.ts";
import { ClientQueue, type ClientQueueEvents } from "./client_queue.ts";
import { idLine, serverSent } from "./server_sent.ts";

/** Why a client must discard its rows, which are then sent again. */
export type ResetReason =
  /** It has no rows yet, or sent no position. */
  | "start"
  /** Its position is no longer known, or belongs to another service. */
  | "tooOld"
  /** Changes were lost. */
  | "gap"
  /** The table's definition changed. */
  | "schema"
  /**
   * A change could not be sent exactly: the transaction was too large, or a row lacks its
   * key.
   */
  | "unclear"
  /** The copy of the table ended without its rows. */
  | "restarted";

/** A client that watches a channel. */
export class Client {
  /** The channel. */
  readonly channel: Channel;
  /** The data waiting for it. */
  readonly queue: ClientQueue;
  /**
   * `"waiting"`: for a copy of its rows to begin. `"copying"`: receives rows and changes.
   * `"live"`: has all rows, and receives changes.
   */
  state: "waiting" | "copying" | "live" = "waiting";
  /** The reason for its wait. */
  reason: ResetReason = "start";

  /**
   * @param channel The channel.
   * @param events The listener for its end, and for data that it reads.
   */
  constructor(channel: Channel, events: ClientQueueEvents) {
    this.channel = channel;
    this.queue = new ClientQueue(events);
  }

  /** Makes it discard its rows, which follow. */
  startOver(key: readonly string[]): void {
    this.state = "copying";
    const { table } = this.channel.watched;
    this.queue.push(
      serverSent("reset", JSON.stringify({ reason: this.reason, table, key })),
    );
  }

  /** Reports that it has all rows, and their position. */
  ready(lsn: Lsn): void {
    this.state = "live";
    this.queue.push(idLine(this.channel.idOf(lsn)));
    this.queue.push(serverSent("ready", "{}"));
  }

  /** Sends a final event. */
  fail(message: string): void {
    this.queue.push(serverSent("problem", JSON.stringify({ message })));
    this.queue.end();
  }
}
