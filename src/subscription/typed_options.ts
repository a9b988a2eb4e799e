import type { TypeParsers } from "../values/own_parsers.ts";

/**
 * Tables whose types hold only for certain options, which `subscribe()` then requires: the
 * parsers for which the types were generated. `generateTypes()` of
 * `@walbrook/walbrook/typegen` writes it. It exists only as a type.
 *
 * @example
 * ```ts
 * import { asNumber } from "@walbrook/walbrook";
 * import type { EventOf, TypedTables } from "@walbrook/walbrook/typed";
 *
 * const types = { int8: asNumber } as const;
 * type Tables = TypedTables<
 *   { "public.orders": { readonly id: number } },
 *   typeof types
 * >;
 * type Events = EventOf<Tables>; // subscribe<Tables>({ types, … })
 * const kind: Events["kind"] = "insert";
 * console.log(kind, types.int8("1"));
 * ```
 *
 * @typeParam Tables The tables, by their names.
 * @typeParam Types The type of the option `types`.
 * @typeParam Binary The type of the option `binary`; `boolean` if both formats give the same.
 *
 * @category Tables
 */
export type TypedTables<
  Tables,
  Types extends TypeParsers = Readonly<Record<never, never>>,
  Binary extends boolean = boolean,
> = Tables & {
  /** The options that the types hold for. */
  readonly "~options": TypedOptions<Types, Binary>;
};

/**
 * The options of `subscribe()` that types were made for.
 *
 * @category Required options
 */
export type TypedOptions<Types, Binary extends boolean> =
  & TypesOption<Types>
  & BinaryOption<Binary>
  & {
    /** The structure of the database's types is part of what was generated. */
    readonly typeLookup?: true;
  };

/**
 * The option `types`, with the parsers for which types were made, and no others.
 *
 * @category Required options
 */
export type TypesOption<Types> = [keyof Types] extends [never] ? {
    /** No parsers: the values are the default ones. */
    readonly types?: NoOtherParsers<never>;
  }
  : {
    /** The parsers that the types were made for. */
    readonly types: Types & NoOtherParsers<keyof Types>;
  };

/**
 * The option `binary`, as the types were made for it.
 *
 * @category Required options
 */
export type BinaryOption<Binary extends boolean> = [boolean] extends [Binary]
  ? unknown
  : Binary extends true ? {
      /** The types were made for values in binary format. */
      readonly binary: true;
    }
  : {
    /** The types were made for values in text format. */
    readonly binary?: false;
  };

/**
 * Forbids parsers for built-in types, except those named.
 *
 * @category Required options
 */
export type NoOtherParsers<Named extends PropertyKey> = {
  readonly [Name in Exclude<ParsedTypeName, Named>]?: never;
};

/**
 * The built-in types that a program may parse differently, by each of their names.
 *
 * @category Required options
 */
export type ParsedTypeName =
  | "bool"
  | "boolean"
  | "int2"
  | "smallint"
  | "int4"
  | "int"
  | "integer"
  | "int8"
  | "bigint"
  | "numeric"
  | "decimal"
  | "float4"
  | "real"
  | "float8"
  | "double precision"
  | "money"
  | "text"
  | "varchar"
  | "character varying"
  | "bpchar"
  | "char"
  | "character"
  | "bytea"
  | "json"
  | "jsonb"
  | "uuid"
  | "inet"
  | "cidr"
  | "date"
  | "time"
  | "time without time zone"
  | "timetz"
  | "time with time zone"
  | "timestamp"
  | "timestamp without time zone"
  | "timestamptz"
  | "timestamp with time zone"
  | "interval";

/**
 * What `subscribe()` requires of its options for these tables.
 *
 * @category Required options
 */
export type OptionsFor<Tables> = Tables extends
  { readonly "~options": infer Options } ? Options : unknown;
