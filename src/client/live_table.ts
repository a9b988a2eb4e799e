/** A row as JSON: `bigint` and `numeric` values are strings. */
export type LiveRow = Readonly<Record<string, unknown>>;

/** Options for {@linkcode LiveTable}. */
export interface LiveTableOptions {
  /**
   * Called when the rows have changed: after each transaction, and when all have arrived.
   *
   * @default {undefined} read {@linkcode LiveTable.rows}
   */
  readonly onChange?: (rows: ReadonlyMap<string, LiveRow>) => void;
  /**
   * Called with errors that interrupt it; it retries automatically, unless it is closed.
   *
   * @default {undefined} errors are not reported
   */
  readonly onProblem?: (message: string) => void;
}

interface Change {
  readonly put?: string;
  readonly row?: LiveRow;
  readonly unchanged?: readonly string[];
  readonly delete?: string;
  readonly truncate?: true;
}

const EVENTS = ["reset", "rows", "changes", "ready", "problem"];
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
 *   onChange: (rows) => console.table([...rows.values()]),
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
    const id = encodeURIComponent(this.#lastEventId);
    const source = new EventSource(
      this.#url + (id === "" ? "" : `&lastEventId=${id}`),
    );
    this.#source = source;
    for (const name of EVENTS) {
      source.addEventListener(name, (event: MessageEvent<string>) => {
        this.#lastEventId = event.lastEventId;
        this.#take(name, event.data);
      });
    }
    source.onopen = () => this.#failures = 0;
    // After a response such as 503, a browser does not reconnect automatically.
    source.onerror = () => {
      if (source.readyState !== EventSource.CLOSED) return;
      this.#options.onProblem?.(`Cannot reach ${this.#url}`);
      const delay = Math.min(1_000 * 2 ** this.#failures++, LONGEST_DELAY_MS);
      this.#timer = setTimeout(() => this.#open(), delay);
    };
  }

  #take(name: string, text: string): void {
    const data = JSON.parse(text);
    if (name === "reset") this.#coming = new Map();
    else if (name === "problem") {
      this.close();
      this.#options.onProblem?.(data.message);
    } else {
      if (name === "ready") {
        this.#rows = this.#coming ?? this.#rows;
        this.#coming = null;
      } else apply(this.#coming ?? this.#rows, data.changes ?? data);
      if (this.#coming === null) this.#options.onChange?.(this.#rows);
    }
  }
}

function apply(rows: Map<string, LiveRow>, changes: readonly Change[]): void {
  for (const change of changes) {
    const { put, row, unchanged } = change;
    if (change.truncate) rows.clear();
    if (change.delete !== undefined) rows.delete(change.delete);
    // A large value that did not change is not sent again.
    const before = put !== undefined && unchanged ? rows.get(put) : {};
    if (put !== undefined) rows.set(put, { ...before, ...row });
  }
}
