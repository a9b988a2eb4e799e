import { formatLsn, type Lsn, parseLsn } from "@walbrook/walbrook";
import type { ReplicationStream } from "@walbrook/walbrook/replication";
import { toHex } from "../pgoutput/read_golden.ts";
import type { GoldenMessage } from "./workload.ts";

/** Writes down what a walsender sends. */
export class Recording {
  /** What came. */
  readonly messages: GoldenMessage[] = [];
  readonly #stream: ReplicationStream;
  #sent = 0n;

  /** @param stream The stream, which is read from now on. */
  constructor(stream: ReplicationStream) {
    this.#stream = stream;
    void this.#read().catch(() => {});
  }

  /** Waits until the server has sent what its WAL holds up to this position. */
  async upTo(end: Lsn): Promise<void> {
    while (this.#sent < end) {
      const none = { write: end, flush: parseLsn("0/0"), apply: end };
      await this.#stream.sendStatusUpdate({ ...none, replyRequested: true });
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async #read(): Promise<void> {
    for await (const batch of this.#stream.readable) {
      for (const message of batch) {
        if (message.kind === "NoticeResponse") continue;
        if (message.kind === "PrimaryKeepaliveMessage") {
          this.#sent = message.walEnd;
          continue;
        }
        const { walStart, data } = message;
        this.messages.push([formatLsn(walStart), toHex(data)]);
      }
    }
  }
}
