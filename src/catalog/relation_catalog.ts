import { type Lsn, parseLsn } from "../lsn.ts";
import type { Column } from "../events/relation.ts";
import {
  type AttributeNumbers,
  attributeNumbers,
  highestNumber,
  type NumberRange,
  placesByName,
} from "./attribute_numbers.ts";
import { type DescribedTable, primaryKeyOf } from "./primary_key.ts";
import {
  type AskCatalogOptions,
  type CatalogRows,
  withCatalog,
} from "./query_catalog.ts";
import { serverMajor } from "../replication/server_major.ts";
import {
  type Attribute,
  type CatalogTable,
  POSITION_QUERY,
  readTable,
  tableQuery,
} from "./table_query.ts";
import { type TableFacts, TableVersions } from "./table_versions.ts";

/** The transaction in which a table is described. */
export interface DescribedAt {
  /** Its 32-bit id. */
  readonly xid: number;
  /** Its commit position. */
  readonly commitLsn: Lsn;
}

/** The catalog's description of two versions of a table. */
export interface FactsOfBoth {
  /** The table as it was. */
  readonly previous: TableFacts;
  /** The table as it is. */
  readonly now: TableFacts;
}

/** The catalog's description of a table in the stream. */
export interface FoundTable {
  /** The names of the primary key's columns, or `null`. */
  readonly primaryKey: readonly string[] | null;
  /** Why there is no primary key, for people; `null` if there is one. */
  readonly problem: string | null;
  /** This version of the table; `null` if unknown. */
  readonly facts: TableFacts | null;
  /** This version and the previous one; `null` if one of them is unknown. */
  readonly both: FactsOfBoth | null;
  /** Whether columns have other numbers than those at the same places had before. */
  readonly isReplaced: boolean;
}

/** Options for a {@linkcode RelationCatalog}. */
export interface RelationCatalogOptions extends AskCatalogOptions {
  /** The publications whose tables to query together. */
  readonly publications: readonly string[];
}

// The catalog's answer, and its time.
interface Answer {
  // Everything committed before it is visible in the answer.
  readonly asOf: Lsn;
  // Parsed when needed.
  readonly row: readonly (string | null)[];
  table: CatalogTable | null;
}

/** The maximum number of answers kept. */
const MAX_ANSWERS = 4_096;

/**
 * Looks up the tables that a stream describes: the attribute number of each column, and the
 * primary key. The catalog is queried when a table is described and the known answer may be
 * outdated, since the stream describes a table again after each change of its definition.
 */
export class RelationCatalog {
  readonly #options: RelationCatalogOptions;
  #serverMajor = 0;
  #answers = new Map<number, Answer>();
  // The tables described on this connection.
  readonly #described = new Set<number>();
  readonly #versions = new TableVersions();

  /** @param options The server to query. */
  constructor(options: RelationCatalogOptions) {
    this.#options = options;
  }

  /** Starts a new connection, on which every table is described again. */
  resume(): void {
    this.#described.clear();
  }

  /**
   * Writes the query for {@linkcode RelationCatalog.take}.
   *
   * @param serverMajor The server's major version.
   */
  query(serverMajor: number): string {
    this.#serverMajor = serverMajor;
    const options = { serverMajor, all: true };
    return tableQuery(null, this.#options.publications, options);
  }

  /**
   * Records answers.
   *
   * @param rows Rows of an OID and the columns of `tableColumns()`.
   * @param asOf A WAL position from before the query.
   */
  take(rows: CatalogRows, asOf: Lsn): void {
    for (const row of rows) {
      const oid = Number(row[0]);
      this.#answers.delete(oid);
      this.#answers.set(oid, { asOf, row: row.slice(1), table: null });
    }
    this.#dropAnswers();
  }

  /**
   * Looks up a table that is described.
   *
   * @param described The stream's description.
   * @param at The transaction that contains it.
   * @returns The catalog's description, as far as it is known.
   */
  async find(
    described: DescribedTable,
    at: DescribedAt,
  ): Promise<FoundTable> {
    const { oid } = described;
    // A placeholder OID: the catalog does not have the table.
    if (oid <= 0) {
      return unknown("the catalog does not have the table any more");
    }
    const isAgain = this.#described.has(oid);
    this.#described.add(oid);
    let problem = "the catalog does not have the table any more";
    if (!this.#suffices(described, at, isAgain)) {
      try {
        await this.#ask(oid, isAgain);
      } catch (error) {
        this.#options.signal.throwIfAborted();
        problem = `the catalog cannot be asked (${
          error instanceof Error ? error.message : error
        })`;
      }
    }
    const answer = this.#answers.get(oid);
    if (answer === undefined) return unknown(problem);
    return this.#tell(described, at, answer);
  }

  // Whether the known answer is as new as this description, or equal to it.
  #suffices(
    { oid, replicaIdentity, columns }: DescribedTable,
    { commitLsn }: DescribedAt,
    isAgain: boolean,
  ): boolean {
    const answer = this.#answers.get(oid);
    if (answer === undefined) return false;
    if (commitLsn <= answer.asOf) return true;
    // Something may have changed that the stream does not show.
    if (isAgain) return false;
    // Only then does the stream itself mark the primary key.
    const keys = columns.filter(({ isKey }) => isKey);
    if (replicaIdentity !== "default" || keys.length === 0) return false;
    return showsSame(columns, tableOf(answer));
  }

  async #ask(oid: number, isAgain: boolean): Promise<void> {
    const { publications } = this.#options;
    const [asOf, rows] = await withCatalog(
      this.#options,
      async (ask, parameters) => {
        this.#serverMajor ||= serverMajor(parameters);
        const [[position] = []] = await ask(POSITION_QUERY);
        const query = tableQuery(oid, publications, {
          serverMajor: this.#serverMajor,
          // Together the first time, since the server then describes many tables within a
          // short time.
          all: !isAgain,
        });
        return [parseLsn(position ?? "0/0"), await ask(query)] as const;
      },
    );
    this.#answers.delete(oid);
    this.take(rows, asOf);
  }

  #tell(
    described: DescribedTable,
    at: DescribedAt,
    answer: Answer,
  ): FoundTable {
    const { oid, columns } = described;
    const { commitLsn } = at;
    const table = tableOf(answer);
    const previous = this.#versions.last(oid);
    // An earlier answer for this position may contain more than can be found now.
    const facts = this.#versions.find(oid, columns, commitLsn) ??
      factsOf(table, columns, at, answer.asOf);
    this.#versions.add(oid, { columns, facts, commitLsn });
    const both = previous && { previous, now: facts };
    const isReplaced = both !== null && numbersDiffer(both);
    const common = { facts, both, isReplaced };
    const key = primaryKeyOf(described, facts.numbers, table.primaryKey);
    return typeof key === "string"
      ? { primaryKey: null, problem: key, ...common }
      : { primaryKey: key, problem: null, ...common };
  }

  #dropAnswers(): void {
    for (const oid of this.#answers.keys()) {
      if (this.#answers.size <= MAX_ANSWERS) break;
      this.#answers.delete(oid);
    }
  }
}

function unknown(problem: string): FoundTable {
  const nothing = { facts: null, both: null, isReplaced: false };
  return { primaryKey: null, problem, ...nothing };
}

function numbersDiffer({ previous, now }: FactsOfBoth): boolean {
  return now.numbers?.ranges.some(([low, high], i) => {
    const old = previous.numbers?.ranges[i];
    return old !== undefined && (high < old[0] || low > old[1]);
  }) ?? false;
}

function tableOf(answer: Answer): CatalogTable {
  return answer.table ??= readTable(answer.row);
}

function factsOf(
  table: CatalogTable,
  columns: readonly Column[],
  { xid, commitLsn }: DescribedAt,
  asOf: Lsn,
): TableFacts {
  const { attributes } = table;
  // An older answer that shows the same.
  const shown = asOf < commitLsn ? numbersByName(columns, attributes) : null;
  const numbers = shown ?? attributeNumbers(columns, table, xid);
  return {
    numbers,
    highestNumber: asOf < commitLsn
      ? attributes.at(-1)?.number ?? 0
      : highestNumber(numbers, attributes, xid),
    table,
  };
}

function numbersByName(
  columns: readonly Column[],
  attributes: readonly Attribute[],
): AttributeNumbers | null {
  const ranges = placesByName(columns, attributes)?.map((at): NumberRange => {
    const { number } = attributes[at]!;
    return [number, number];
  });
  return ranges === undefined ? null : { ranges, isInferred: false };
}

// Whether the catalog now has the columns as in the stream, including the key.
function showsSame(
  columns: readonly Column[],
  { attributes, primaryKey }: CatalogTable,
): boolean {
  const numbers = numbersByName(columns, attributes);
  return numbers !== null &&
    columns.every(({ isKey }, i) =>
      isKey === (primaryKey?.includes(numbers.ranges[i]![0]) ?? false)
    );
}
