import { assertEquals, assertStringIncludes } from "@std/assert";
import type {
  DescribedColumn,
  DescribedSchema,
  DescribedType,
} from "../../src/typegen/described_schema.ts";
import type { ParserChoices } from "../../src/typegen/mod.ts";
import { writeTypes } from "../../src/typegen/write_types.ts";

const COLUMN: DescribedColumn = {
  ...{ name: "v", typeOid: 25, typeText: "text", dimensions: 0 },
  ...{ isNotNull: true, isGenerated: false, isToastable: false, isKey: false },
};
const TYPE: DescribedType = {
  ...{ oid: 20_000, schema: "public", name: "t", kind: "b", partOid: 0 },
  ...{ dimensions: 0, sendFunction: "", labels: [], attributes: [] },
};

function write(
  schema: Partial<DescribedSchema>,
  parsers: ParserChoices = {},
  binary = false,
): string {
  return writeTypes({ missing: [], tables: [], types: [], ...schema }, {
    ...{ publications: ["p"], parsers, binary },
    from: "@walbrook/walbrook",
  });
}

function typeOf(
  typeOid: number,
  types: readonly DescribedType[],
  parsers: ParserChoices = {},
  binary = false,
): string {
  const columns = [{ ...COLUMN, typeOid }];
  const table = { schema: "public", name: "x", isFull: false, columns };
  const text = write({ tables: [table], types }, parsers, binary);
  const binaries = /, typeof types, (\w+)>;/.exec(text)?.[1];
  return `${/readonly v: (.*);/.exec(text)?.[1]} (${binaries})`;
}

for (
  const [what, actual, expected] of [
    ["money as text", typeOf(790, []), "string (false)"],
    ["money as bytes", typeOf(790, [], {}, true), "bigint (true)"],
    ["regclass as bytes", typeOf(2205, [], {}, true), "number (true)"],
    ["a type of an extension", typeOf(20_000, [TYPE]), "string (false)"],
    [
      "a type of an extension as bytes",
      typeOf(20_000, [TYPE], {}, true),
      "Uint8Array (true)",
    ],
    [
      "citext in either format",
      typeOf(20_000, [{ ...TYPE, sendFunction: "citextsend" }], {}, true),
      "string (boolean)",
    ],
    [
      "hstore",
      typeOf(20_000, [{ ...TYPE, sendFunction: "hstore_send" }]),
      "Readonly<Record<string, string | null>> (boolean)",
    ],
    ["json", typeOf(114, []), "unknown (boolean)"],
    ["json as text", typeOf(114, [], { json: "text" }), "string (boolean)"],
    [
      "timestamptz of Temporal",
      typeOf(1184, [], { "timestamp with time zone": "Instant" }),
      "Temporal.Instant (boolean)",
    ],
    ["an OID", typeOf(20, [], { 20: "number" }), "number (boolean)"],
    [
      "a parser of the program",
      typeOf(20_000, [TYPE], { "public.t": { module: "./p.ts", name: "f" } }),
      "ReturnType<typeof f> (boolean)",
    ],
    [
      "a parser for an array",
      typeOf(20_001, [TYPE, {
        ...{ ...TYPE, oid: 20_001, name: "_t", kind: "a", partOid: 20_000 },
      }], { "t[]": "text" }),
      "string (boolean)",
    ],
    [
      "a parser for elements",
      typeOf(20_001, [TYPE, {
        ...{ ...TYPE, oid: 20_001, name: "_t", kind: "a", partOid: 20_000 },
      }], { t: { module: "./p.ts", name: "f" } }),
      "readonly (ReturnType<typeof f> | null)[] (boolean)",
    ],
    [
      "an enum without labels",
      typeOf(20_000, [{ ...TYPE, kind: "e" }]),
      "T (boolean)",
    ],
  ] as const
) {
  Deno.test(`the type of ${what} is ${expected}`, () => {
    assertEquals(actual, expected);
  });
}

Deno.test("writeTypes() gives every table an interface of its own", () => {
  const names = [
    ...["Tables", "Date", "order_items", "orderItems", "OrderItems", "2fa"],
    ...["données", "*/ evil();", "---", "_"],
  ];
  const text = write({
    tables: names.map((name) => ({
      ...{ schema: "public", name, isFull: false, columns: [COLUMN] },
    })),
  });
  assertEquals(
    [...text.matchAll(/^export interface (.*) \{$/gm)].map(([, name]) => name),
    [
      ...["Evil", "Row", "T2fa", "DateRow", "OrderItems", "TablesRow"],
      ...["RowRow", "Données", "OrderItemsRow", "OrderItemsRow2"],
    ],
  );
  assertStringIncludes(text, '"public.*/ evil();": TypedTable<Evil');
  assertStringIncludes(text, "/** A row of public.* / evil();. */");
});

Deno.test("writeTypes() imports the parsers, and exports them as types", () => {
  const text = write({}, {
    int8: "number",
    "public.t": { module: "./p.ts", name: "f" },
  });
  assertStringIncludes(
    text,
    `import { asNumber } from "@walbrook/walbrook";
import type { TypedTable, TypedTables } from "@walbrook/walbrook/typed";
import { f } from "./p.ts";
`,
  );
  assertStringIncludes(
    text,
    `export const types: {
  readonly int8: typeof asNumber;
  readonly "public.t": typeof f;
} = {
  int8: asNumber,
  "public.t": f,
};`,
  );
});
