import {
  type AskCatalogOptions,
  withCatalog,
} from "../../catalog/query_catalog.ts";
import { ConnectionError } from "../../errors.ts";
import type { Session } from "../../session/session.ts";

/** The first and the longest silence after which the server is queried about it. */
const FIRST_SILENCE_MS = 5_000;
const MAX_SILENCE_MS = 60_000;
/** A process that is not found may belong to a pooler, whose process ids differ. */
const UNKNOWN_SILENCE_MS = 600_000;

/**
 * Waits for an answer. If nothing arrives for a while, a second login checks what the server
 * process is doing: one that waits for its client has answered, so the link is broken. One
 * that computes, or waits for a disk or a lock, gets more time.
 *
 * @param session The connection whose answer is awaited; it is closed if the link is broken.
 * @param options How to check.
 * @param work Waits for the answer.
 * @throws {ConnectionError} If the link is broken.
 */
export async function answered<T>(
  session: Session,
  options: AskCatalogOptions,
  work: () => Promise<T>,
): Promise<T> {
  const watch = new AnswerWatch(session, options);
  try {
    return await work();
  } catch (error) {
    throw watch.broken ?? error;
  } finally {
    await watch.stop();
  }
}

class AnswerWatch {
  readonly #session: Session;
  readonly #options: AskCatalogOptions;
  readonly #from = performance.now();
  readonly #stop = new AbortController();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: Promise<void> | undefined;
  /** Why the connection was closed; `null` if it was not. */
  broken: ConnectionError | null = null;

  constructor(session: Session, options: AskCatalogOptions) {
    this.#session = session;
    this.#options = options;
    this.#wait(FIRST_SILENCE_MS);
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#asking === undefined) return;
    this.#stop.abort();
    await this.#asking;
  }

  #wait(milliseconds: number): void {
    this.#asking = undefined;
    this.#timer = setTimeout(() => {
      this.#asking = this.#ask();
    }, milliseconds);
  }

  async #ask(): Promise<void> {
    const { processId, receivedAt } = this.#session;
    const silence = performance.now() - Math.max(this.#from, receivedAt);
    const isOver = silence >= FIRST_SILENCE_MS &&
      await isLost(processId, silence, {
        ...this.#options,
        signal: this.#stop.signal,
      });
    if (this.#stop.signal.aborted) return;
    if (!isOver) {
      const next = Math.min(MAX_SILENCE_MS, silence);
      return this.#wait(Math.max(FIRST_SILENCE_MS, next));
    }
    this.broken = new ConnectionError(
      `The answer to a query of the copy has not arrived, and process ${processId} of the server no longer works on it`,
    );
    void this.#session.close();
  }
}

async function isLost(
  processId: number,
  silence: number,
  options: AskCatalogOptions,
): Promise<boolean> {
  try {
    const [row] = await withCatalog(options, (ask) =>
      ask(
        `SELECT wait_event_type FROM pg_catalog.pg_stat_activity WHERE pid OPERATOR(pg_catalog.=) ${processId}`,
      ));
    if (row === undefined) return silence >= UNKNOWN_SILENCE_MS;
    // Source: the manual, "Wait Event Types".
    return row[0] === "Client";
  } catch {
    // If the server can't be queried, it can't answer either; try again later.
    return false;
  }
}
