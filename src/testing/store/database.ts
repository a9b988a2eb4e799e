import { alterTable, defineTable } from "./define_table.ts";
import { nameKey, parseName } from "../catalog/names.ts";
import { TypeCatalog } from "../catalog/type_catalog.ts";
import type { FakeServerOptions } from "../options/fake_server_options.ts";
import type { FakeTable, FakeTableChange } from "../options/fake_table.ts";
import { nowMicros } from "../../timestamp.ts";
import { WriteAheadLog } from "../wal/write_ahead_log.ts";
import { Table } from "./table.ts";

/** `FirstNormalObjectId`. */
const FIRST_OID = 16_384;
/** About `FirstNormalTransactionId` plus the ids that initdb uses. */
const FIRST_XID = 731;

/** The database of a fake server: its definitions, its data, and its log. */
export class Database {
  /** The server's major version. */
  readonly major: number;
  /** The types. */
  readonly types: TypeCatalog;
  /** The committed transactions. */
  readonly log: WriteAheadLog = new WriteAheadLog();
  /** The tables of each publication; `null` for all tables. */
  readonly publications: ReadonlyMap<string, ReadonlySet<string> | null>;
  /** The id of the next transaction. */
  nextXid: number = FIRST_XID;
  readonly #tables = new Map<string, Table>();
  #oid = FIRST_OID;

  /** @param options Its properties. */
  constructor(
    { version = 18, tables = {}, types = {}, publication = "walbrook" }:
      FakeServerOptions,
  ) {
    this.major = version;
    this.types = new TypeCatalog(() => this.nextOid());
    this.publications = publicationsOf(publication);
    for (const [name, type] of Object.entries(types)) {
      this.types.add(name, type);
    }
    for (const [name, table] of Object.entries(tables)) {
      this.createTable(name, table);
    }
  }

  /** Returns a unique OID. */
  nextOid(): number {
    return this.#oid++;
  }

  /** The tables, by their OIDs. */
  get tables(): readonly Table[] {
    return [...this.#tables.values()];
  }

  /**
   * Finds a table.
   *
   * @param name Its name.
   * @throws {TypeError} If it does not exist.
   */
  table(name: string): Table {
    const found = this.#tables.get(nameKey(parseName(name)));
    if (found !== undefined) return found;
    throw new TypeError(
      `Cannot find the table ${name}: the fake server has ${
        this.tables.map(({ version }) => `${version.schema}.${version.name}`)
          .join(", ") || "no tables"
      }`,
    );
  }

  /** Finds a table by the parts of its name. */
  find(schema: string, name: string): Table | undefined {
    return this.#tables.get(nameKey({ schema, name }));
  }

  /**
   * Creates a table.
   *
   * @throws {TypeError} If it already exists, or its definition is invalid.
   */
  createTable(name: string, fake: FakeTable): Table {
    const qualified = parseName(name);
    const key = nameKey(qualified);
    if (this.#tables.has(key)) {
      throw new TypeError(`relation "${name}" already exists`);
    }
    const context = { types: this.types, xid: this.nextXid };
    const version = defineTable(qualified, this.nextOid(), fake, context);
    const table = new Table(version);
    this.#tables.set(key, table);
    this.#logDefinition();
    return table;
  }

  /**
   * Changes the definition of a table.
   *
   * @throws {TypeError} If the table does not exist, or the change is invalid.
   */
  alterTable(name: string, change: FakeTableChange): void {
    const table = this.table(name);
    const context = { types: this.types, xid: this.nextXid };
    const version = alterTable(table.version, change, context);
    if ("addColumn" in change) {
      const text = version.columns.at(-1)?.defaultText ?? null;
      const rows = [...table.rows].map(([key, row]) =>
        [key, [...row, text]] as const
      );
      table.rows = new Map(rows);
    }
    table.version = version;
    table.changes++;
    this.#logDefinition();
  }

  /** Drops a table. */
  dropTable(name: string): void {
    this.table(name);
    this.#tables.delete(nameKey(parseName(name)));
    this.#logDefinition();
  }

  /** Returns whether one of some publications publishes a table. */
  publishes(
    publications: readonly string[],
    { schema, name }: { readonly schema: string; readonly name: string },
  ): boolean {
    return publications.some((publication) => {
      const tables = this.publications.get(publication);
      return tables === null || tables?.has(nameKey({ schema, name })) === true;
    });
  }

  // A transaction without visible changes.
  #logDefinition(): void {
    const firstLsn = this.log.reserve(1_000);
    const commitLsn = this.log.reserve(20);
    this.log.push({
      kind: "transaction",
      ...{ xid: this.nextXid++, firstLsn, commitLsn, endLsn: this.log.end },
      ...{ commitTime: nowMicros(), origin: null, changes: [] },
    });
  }
}

function publicationsOf(
  given: NonNullable<FakeServerOptions["publication"]>,
): Map<string, ReadonlySet<string> | null> {
  if (typeof given === "string") return new Map([[given, null]]);
  if (isList(given)) return new Map(given.map((name) => [name, null]));
  return new Map(
    Object.entries(given).map(([name, tables]) => [
      name,
      new Set(tables.map((table) => nameKey(parseName(table)))),
    ]),
  );
}

function isList(
  given: NonNullable<FakeServerOptions["publication"]>,
): given is readonly string[] {
  return Array.isArray(given);
}
