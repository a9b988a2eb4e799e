import type { Column, Relation } from "./relation.ts";

/**
 * A difference between two descriptions of a table. Columns are matched by their number in
 * the catalog (`attnum` of `pg_attribute`). If that is unknown (with `typeLookup: false`, or
 * if the catalog has changed again since), columns are matched by name: one that has
 * disappeared is `columnRemoved`, and one that has appeared is `columnAdded`.
 *
 * Source: `src/include/catalog/pg_attribute.h`.
 *
 * @example A line for a log
 * ```ts
 * import type { RelationChange } from "@walbrook/walbrook";
 * import { assertEquals } from "@std/assert";
 *
 * function describe(change: RelationChange): string {
 *   switch (change.kind) {
 *     case "columnAdded":
 *       return `new column ${change.column.name}`;
 *     case "columnRenamed":
 *       return `${change.previous.name} is now ${change.column.name}`;
 *     default:
 *       return change.kind;
 *   }
 * }
 * const column = { name: "note", typeOid: 25, typeModifier: -1, isKey: false };
 * assertEquals(describe({ kind: "columnAdded", column }), "new column note");
 * ```
 *
 * @category Tables and rows
 */
export type RelationChange =
  | {
    /** A column has appeared: according to the catalog, a new one. */
    readonly kind: "columnAdded";
    /** The column. */
    readonly column: Column;
  }
  | {
    /**
     * A column of the existing table has appeared: it joined the publication's column list,
     * or was a generated column.
     */
    readonly kind: "columnPublished";
    /** The column. */
    readonly column: Column;
  }
  | {
    /** A column was dropped from the table. */
    readonly kind: "columnDropped";
    /** The column before it was dropped. */
    readonly column: Column;
  }
  | {
    /** A column has left the publication's column list; the table still has it. */
    readonly kind: "columnUnpublished";
    /** The column before. */
    readonly column: Column;
  }
  | {
    /**
     * A column has disappeared under this name and the catalog can't tell why: it was
     * dropped, renamed, or left the column list.
     */
    readonly kind: "columnRemoved";
    /** The column before. */
    readonly column: Column;
  }
  | {
    /** A column was renamed. */
    readonly kind: "columnRenamed";
    /** The column before. */
    readonly previous: Column;
    /** The column after. */
    readonly column: Column;
  }
  | {
    /** The type of a column, or its type modifier, has changed. */
    readonly kind: "columnRetyped";
    /** The column before. */
    readonly previous: Column;
    /** The column after. */
    readonly column: Column;
  }
  | {
    /** The table was renamed, or moved to another schema. */
    readonly kind: "tableRenamed";
    /** The schema before. */
    readonly schema: string;
    /** The name before. */
    readonly name: string;
  }
  | {
    /**
     * The replica identity has changed, and with it the columns of old rows: see the columns'
     * `isKey`.
     */
    readonly kind: "replicaIdentityChanged";
    /** The identity before; it may be the same with different columns. */
    readonly replicaIdentity: Relation["replicaIdentity"];
  }
  | {
    /** The primary key has changed, or has become known. */
    readonly kind: "primaryKeyChanged";
    /** The names of its columns before, or `null`. */
    readonly primaryKey: Relation["primaryKey"];
  };
