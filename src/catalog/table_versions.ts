import type { Column } from "../events/relation.ts";
import type { Lsn } from "../lsn.ts";
import type { AttributeNumbers } from "./attribute_numbers.ts";
import type { CatalogTable } from "./table_query.ts";

/** The catalog's description of one version of a table. */
export interface TableFacts {
  /** The numbers of the columns; `null` if the catalog contradicts them. */
  readonly numbers: AttributeNumbers | null;
  /** The highest number that the table certainly had. */
  readonly highestNumber: number;
  /** The table in the catalog at that time. */
  readonly table: CatalogTable;
}

/** One version of a table, as in a transaction. */
export interface TableVersion {
  /** The columns, as the stream described them. */
  readonly columns: readonly Column[];
  /** The catalog's description of it. */
  readonly facts: TableFacts;
  /** The transaction's commit position. */
  readonly commitLsn: Lsn;
}

// The same version, as in several transactions.
interface KeptVersion {
  readonly columns: readonly Column[];
  facts: TableFacts;
  readonly from: Lsn;
  to: Lsn;
}

/** How many versions of a table are kept: after a reconnection they occur again. */
const MAX_VERSIONS = 8;
/** The maximum number of columns in all kept versions. */
const MAX_COLUMNS = 2 ** 16;

/** Remembers the catalog's descriptions of table versions that occurred in a stream. */
export class TableVersions {
  readonly #versions = new Map<number, KeptVersion[]>();
  #size = 0;

  /** Returns the description of the table's last version, or `null`. */
  last(oid: number): TableFacts | null {
    return this.#versions.get(oid)?.at(-1)?.facts ?? null;
  }

  /**
   * Finds the description of a version that occurred before, over another connection.
   *
   * @param oid The table.
   * @param columns Its columns.
   * @param commitLsn The commit position of the transaction that contains it.
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

  /** Adds the current version of the table. */
  add(oid: number, { columns, facts, commitLsn }: TableVersion): void {
    const versions = this.#versions.get(oid) ?? [];
    // Versions in use are at the end.
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
