import { INVALID_LSN } from "../lsn.ts";
import type {
  PgoutputMessage,
  RelationColumn,
  RelationMessage,
} from "../pgoutput/message.ts";
import { builtInTypeOid } from "../values/type_name.ts";
import { catalogColumn, describeType } from "./described_type.ts";
import type { KnownRelation } from "./known_relation.ts";
import { isDoubtful, notePattern, type OldRow, oldRowOf } from "./old_row.ts";
import type {
  CatalogColumn,
  CatalogRelation,
  PluginCatalog,
} from "./plugin_catalog.ts";
import { RecentMap } from "./recent_map.ts";
import {
  isInOrder,
  mergeColumns,
  type SeenAt,
  type SeenColumn,
  type SeenRelation,
  storedColumns,
} from "./seen_relation.ts";

/** A described table, and its content in a payload. */
export interface CachedRelation {
  /** The table. */
  readonly relation: KnownRelation;
  /** The messages that describe it; none if that is already done. */
  readonly messages: readonly PgoutputMessage[];
  /** The meaning of the payload's old values. */
  readonly old: OldRow;
}

/** The approximate number of columns of all cached tables: each takes about 300 bytes. */
const CAPACITY_COLUMNS = 2 ** 15;
/** The overhead of a table besides its columns, in columns. */
const TABLE_OVERHEAD_COLUMNS = 4;
/** How many names of tables and types keep their placeholder OID. */
const MAX_MADE_UP = 2 ** 15;

/**
 * Caches the structure of tables whose rows a plugin sends, and describes them again if a row
 * looks different. What the payloads lack is looked up in the catalog. If the catalog does
 * not have the table, placeholder OIDs below 0 are used for the table and for types that are
 * not built in, and the key consists of the columns of old rows.
 *
 * The number of tables is bounded, and those in use are kept: a plugin never reports that one
 * was dropped. A table that returns after many others is looked up and described again.
 */
export class RelationCache {
  readonly #known: RecentMap<string, KnownRelation>;
  readonly #madeUp = new RecentMap<string, number>(MAX_MADE_UP, () => 1);
  #lastMadeUp = 0;

  /** @param capacity The approximate number of columns of all cached tables. */
  constructor(capacity: number = CAPACITY_COLUMNS) {
    this.#known = new RecentMap(
      capacity,
      ({ message }) => message.columns.length + TABLE_OVERHEAD_COLUMNS,
    );
  }

  /** The number of cached tables. */
  get size(): number {
    return this.#known.count;
  }

  /** Starts a new connection: every table is described again. */
  clear(): void {
    this.#known.clear();
  }

  /**
   * Finds a table, and describes it if necessary.
   *
   * @param seen The table in the payload.
   * @param at The payload's transaction.
   * @param catalog The catalog to query.
   * @returns The table; a promise of it if the catalog is queried.
   */
  find(
    seen: SeenRelation,
    at: SeenAt,
    catalog: PluginCatalog,
  ): CachedRelation | Promise<CachedRelation> {
    const key = `${seen.schema}\0${seen.name}`;
    const known = this.#known.get(key);
    if (known === undefined || !fits(known, seen)) {
      return this.#ask(key, seen, at, catalog);
    }
    if (isDoubtful(known, seen, at)) return this.#ask(key, seen, at, catalog);
    if (known.found === null && showsFirstKey(known, seen)) {
      return this.#describe(key, seen, at, null);
    }
    return { relation: known, messages: [], old: oldRowOf(known, seen, at) };
  }

  async #ask(
    key: string,
    seen: SeenRelation,
    at: SeenAt,
    catalog: PluginCatalog,
  ): Promise<CachedRelation> {
    const found = await catalog.findRelation(seen.schema, seen.name);
    return this.#describe(key, seen, at, found);
  }

  #describe(
    key: string,
    seen: SeenRelation,
    at: SeenAt,
    found: CatalogRelation | null,
  ): CachedRelation {
    const known = this.#known.get(key);
    const columns = columnsOf(seen, found, known);
    const isComplete = found !== null || seen.isWhole ||
      seen.kind === "update" || known?.isComplete === true;
    const keyNames = knownKey(known, seen, { columns, isComplete });
    const { schema, name } = seen;
    const message: RelationMessage = {
      kind: "relation",
      walStart: INVALID_LSN,
      oid: found?.oid ?? this.#makeUp(key),
      schema,
      name,
      replicaIdentity: found?.replicaIdentity ?? "default",
      columns: columns.map((column) => this.#column(column, keyNames, found)),
    };
    const isStillFull = found?.replicaIdentity === "full" &&
      known?.found?.replicaIdentity === "full";
    const relation: KnownRelation = {
      message,
      types: columns.map((column) =>
        typesOf(column, catalogColumn(found, column))
      ),
      found,
      isComplete,
      fullPatterns: isStillFull ? known.fullPatterns : new Set(),
    };
    this.#known.set(key, relation);
    const types = columns.flatMap((column, i) =>
      describeType(
        column,
        message.columns[i]?.typeOid ?? 0,
        catalogColumn(found, column),
      )
    );
    const old = oldRowOf(relation, seen, at);
    notePattern(relation, seen, old);
    return { relation, messages: [...types, message], old };
  }

  #column(
    column: SeenColumn,
    keyNames: ReadonlySet<string>,
    found: CatalogRelation | null,
  ): RelationColumn {
    const { name, type } = column;
    const known = catalogColumn(found, column);
    return {
      name,
      typeOid: column.typeOid ?? known?.typeOid ?? builtInTypeOid(type) ??
        this.#makeUp(type),
      typeModifier: known?.typeModifier ?? -1,
      isKey: found === null
        ? keyNames.has(name)
        : found.columns.some((one) => one.name === name && one.isKey),
    };
  }

  #makeUp(what: string): number {
    const known = this.#madeUp.get(what);
    if (known !== undefined) return known;
    this.#madeUp.set(what, --this.#lastMadeUp);
    return this.#lastMadeUp;
  }
}

function fits(known: KnownRelation, seen: SeenRelation): boolean {
  const { message: { columns }, types, found } = known;
  const shown = storedColumns(seen.columns, found);
  if (seen.isWhole && shown.length !== columns.length) return false;
  return isInOrder(shown, columns) &&
    [...shown, ...storedColumns(seen.others, found)].every((column) => {
      const i = columns.findIndex(({ name }) => name === column.name);
      return i >= 0 && isOneOf(column, types[i]);
    });
}

function isOneOf(
  { type, typeOid }: SeenColumn,
  types: readonly (string | number)[] | undefined,
): boolean {
  return types?.includes(typeOid ?? type) ?? false;
}

function typesOf(
  { type, typeOid }: SeenColumn,
  known: CatalogColumn | undefined,
): (string | number)[] {
  return [
    type,
    ...typeOid === undefined || typeOid === null ? [] : [typeOid],
    ...known === undefined ? [] : [known.typeOid],
  ];
}

// The payload takes precedence over the catalog, which may be newer.
function columnsOf(
  seen: SeenRelation,
  found: CatalogRelation | null,
  known: KnownRelation | undefined,
): readonly SeenColumn[] {
  const shown = storedColumns(seen.columns, found);
  if (seen.isWhole) return shown;
  const all: readonly SeenColumn[] =
    found?.columns.filter(({ isVirtual }) => !isVirtual) ??
      known?.message.columns.map(({ name, typeOid }, i) => ({
        name,
        type: `${known.types[i]?.[0]}`,
        typeOid,
      })) ?? [];
  const others = storedColumns(seen.others, found);
  const byName = new Map(
    [...shown, ...others].map((one) => [one.name, one]),
  );
  return [
    ...mergeColumns(all, shown),
    ...others.filter(({ name }) => all.every((one) => one.name !== name)),
  ].map((one) => byName.get(one.name) ?? one);
}

// Whether a table whose key is unknown shows it now.
function showsFirstKey(known: KnownRelation, seen: SeenRelation): boolean {
  const hasKey = known.message.columns.some(({ isKey }) => isKey);
  return !hasKey && (seen.old?.length ?? 0) > 0 &&
    !(known.isComplete && showsAll(seen, known.message.columns));
}

// The key of a table that is not in the catalog: the columns of its old rows.
function knownKey(
  known: KnownRelation | undefined,
  seen: SeenRelation,
  { columns, isComplete }: {
    readonly columns: readonly SeenColumn[];
    readonly isComplete: boolean;
  },
): ReadonlySet<string> {
  const names =
    known?.message.columns.flatMap(({ name, isKey }) => isKey ? [name] : []) ??
      [];
  if (names.length > 0) return new Set(names);
  // All columns may be the key, or what FULL sends.
  return isComplete && showsAll(seen, columns) ? new Set() : new Set(seen.old);
}

function showsAll(
  { old }: SeenRelation,
  columns: readonly { readonly name: string }[],
): boolean {
  return columns.every(({ name }) => old?.includes(name));
}
