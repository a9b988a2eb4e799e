import { tableName } from "../events/table_name.ts";
import type {
  DescribedColumn,
  DescribedSchema,
  DescribedTable,
} from "./described_schema.ts";
import {
  ChosenParsers,
  NAMED_PARSERS,
  type ParserChoices,
} from "./parser_choice.ts";
import { propertyName, TypeNames } from "./type_names.ts";
import { comment, orNull, ValueTypes } from "./value_types.ts";

/** Options for {@linkcode writeTypes}. */
export interface WriteTypesOptions {
  /** The publications, for the comment at the top. */
  readonly publications: readonly string[];
  /** The chosen parsers. */
  readonly parsers: ParserChoices;
  /** Whether values come in binary format. */
  readonly binary: boolean;
  /** The package that the file imports from, itself and its sub-paths. */
  readonly from: string;
}

/**
 * Writes a TypeScript file: an interface for each table, the enums and composites that they
 * refer to, and the constants `types` and `tables`. The same schema always gives the same
 * text.
 *
 * @param schema The catalog's description.
 * @param options The program's choices.
 * @throws {TypeError} If a parser is unknown, or does not support its type.
 */
export function writeTypes(
  schema: DescribedSchema,
  options: WriteTypesOptions,
): string {
  const names = new TypeNames();
  const parsers = new ChosenParsers(options.parsers);
  const values = new ValueTypes({
    ...{ schema, parsers, names },
    binary: options.binary,
  });
  const tables = schema.tables
    .map((table) => ({ table, name: tableName(table) }))
    .sort((a, b) => a.name < b.name ? -1 : 1)
    .map(({ table, name }) => ({
      ...{ table, name },
      interface: names.make(table, "Row"),
    }));
  const interfaces = tables.map(({ table, name, ...one }) =>
    writeInterface(one.interface, name, table, values)
  );
  const binary = values.dependsOnFormat ? `${options.binary}` : "boolean";
  return [
    "// deno-fmt-ignore-file",
    "// deno-lint-ignore-file",
    `// Written by \`walbrook types\` for ${
      comment(options.publications.join(", "))
    }. Do not edit: run it again.`,
    writeImports(options, values.usesRange),
    ...values.declarations,
    ...interfaces,
    writeTableTypes(tables, binary),
    writeParsers(options.parsers),
    writeTableConstants(tables),
  ].join("\n\n").replace("\n\n// deno-lint", "\n// deno-lint")
    .replace("\n\n// Written", "\n// Written") + "\n";
}

/** A table, with its name in the file, and the name of its interface. */
interface NamedTable {
  readonly table: DescribedTable;
  readonly name: string;
  readonly interface: string;
}

function writeTableTypes(
  tables: readonly NamedTable[],
  binary: string,
): string {
  return [
    "/** The tables, for `subscribe<Tables>()`. */",
    "export type Tables = TypedTables<{",
    ...tables.map(({ table, name, ...one }) =>
      `  ${JSON.stringify(name)}: TypedTable<${one.interface}, ${
        union(table.columns.filter(({ isKey }) => isKey))
      }, ${union(table.columns.filter((one) => mayBeUnchanged(table, one)))}>;`
    ),
    `}, typeof types, ${binary}>;`,
  ].join("\n");
}

function writeTableConstants(tables: readonly NamedTable[]): string {
  return [
    "/** What the types were made of, for a `Router`: keys, and columns by the OID of their type (0 if it is not built in). */",
    "export const tables = {",
    ...tables.flatMap(({ table, name }) => [
      `  ${JSON.stringify(name)}: {`,
      `    key: [${
        table.columns.filter(({ isKey }) => isKey)
          .map(({ name }) => JSON.stringify(name)).join(", ")
      }],`,
      "    columns: {",
      ...table.columns.map(({ name, typeOid }) =>
        `      ${columnKey(name)}: ${typeOid < FIRST_OTHER_OID ? typeOid : 0},`
      ),
      "    },",
      "  },",
    ]),
    "} as const;",
  ].join("\n");
}

/** `FirstGenbkiObjectId` of `src/include/access/transam.h`: those below are fixed. */
const FIRST_OTHER_OID = 10_000;

// A property with this name would set the object's prototype, unless it is computed.
function columnKey(name: string): string {
  return name === "__proto__" ? '["__proto__"]' : propertyName(name);
}

function writeInterface(
  name: string,
  tableName: string,
  { columns }: DescribedTable,
  values: ValueTypes,
): string {
  return [
    `/** ${comment(`A row of ${tableName}.`)} */`,
    `export interface ${name} {`,
    ...columns.flatMap((column) => {
      const type = values.write(column.typeOid, column.dimensions);
      const generated = column.isGenerated ? ", generated" : "";
      return [
        `  /** ${comment(column.typeText + generated)} */`,
        `  readonly ${propertyName(column.name)}: ${
          column.isNotNull ? type : orNull(type)
        };`,
      ];
    }),
    "}",
  ].join("\n");
}

// With REPLICA IDENTITY FULL all old values are present; those of the key always are.
function mayBeUnchanged(
  { isFull }: DescribedTable,
  { isToastable, isKey }: DescribedColumn,
): boolean {
  return isToastable && !isFull && !isKey;
}

function union(columns: readonly DescribedColumn[]): string {
  return columns.map(({ name }) => JSON.stringify(name)).join(" | ") || "never";
}

function writeImports(
  { from, parsers }: WriteTypesOptions,
  usesRange: boolean,
): string {
  const named = new Set<string>();
  const own = new Map<string, Set<string>>();
  for (const choice of Object.values(parsers)) {
    if (typeof choice === "string") named.add(NAMED_PARSERS[choice].function);
    else {
      const names = own.get(choice.module) ?? new Set();
      own.set(choice.module, names.add(choice.name));
    }
  }
  return [
    ...(named.size > 0
      ? [
        `import { ${[...named].sort().join(", ")} } from ${
          JSON.stringify(from)
        };`,
      ]
      : []),
    `import type { TypedTable, TypedTables } from ${
      JSON.stringify(`${from}/typed`)
    };`,
    ...(usesRange
      ? [`import type { RangeValue } from ${JSON.stringify(`${from}/values`)};`]
      : []),
    ...[...own].map(([module, names]) =>
      `import { ${[...names].sort().join(", ")} } from ${
        JSON.stringify(module)
      };`
    ),
  ].join("\n");
}

function writeParsers(parsers: ParserChoices): string {
  const entries = Object.entries(parsers).map(([type, choice]) => ({
    type: propertyName(type),
    function: typeof choice === "object"
      ? choice.name
      : NAMED_PARSERS[choice].function,
  }));
  // With explicit types, the file also works in projects with isolatedDeclarations.
  return [
    "/** The option `types` of `subscribe()` that the rows' types are made for. */",
    ...(entries.length === 0 ? ["export const types = {} as const;"] : [
      "export const types: {",
      ...entries.map((one) =>
        `  readonly ${one.type}: typeof ${one.function};`
      ),
      "} = {",
      ...entries.map((one) => `  ${one.type}: ${one.function},`),
      "};",
    ]),
  ].join("\n");
}
