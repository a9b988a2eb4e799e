/**
 * A schema of any library that implements Standard Schema: zod, valibot, arktype and others.
 *
 * Source: https://standardschema.dev, version 1.
 *
 * @typeParam Input Its input.
 * @typeParam Output Its output.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The properties that the specification defines. */
  readonly "~standard": StandardSchemaProps<Input, Output>;
}

/** The members that the specification defines. */
export interface StandardSchemaProps<Input = unknown, Output = Input> {
  /** The version of the specification. */
  readonly version: 1;
  /** The library. */
  readonly vendor: string;
  /** Validates a value. */
  readonly validate: (
    value: unknown,
  ) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
  /** The types, which exist only at compile time. */
  readonly types?:
    | { readonly input: Input; readonly output: Output }
    | undefined;
}

/** The result of a validation: it has `issues` if the value is not valid. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** The reason why a value is not valid. */
export interface SchemaIssue {
  /** The reason, for people. */
  readonly message: string;
  /** The path of the invalid part within the value. */
  readonly path?:
    | readonly (PropertyKey | { readonly key: PropertyKey })[]
    | undefined;
}

/** The input of a schema. */
export type SchemaInput<Schema extends StandardSchema> = NonNullable<
  Schema["~standard"]["types"]
>["input"];

/** The output of a schema. */
export type SchemaOutput<Schema extends StandardSchema> = NonNullable<
  Schema["~standard"]["types"]
>["output"];

/** The schemas of an object's members, by their names. */
export type ColumnSchemas = Readonly<Record<string, StandardSchema>>;

/**
 * Finds the schemas of the columns within the schema of a row, as exposed by zod (`shape`),
 * valibot (`entries`) and arktype (`props`).
 *
 * @returns The schemas; `null` if the row's schema does not expose them, or has rules for the
 * row as a whole, which a single column can't satisfy.
 */
export function columnSchemasOf(schema: unknown): ColumnSchemas | null {
  const { shape, entries, pipe, _zod } = schema as {
    readonly shape?: unknown;
    readonly entries?: unknown;
    readonly pipe?: readonly unknown[];
    readonly _zod?: {
      readonly def?: { readonly checks?: readonly unknown[] };
    };
  };
  const hasRules = (_zod?.def?.checks?.length ?? 0) > 0 ||
    (pipe?.length ?? 0) > 1;
  if (hasRules) return null;
  return [shape, entries, propsOf(schema)].find(areSchemas) ?? null;
}

function areSchemas(value: unknown): value is ColumnSchemas {
  return typeof value === "object" && value !== null &&
    Object.values(value).length > 0 &&
    Object.values(value).every((one) => one?.["~standard"]?.version === 1);
}

// arktype throws if a schema has no members.
function propsOf(schema: unknown): unknown {
  try {
    const { props, json } = schema as {
      readonly props?: readonly {
        readonly key: string;
        readonly value: unknown;
      }[];
      readonly json?: Readonly<Record<string, unknown>>;
    };
    if (!Array.isArray(props) || json?.["predicate"] !== undefined) return null;
    return Object.fromEntries(props.map(({ key, value }) => [key, value]));
  } catch {
    return null;
  }
}
