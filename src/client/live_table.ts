/** A row as JSON: `bigint` and `numeric` values are strings. */
export type LiveRow = Readonly<Record<string, unknown>>;

/** Options for {@linkcode LiveTable}. */
export interface LiveTableOptions {
  /** Called when the rows have changed: after each transaction, and when all have arrived. */
  readonly onChange?: (rows: ReadonlyMap<string, LiveRow>) => void;
  /** Called with errors that interrupt it; it retries automatically, unless it is closed. */
  readonly onProblem?: (message: string) => void;
}

interface Change {
  readonly put?: string;
  readonly row?: LiveRow;
  readonly unchanged?: readonly string[];
  readonly delete?: string;
  readonly truncate?: true;
}

const LONGEST_DELAY_MS = 30_000;

/**
 * The rows that `/changes` of a Walbrook service sends, kept up to date. At any time they are
 * the rows at one position of the WAL: they change by whole transactions.
 *
 * @example
 * ```ts ignore
 * import { LiveTable } from "@walbrook/walbrook/client";
 *
 * const orders = new LiveTable("/changes?table=public.orders&where=status = 'open'", {
 *   onChange: (rows) => render([...rows.values()]),
 * });
 * ```
 */
export class LiveTable {
  #rows = new Map<string, LiveRow>();
  #coming: Map<string, LiveRow> | null = null;
  #source!: EventSource;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  #lastEventId = "";
  readonly #url: string;
  readonly #options: LiveTableOptions;

  /**
   * Connects, and stays connected until it is closed.
   *
   * @param url The address, with `table` and `where`.
   * @param options The listeners.
   */
  constructor(url: string, options: LiveTableOptions = {}) {
    this.#url = url;
    this.#options = options;
    this.#open();
  }

  /** The rows by their keys' texts; the previous rows while all of them are sent again. */
  get rows(): ReadonlyMap<string, LiveRow> {
    return this.#rows;
  }

  /** Closes the connection. The rows stay as they are. */
  close(): void {
    clearTimeout(this.#timer);
    this.#source.close();
  }

  #open(): void {
    const from = this.#lastEventId === ""
      ? ""
      : `&lastEventId=${encodeURIComponent(this.#lastEventId)}`;
    const source = this.#source = new EventSource(this.#url + from);
    const on = (name: string, take: (data: string) => void) =>
      source.addEventListener(name, (event) => {
        this.#lastEventId = (event as MessageEvent<string>).lastEventId;
        take((event as MessageEvent<string>).data);
      });
    on("reset", () => this.#coming = new Map());
    on("rows", (data) => {
      this.#apply(JSON.parse(data));
      if (this.#coming === null) this.#tell();
    });
    on("changes", (data) => {
      this.#apply(JSON.parse(data).changes);
      if (this.#coming === null) this.#tell();
    });
    on("ready", () => {
      this.#rows = this.#coming ?? this.#rows;
      this.#coming = null;
      this.#tell();
    });
    on("problem", (data) => {
      this.close();
      this.#options.onProblem?.(JSON.parse(data).message);
    });
    source.onopen = () => this.#failures = 0;
    // After a response such as 503, a browser does not reconnect automatically.
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      this.#options.onProblem?.(`Cannot reach ${this.#url}`);
      const delay = Math.min(1_000 * 2 ** this.#failures++, LONGEST_DELAY_MS);
      this.#timer = setTimeout(() => this.#open(), delay);
    };
  }

  #apply(changes: readonly Change[]): void {
    const rows = this.#coming ?? this.#rows;
    for (const change of changes) {
      if (change.truncate) rows.clear();
      else if (change.delete !== undefined) rows.delete(change.delete);
      else if (change.put !== undefined) {
        // A large value that did not change is not sent again.
        const before = change.unchanged === undefined
          ? {}
          : rows.get(change.put);
        rows.set(change.put, { ...before, ...change.row });
      }
    }
  }

  #tell(): void {
    this.#options.onChange?.(this.#rows);
  }
}
