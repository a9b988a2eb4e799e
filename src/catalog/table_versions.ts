import type { Column } from "../events/relation.ts";
import type { Lsn } from "../lsn.ts";
import type { AttributeNumbers } from "./attribute_numbers.ts";
import type { CatalogTable } from "./table_query.ts";

/** What the catalog tells of one version of a table. */
export interface TableFacts {
  /** The numbers of the columns; `null` if the catalog contradicts them. */
  readonly numbers: AttributeNumbers | null;
  /** The highest number that the table surely had. */
  readonly highestNumber: number;
  /** The table as the catalog had it. */
  readonly table: CatalogTable;
}

/** One version of a table, as a transaction showed it. */
export interface TableVersion {
  /** The columns, as the stream described them. */
  readonly columns: readonly Column[];
  /** What the catalog told of it. */
  readonly facts: TableFacts;
  /** Where the transaction committed. */
  readonly commitLsn: Lsn;
}

// The same, shown by several transactions.
interface KeptVersion {
  readonly columns: readonly Column[];
  facts: TableFacts;
  readonly from: Lsn;
  to: Lsn;
}

/** How many versions are kept of a table: links that break bring them again. */
const MAX_VERSIONS = 8;
/** How many columns all versions have that are kept, at the most. */
const MAX_COLUMNS = 2 ** 16;

/** Remembers what was found about the versions of tables that a stream has shown. */
export class TableVersions {
  readonly #versions = new Map<number, KeptVersion[]>();
  #size = 0;

  /** What was found about the version of a table that was shown last, or `null`. */
  last(oid: number): TableFacts | null {
    return this.#versions.get(oid)?.at(-1)?.facts ?? null;
  }

  /**
   * Finds what was found about a version when it was shown before, over another connection.
   *
   * @param oid The table.
   * @param columns Its columns.
   * @param commitLsn Where the transaction commits that shows it.
   */
  find(
    oid: number,
    columns: readonly Column[],
    commitLsn: Lsn,
  ): TableFacts | null {
    return this.#versions.get(oid)?.find((one) =>
      one.from <= commitLsn && commitLsn <= one.to &&
      sameColumns(one.columns, columns)
    )?.facts ?? null;
  }

  /** Adds the version of a table that is shown now. */
  add(oid: number, { columns, facts, commitLsn }: TableVersion): void {
    const versions = this.#versions.get(oid) ?? [];
    // Those that are in use stand at the end.
    this.#versions.delete(oid);
    this.#versions.set(oid, versions);
    const last = versions.at(-1);
    const isSame = last !== undefined && commitLsn >= last.to &&
      sameColumns(last.columns, columns) &&
      sameNumbers(last.facts.numbers, facts.numbers);
    if (isSame) {
      last.to = commitLsn;
      last.facts = facts;
      return;
    }
    versions.push({ columns, facts, from: commitLsn, to: commitLsn });
    this.#size += columns.length;
    if (versions.length > MAX_VERSIONS) this.#drop(versions.shift());
    for (const [other, old] of this.#versions) {
      if (this.#size <= MAX_COLUMNS || other === oid) break;
      this.#versions.delete(other);
      old.forEach((one) => this.#drop(one));
    }
  }

  #drop(version: KeptVersion | undefined): void {
    this.#size -= version?.columns.length ?? 0;
  }
}

function sameColumns(a: readonly Column[], b: readonly Column[]): boolean {
  return a.length === b.length && a.every((one, i) => {
    const other = b[i]!;
    return one.name === other.name && one.typeOid === other.typeOid &&
      one.typeModifier === other.typeModifier;
  });
}

function sameNumbers(
  a: AttributeNumbers | null,
  b: AttributeNumbers | null,
): boolean {
  if (a === null || b === null) return a === b;
  return a.isInferred === b.isInferred &&
    a.ranges.every(([low, high], i) =>
      low === b.ranges[i]![0] && high === b.ranges[i]![1]
    );
}
