import type { RouteSettings } from "../options/settings.ts";
import type { Queue } from "./queue.ts";

/** Decides when a batch is written: once it is full, or has waited long enough. */
export class Linger {
  /** Whether batches are written although they are not full. */
  startsPartial = false;
  readonly #settings: RouteSettings;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** @param settings The limits of a batch, and how long it waits to be filled. */
  constructor(settings: RouteSettings) {
    this.#settings = settings;
  }

  /** Whether the deliveries of a queue are to be written now. */
  isOver({ length, bytes, since }: Queue, now: number): boolean {
    const { limits, lingerMs } = this.#settings;
    return this.startsPartial || lingerMs === 0 || length >= limits.items ||
      bytes >= limits.bytes || now - (since ?? now) >= lingerMs;
  }

  /** Calls a function once the first delivery of a queue has waited long enough. */
  wait({ since }: Queue, run: () => void): void {
    this.stop();
    if (since === undefined) return;
    const left = since + this.#settings.lingerMs - performance.now();
    this.#timer = setTimeout(run, Math.max(1, left));
  }

  /** Stops waiting. */
  stop(): void {
    clearTimeout(this.#timer);
  }
}
