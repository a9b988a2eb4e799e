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
  /** Where it commits. */
  readonly commitLsn: Lsn;
}

/** What the catalog tells of two versions of a table. */
export interface FactsOfBoth {
  /** The table as it was. */
  readonly previous: TableFacts;
  /** The table as it is. */
  readonly now: TableFacts;
}

/** What the catalog tells of a table that is described. */
export interface FoundTable {
  /** The names of the primary key's columns, or `null`. */
  readonly primaryKey: readonly string[] | null;
  /** Why there is no primary key, for people; `null` if there is one. */
  readonly problem: string | null;
  /** This version of the table; `null` if it is not known. */
  readonly facts: TableFacts | null;
  /** This version and the one described before; `null` if one of them is not known. */
  readonly both: FactsOfBoth | null;
  /** Whether columns have another number than those of the same place had before. */
  readonly isReplaced: boolean;
}

/** Options for a {@linkcode RelationCatalog}. */
export interface RelationCatalogOptions extends AskCatalogOptions {
  /** The publications whose tables to ask about together. */
  readonly publications: readonly string[];
}

// What the catalog said, and when.
interface Answer {
  // Everything that commits before it is in the answer.
  readonly asOf: Lsn;
  // Read when it is needed.
  readonly row: readonly (string | null)[];
  table: CatalogTable | null;
}

/** How many answers are kept, at the most. */
const MAX_ANSWERS = 4_096;

/**
 * Knows what the catalog says of the tables that a stream describes: which attribute
 * number each column has, and the primary key. It is asked when a table is described and
 * what is known may be out of date, since the stream describes a table again after each
 * change of it.
 */
export class RelationCatalog {
  readonly #options: RelationCatalogOptions;
  #serverMajor = 0;
  #answers = new Map<number, Answer>();
  // The tables described on this connection.
  readonly #described = new Set<number>();
  readonly #versions = new TableVersions();

  /** @param options Whom to ask. */
  constructor(options: RelationCatalogOptions) {
    this.#options = options;
  }

  /** Begins a new connection, on which every table is described again. */
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
   * Takes answers.
   *
   * @param rows Rows of an OID and what `tableColumns()` gives.
   * @param asOf A position of the WAL from before the question.
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
   * Finds what the catalog says of a table that is described.
   *
   * @param described How the stream describes it.
   * @param at In which transaction it does.
   * @returns What is known.
   */
  async find(
    described: DescribedTable,
    at: DescribedAt,
  ): Promise<FoundTable> {
    const { oid } = described;
    // Made up: the catalog does not know the table.
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

  // Whether what is known is as new as this description, or shows the same.
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
    // The stream itself marks the primary key only here.
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
          // The first time, since a server then describes many in a short time.
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
    // What was found at this place before may be more than can be found now.
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
  // An answer from before that shows the same.
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

// Whether the catalog has the columns as the stream shows them now, key included.
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
