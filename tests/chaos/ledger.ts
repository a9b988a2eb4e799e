/** What a sink has received of a row. */
interface RowState {
  version: string;
  n: number | null;
}

/** What went wrong, and how much came more than once. */
export interface LedgerReport {
  /** How many changes came, each counted once. */
  readonly changes: number;
  /** How many came again. */
  readonly repeated: number;
  /** What must not be: gaps and inversions. */
  readonly faults: readonly string[];
  /** The rows at the end, as `id n`. */
  readonly rows: readonly string[];
}

/** A change as `toJson()` writes it. */
interface Change {
  readonly kind: string;
  readonly version: string;
  readonly key: { readonly id: number };
  readonly newRow?: { readonly id: number; readonly n: number };
}

/**
 * Follows the changes that a sink receives. Each change of a row adds one to its `n`, from 1 at
 * its insert: so a gap shows, and an inversion does as well.
 */
export class Ledger {
  readonly #rows = new Map<number, RowState>();
  readonly #seen = new Set<string>();
  readonly #faults: string[] = [];
  #repeated = 0;

  /** How many changes came, each counted once. */
  get changes(): number {
    return this.#seen.size;
  }

  /** Takes the next change. */
  take(text: string): void {
    const { version, kind, key, newRow }: Change = JSON.parse(text);
    if (this.#seen.has(version)) {
      this.#repeated++;
      return;
    }
    this.#seen.add(version);
    const id = newRow?.id ?? key.id;
    const before = this.#rows.get(id);
    const n = newRow?.n ?? null;
    if (before !== undefined && version <= before.version) {
      this.#faults.push(`row ${id}: ${version} came after ${before.version}`);
    }
    const wanted = (before?.n ?? 0) + 1;
    if (kind !== "delete" && n !== wanted) {
      this.#faults.push(`row ${id}: ${n} came where ${wanted} was due`);
    }
    this.#rows.set(id, { version, n });
  }

  /** What came. */
  report(): LedgerReport {
    return {
      changes: this.#seen.size,
      repeated: this.#repeated,
      faults: this.#faults,
      rows: [...this.#rows]
        .filter(([, { n }]) => n !== null)
        .map(([id, { n }]) => `${id} ${n}`)
        .toSorted(),
    };
  }
}
