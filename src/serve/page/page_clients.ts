import { ClientQueue } from "../changes/client_queue.ts";
import { serverSent } from "../changes/server_sent.ts";

const MOST_BYTES = 2 ** 20;
const MOST_CLIENTS = 100;

/** The clients that show the page. */
export class PageClients {
  readonly #queues = new Set<ClientQueue>();

  /** The number of clients. */
  get size(): number {
    return this.#queues.size;
  }

  /** Whether the maximum is reached. */
  get isFull(): boolean {
    return this.#queues.size >= MOST_CLIENTS;
  }

  /** Adds a client. */
  add(): ClientQueue {
    const queue = new ClientQueue({
      onEnd: () => this.#queues.delete(queue),
      onTake: () => {},
    });
    this.#queues.add(queue);
    // The time after which the browser reconnects, in milliseconds.
    queue.push(new TextEncoder().encode("retry: 5000\n\n"));
    return queue;
  }

  /** Sends a view to all; one that reads nothing is skipped, and disconnected later. */
  tell(view: unknown): void {
    const bytes = serverSent("view", JSON.stringify(view));
    for (const queue of [...this.#queues]) {
      if (queue.bytes > MOST_BYTES) queue.cut();
      else queue.push(bytes);
    }
  }

  /** Ends all responses. */
  close(): void {
    for (const queue of [...this.#queues]) queue.cut();
  }
}
