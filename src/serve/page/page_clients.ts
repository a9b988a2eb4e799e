import { ClientQueue } from "../changes/client_queue.ts";
import { serverSent } from "../changes/server_sent.ts";

const MOST_BYTES = 2 ** 20;
const MOST_CLIENTS = 100;

/** Those who look at the page. */
export class PageClients {
  readonly #queues = new Set<ClientQueue>();

  /** How many there are. */
  get size(): number {
    return this.#queues.size;
  }

  /** Whether no more are taken. */
  get isFull(): boolean {
    return this.#queues.size >= MOST_CLIENTS;
  }

  /** Adds one. */
  add(): ClientQueue {
    const queue = new ClientQueue({
      onEnd: () => this.#queues.delete(queue),
      onTake: () => {},
    });
    this.#queues.add(queue);
    // After how many milliseconds the browser reconnects.
    queue.push(new TextEncoder().encode("retry: 5000\n\n"));
    return queue;
  }

  /** Tells all of them; who takes nothing is left out, and then cut off. */
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
