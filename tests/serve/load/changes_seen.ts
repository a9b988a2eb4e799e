/** The counts of a client. */
export interface ClientFigures {
  /** The number of rows that it received before it was ready. */
  readonly rows: number;
  /** The number of changes of rows. */
  readonly changes: number;
  /** The number of changes that never arrived. */
  readonly lost: number;
  /** The number of changes that arrived twice, or too late. */
  readonly duplicates: number;
}

/** The number of the transaction that ends the load. */
export const LAST = -1;

/**
 * Reads the events of `/changes`, and counts lost and repeated changes. The transaction with
 * the number `n` sets the column `n` of a client's rows, always of the same number of rows.
 */
export class ChangesSeen {
  /** Whether it has all rows. */
  isReady = false;
  /** Whether it has all changes of the last transaction. */
  isOver = false;
  /** The id of the last event. */
  lastEventId = "";
  /** The reasons for which it was told to discard its rows. */
  readonly resets: string[] = [];
  /** The time from each commit to its arrival here, in milliseconds. */
  readonly delays: number[] = [];
  readonly #each: number;
  #rest = "";
  #rows = 0;
  #changes = 0;
  #lost = 0;
  #duplicates = 0;
  #lastRows = 0;
  // The last transaction; unknown if the rows of a copy already include some changes.
  #last: number | null = 0;

  /** @param each The number of the client's rows that each transaction changes. */
  constructor(each: number) {
    this.#each = each;
  }

  /** The counts so far. */
  get figures(): ClientFigures {
    return {
      ...{ rows: this.#rows, changes: this.#changes },
      ...{ lost: this.#lost, duplicates: this.#duplicates },
    };
  }

  /** Reads a part of the response. */
  take(text: string): void {
    const events = (this.#rest + text).split("\n\n");
    this.#rest = events.pop() ?? "";
    for (const event of events) this.#takeEvent(event);
  }

  /** Discards an incomplete event of a connection that has ended. */
  reconnect(): void {
    this.#rest = "";
  }

  // Events are not parsed as JSON, to save time: the clients are not measured.
  #takeEvent(event: string): void {
    this.lastEventId = /^id: (.+)$/m.exec(event)?.[1] ?? this.lastEventId;
    const name = /^event: (\w+)$/m.exec(event)?.[1];
    if (name === "reset") {
      const reason = /"reason":"(\w+)"/.exec(event)?.[1] ?? "";
      this.resets.push(reason);
      this.isReady = false;
      this.#rows = this.#lastRows = 0;
      this.#last = reason === "start" ? 0 : null;
    } else if (name === "ready") {
      this.isReady = true;
      this.isOver ||= this.#lastRows >= this.#each;
    } else if (name === "rows") {
      const numbers = numbersIn(event);
      this.#rows += numbers.length;
      this.#lastRows += numbers.filter((n) => n === LAST).length;
    } else if (name === "changes") this.#takeChanges(event);
    else if (name === "problem") throw new Error(event);
  }

  #takeChanges(event: string): void {
    const numbers = numbersIn(event);
    this.#changes += numbers.length;
    const [n = 0] = numbers;
    const commit = /"commitTimeMs":(\d+)/.exec(event)?.[1];
    this.delays.push(Date.now() - Number(commit));
    const missing = numbers.filter((one) => one === n).length - this.#each;
    this.#lost += Math.max(0, -missing);
    this.#duplicates += Math.max(0, missing);
    if (n === LAST) {
      this.isOver = true;
      return;
    }
    const last = this.#last ?? n - 1;
    if (n <= last) this.#duplicates += numbers.length;
    else this.#lost += (n - last - 1) * this.#each;
    this.#last = Math.max(n, last);
  }
}

function numbersIn(event: string): number[] {
  return Array.from(
    event.matchAll(/"n":(-?\d+)/g),
    (match) => Number(match[1]),
  );
}
