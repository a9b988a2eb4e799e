import { EventSourceParserStream } from "eventsource-parser/stream";

/** A row as a client has it. */
export type WatchedRow = Readonly<Record<string, unknown>>;

/** What happened to a row. */
export interface WatchedChange {
  readonly put?: string;
  readonly row?: WatchedRow;
  readonly unchanged?: readonly string[];
  readonly delete?: string;
  readonly truncate?: true;
}

/** A server-sent event. */
export interface SentEvent {
  readonly event?: string | undefined;
  readonly id?: string | undefined;
  readonly data: string;
}

const PATIENCE_MS = 60_000;

/** A client of `/changes` that keeps rows, and can be read event by event. */
export class Watcher implements AsyncDisposable {
  /** The rows, by the texts of their keys. */
  readonly rows: Map<string, WatchedRow> = new Map();
  /** Why it had to start over, as often as it had. */
  readonly resets: string[] = [];
  /** What the service said that it can't do. */
  readonly problems: string[] = [];
  /** The last id. */
  lastEventId: string | null = null;
  /** Whether it has all rows. */
  isReady = false;
  readonly #reader: ReadableStreamDefaultReader<SentEvent>;

  constructor(response: Response) {
    if (response.status !== 200 || response.body === null) {
      throw new Error(`Cannot watch: status ${response.status}`);
    }
    this.#reader = response.body.pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream()).getReader();
  }

  /** Connects to a service. */
  static async open(
    fetchIt: (request: Request) => Promise<Response>,
    query: Readonly<Record<string, string>>,
    lastEventId: string | null = null,
  ): Promise<Watcher> {
    const request = new Request(
      `http://localhost/changes?${new URLSearchParams(query)}`,
      lastEventId === null ? {} : { headers: { "last-event-id": lastEventId } },
    );
    return new Watcher(await fetchIt(request));
  }

  /** Takes the next event; `null` at the end. */
  async next(): Promise<SentEvent | null> {
    // Nothing that is waited for takes as long.
    const patience = setTimeout(() => this.#reader.cancel(), PATIENCE_MS);
    const { done, value } = await this.#reader.read();
    clearTimeout(patience);
    if (done) return null;
    if (value.id) this.lastEventId = value.id;
    const data = value.data === "" ? null : JSON.parse(value.data);
    switch (value.event) {
      case "reset":
        this.resets.push(data.reason);
        this.rows.clear();
        this.isReady = false;
        this.lastEventId = null;
        break;
      case "rows":
        this.#apply(data);
        break;
      case "changes":
        this.#apply(data.changes);
        break;
      case "ready":
        this.isReady = true;
        break;
      case "problem":
        this.problems.push(data.message);
    }
    return value;
  }

  /** Takes events until something holds, which is asked after each event. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      if (await this.next() === null) throw new Error("The response has ended");
    }
  }

  /** Takes events until all rows have come. */
  async ready(): Promise<this> {
    await this.until(() => this.isReady);
    return this;
  }

  /** Takes events until a row is there. */
  async has(key: string): Promise<void> {
    await this.until(() => this.rows.has(key));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#reader.cancel();
  }

  #apply(changes: readonly WatchedChange[]): void {
    for (const change of changes) {
      if (change.truncate) this.rows.clear();
      if (change.delete !== undefined) this.rows.delete(change.delete);
      if (change.put === undefined) continue;
      const before = change.unchanged ? this.rows.get(change.put) : {};
      this.rows.set(change.put, { ...before, ...change.row });
    }
  }
}
