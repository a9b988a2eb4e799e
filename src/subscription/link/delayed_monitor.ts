import type { LinkMonitor, MonitoredLink } from "./link_monitor.ts";
import type { LinkParts } from "./link_parts.ts";

/** How long a link streams before it is first checked, in milliseconds. */
const MONITOR_AFTER_MS = 250;

/** A monitor that is loaded and started after a moment: a short-lived link needs none. */
export class DelayedMonitor {
  /** The monitor; `null` before it starts. */
  started: LinkMonitor | null = null;
  #isStopped = false;
  readonly #timer: ReturnType<typeof setTimeout>;

  /**
   * @param parts The parts of the link.
   * @param link The link.
   */
  constructor(parts: LinkParts, link: MonitoredLink) {
    this.#timer = setTimeout(
      () => void this.#start(parts, link),
      MONITOR_AFTER_MS,
    );
  }

  /** Stops watching, and waits for queries in progress. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.started?.stop();
  }

  async #start(parts: LinkParts, link: MonitoredLink): Promise<void> {
    try {
      const { LinkMonitor } = await import("./link_monitor.ts");
      if (!this.#isStopped) this.started = new LinkMonitor(parts, link);
    } catch (error) {
      link.leave(`Cannot watch the link: ${error}`);
    }
  }
}
