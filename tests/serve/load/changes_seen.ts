/** What a client has counted. */
export interface ClientFigures {
  /** Rows that it got before it was ready. */
  readonly rows: number;
  /** Changes of rows. */
  readonly changes: number;
  /** Changes that never came. */
  readonly lost: number;
  /** Changes that came twice, or too late. */
  readonly duplicates: number;
}

/** The number of the transaction that ends the load. */
export const LAST = -1;

/**
 * Reads the events of `/changes`, and counts what is missing among them. Each transaction `n`
 * changes the same number of a client's rows, and sets their column `n`.
 */
export class ChangesSeen {
  /** Whether it has all rows. */
  isReady = false;
  /** Whether it has all changes of the last transaction. */
  isOver = false;
  /** The last id. */
  lastEventId = "";
  /** Why it was told to discard its rows. */
  readonly resets: string[] = [];
  /** Milliseconds from each commit to its arrival here. */
  readonly delays: number[] = [];
  readonly #each: number;
  #rest = "";
  #rows = 0;
  #changes = 0;
  #lost = 0;
  #duplicates = 0;
  #lastRows = 0;
  // Unknown after rows that already have some of the changes.
  #last: number | null = 0;

  /** @param each How many of its rows each transaction changes. */
  constructor(each: number) {
    this.#each = each;
  }

  /** What it has counted. */
  get figures(): ClientFigures {
    return {
      ...{ rows: this.#rows, changes: this.#changes },
      ...{ lost: this.#lost, duplicates: this.#duplicates },
    };
  }

  /** Takes a part of the response. */
  take(text: string): void {
    const events = (this.#rest + text).split("\n\n");
    this.#rest = events.pop() ?? "";
    for (const event of events) this.#takeEvent(event);
  }

  /** Forgets what a connection that has ended sent incompletely. */
  reconnect(): void {
    this.#rest = "";
  }

  // Not parsed as JSON: the clients are not what is measured.
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
