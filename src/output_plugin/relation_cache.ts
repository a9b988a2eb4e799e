import { INVALID_LSN } from "../lsn.ts";
import type {
  PgoutputMessage,
  RelationColumn,
  RelationMessage,
} from "../pgoutput/message.ts";
import type { TupleData, TupleValue } from "../pgoutput/tuple.ts";
import { builtInTypeOid } from "../values/type_name.ts";
import type {
  CatalogColumn,
  CatalogRelation,
  PluginCatalog,
} from "./plugin_catalog.ts";

/** A column of a payload. */
export interface SeenColumn {
  /** Its name. */
  readonly name: string;
  /** Its type, as the plugin writes it. */
  readonly type: string;
  /** The OID of its type, where the plugin tells. */
  readonly typeOid?: number | null;
}

/** What a payload shows of a table. */
export interface SeenRelation {
  /** The table's schema. */
  readonly schema: string;
  /** The table's name. */
  readonly name: string;
  /** The columns that it has values for. */
  readonly columns: readonly SeenColumn[];
  /** Whether these are all columns of the table. */
  readonly isWhole: boolean;
  /** The columns among them that are known to be the key. */
  readonly keyNames: ReadonlySet<string>;
}

/** A table that has been described. */
export interface KnownRelation {
  /** How it was described. */
  readonly message: RelationMessage;
  /** The type of each column, as the plugin or the catalog writes it. */
  readonly types: readonly (readonly (string | number)[])[];
}

/** A described table, and what describes it if it was not described before. */
export interface CachedRelation {
  /** The table. */
  readonly relation: KnownRelation;
  /** The messages that describe it: none if that has been done. */
  readonly messages: readonly PgoutputMessage[];
}

// Where FirstGenbkiObjectId of src/include/access/transam.h begins: pgoutput names all
// types from there on.
const FIRST_NAMED_TYPE = 10_000;

/**
 * Keeps how the tables look of which a plugin shows rows, and describes them anew where a
 * row looks different. What the payloads don't tell is asked of the catalog; where that
 * does not know the table, made-up OIDs below 0 stand for the table and for types that
 * are not built in.
 */
export class RelationCache {
  readonly #known = new Map<string, KnownRelation>();
  readonly #madeUp = new Map<string, number>();

  /** Begins a new connection: every table is described again. */
  clear(): void {
    this.#known.clear();
  }

  /**
   * Finds a table, and describes it where that is needed.
   *
   * @param seen What the payload shows of it.
   * @param catalog What else to ask.
   * @returns The entry, and a promise of it where the catalog is asked.
   */
  find(
    seen: SeenRelation,
    catalog: PluginCatalog,
  ): CachedRelation | Promise<CachedRelation> {
    const key = keyOf(seen);
    const known = this.#known.get(key);
    if (known !== undefined && fits(known, seen)) {
      return { relation: known, messages: [] };
    }
    return catalog.findRelation(seen.schema, seen.name)
      .then((found) => this.#describe(key, seen, found));
  }

  #describe(
    key: string,
    seen: SeenRelation,
    found: CatalogRelation | null,
  ): CachedRelation {
    const known = this.#known.get(key);
    const columns = columnsOf(seen, found, known);
    const keyNames = new Set(seen.keyNames);
    for (const column of known?.message.columns ?? []) {
      if (column.isKey) keyNames.add(column.name);
    }
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
    const relation: KnownRelation = {
      message,
      types: columns.map((column) =>
        typesOf(column, catalogColumn(found, column))
      ),
    };
    this.#known.set(key, relation);
    const types = columns.flatMap((column, i) =>
      describeType(
        column,
        message.columns[i]?.typeOid ?? 0,
        catalogColumn(found, column),
      )
    );
    return { relation, messages: [...types, message] };
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
    const oid = this.#madeUp.get(what) ?? -1 - this.#madeUp.size;
    this.#madeUp.set(what, oid);
    return oid;
  }
}

/**
 * Puts values into the order of a table's columns.
 *
 * @param relation The table.
 * @param columns The values, by column name.
 * @param missing What stands for those that are not there.
 */
export function tupleOf(
  relation: KnownRelation,
  columns: readonly { readonly name: string; readonly value: TupleValue }[],
  missing: TupleValue,
): TupleData {
  const all = relation.message.columns;
  const isComplete = columns.length === all.length &&
    columns.every(({ name }, i) => name === all[i]?.name);
  if (isComplete) return columns.map(({ value }) => value);
  const values = new Map<string, TupleValue>(
    columns.map(({ name, value }) => [name, value]),
  );
  return all.map(({ name }) => {
    const value = values.get(name);
    return value === undefined ? missing : value;
  });
}

function keyOf({ schema, name }: SeenRelation): string {
  return `${schema}\0${name}`;
}

function fits(
  { message, types }: KnownRelation,
  { columns, isWhole }: SeenRelation,
): boolean {
  if (isWhole) {
    return columns.length === message.columns.length &&
      columns.every((column, i) =>
        column.name === message.columns[i]?.name && isOneOf(column, types[i])
      );
  }
  return columns.every((column) => {
    const i = message.columns.findIndex(({ name }) => name === column.name);
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

// The payload goes before the catalog, which may be ahead of it.
function columnsOf(
  seen: SeenRelation,
  found: CatalogRelation | null,
  known: KnownRelation | undefined,
): readonly SeenColumn[] {
  if (seen.isWhole) return seen.columns;
  const all: readonly SeenColumn[] = found?.columns ??
    known?.message.columns.map(({ name, typeOid }, i) => ({
      name,
      type: `${known.types[i]?.[0]}`,
      typeOid,
    })) ?? [];
  const seenByName = new Map(seen.columns.map((one) => [one.name, one]));
  const merged = all.map((one) => seenByName.get(one.name) ?? one);
  const names = new Set(all.map(({ name }) => name));
  return [...merged, ...seen.columns.filter(({ name }) => !names.has(name))];
}

// What the catalog says of a column, unless that has got another type since.
function catalogColumn(
  found: CatalogRelation | null,
  { name, type, typeOid }: SeenColumn,
): CatalogColumn | undefined {
  const column = found?.columns.find((one) => one.name === name);
  const isSame = (typeOid ?? null) === null
    ? column?.type === type
    : column?.typeOid === typeOid;
  return isSame ? column : undefined;
}

function describeType(
  { type }: SeenColumn,
  typeOid: number,
  known: CatalogColumn | undefined,
): PgoutputMessage[] {
  const isNamed = typeOid < 0 || typeOid >= FIRST_NAMED_TYPE;
  if (!isNamed) return [];
  const { schema, name } = known === undefined
    ? splitName(type)
    : { schema: known.typeSchema, name: known.typeName };
  return [{ kind: "type", walStart: INVALID_LSN, oid: typeOid, schema, name }];
}

const IDENTIFIER = /"(?:[^"]|"")*"|[^."]+/g;

// The name of a type, taken apart where it has a schema.
function splitName(type: string): { schema: string; name: string } {
  const parts = (type.match(IDENTIFIER) ?? []).map((part) =>
    part.startsWith('"') ? part.slice(1, -1).replaceAll('""', '"') : part
  );
  const [first = type, second] = parts;
  return second === undefined
    ? { schema: "public", name: first }
    : { schema: first, name: second };
}
