import type { Lsn } from "../../lsn.ts";
import type { Channel } from "./channel.ts";
import { ClientQueue, type ClientQueueEvents } from "./client_queue.ts";
import { idLine, serverSent } from "./server_sent.ts";

/** Why a client has to forget its rows: they come again. */
export type ResetReason =
  /** It has none yet, or asks with no position. */
  | "start"
  /** Its position is no longer known, or is that of another service. */
  | "tooOld"
  /** Changes were lost. */
  | "gap"
  /** The table's definition changed. */
  | "schema"
  /** A change could not be told exactly: too large a transaction, or a row without its key. */
  | "unclear"
  /** The copy of the table ended without its rows. */
  | "restarted";

/** Someone who watches a channel. */
export class Client {
  /** What it watches. */
  readonly channel: Channel;
  /** What waits for it. */
  readonly queue: ClientQueue;
  /**
   * `"waiting"`: for a copy of its rows to begin. `"copying"`: gets rows and changes. `"live"`: has
   * all rows, and gets changes.
   */
  state: "waiting" | "copying" | "live" = "waiting";
  /** Why it waits. */
  reason: ResetReason = "start";

  /**
   * @param channel What it watches.
   * @param events The listener for its end, and for the data that it takes.
   */
  constructor(channel: Channel, events: ClientQueueEvents) {
    this.channel = channel;
    this.queue = new ClientQueue(events);
  }

  /** Has it forget its rows, which follow. */
  startOver(key: readonly string[]): void {
    this.state = "copying";
    const { table } = this.channel.watched;
    this.queue.push(
      serverSent("reset", JSON.stringify({ reason: this.reason, table, key })),
    );
  }

  /** Says that it has all rows, and where that is. */
  ready(lsn: Lsn): void {
    this.state = "live";
    this.queue.push(idLine(this.channel.idOf(lsn)));
    this.queue.push(serverSent("ready", "{}"));
  }

  /** Sends an event that nothing follows. */
  fail(message: string): void {
    this.queue.push(serverSent("problem", JSON.stringify({ message })));
    this.queue.end();
  }
}
