import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { textParser } from "./text_parser.ts";
import { EMPTY, range } from "./value_table.ts";
import { ARRAY_TYPE_OID, TYPE_OID } from "../../src/values/type_oid.ts";

type TypeName = keyof typeof TYPE_OID;

const VALUES: readonly [TypeName, string, unknown][] = [
  ["BOOL", "t", true],
  ["BOOL", "f", false],
  ["INT2", "-32768", -32768],
  ["INT2", "32767", 32767],
  ["INT4", "0", 0],
  ["INT4", "-2147483648", -2147483648],
  ["INT4", "2147483647", 2147483647],
  ["OID", "4294967295", 4294967295],
  ["XID", "4294967295", 4294967295],
  ["CID", "4294967295", 4294967295],
  ["INT8", "0", 0n],
  ["INT8", "-1", -1n],
  ["INT8", "9007199254740993", 9007199254740993n],
  ["INT8", "-9223372036854775808", -9223372036854775808n],
  ["INT8", "9223372036854775807", 9223372036854775807n],
  ["XID8", "18446744073709551615", 18446744073709551615n],
  ["OID8", "18446744073709551615", 18446744073709551615n],
  ["FLOAT4", "1.1", 1.1],
  ["FLOAT8", "NaN", NaN],
  ["FLOAT8", "Infinity", Infinity],
  ["FLOAT8", "-Infinity", -Infinity],
  ["FLOAT8", "-0", -0],
  ["FLOAT8", "5e-324", 5e-324],
  ["FLOAT8", "1.7976931348623157e+308", 1.7976931348623157e308],
  ["NUMERIC", "0.10", "0.10"],
  ["NUMERIC", "NaN", "NaN"],
  ["MONEY", "-$1,234.50", "-$1,234.50"],
  ["JSON", ' {"a" : [1, null]} ', { a: [1, null] }],
  ["JSONB", '"\\u00e9"', "é"],
  ["JSONB", "null", null],
  ["JSON", "9007199254740993", 9007199254740992],
  ["BYTEA", "\\x", Uint8Array.of()],
  ["BYTEA", "\\x00ff7F", Uint8Array.of(0, 255, 127)],
  ["BYTEA", "", Uint8Array.of()],
  ["BYTEA", "a\\000\\377\\\\b", Uint8Array.of(97, 0, 255, 92, 98)],
  ["TEXT", "", ""],
  ["TEXT", "NULL", "NULL"],
  ["BPCHAR", "a  ", "a  "],
  ["DATE", "0044-03-15 BC", "0044-03-15 BC"],
  ["TIME", "24:00:00", "24:00:00"],
  ["TIMESTAMPTZ", "infinity", "infinity"],
  ["INTERVAL", "-1 days +00:00:01", "-1 days +00:00:01"],
  ["PG_LSN", "16/B374D848", "16/B374D848"],
  ["INT4RANGE", "[1,5)", range(1, 5, "[)")],
  ["INT2VECTOR", "1 2", "1 2"],
];

for (const [type, text, expected] of VALUES) {
  Deno.test(`textParser() reads the ${type} ${JSON.stringify(text)}`, () => {
    assertEquals(textParser(TYPE_OID[type])(text), expected);
  });
}

const ARRAYS: readonly [TypeName, string, unknown][] = [
  ["INT4", "{1,NULL,-3}", [1, null, -3]],
  ["INT8", "{{1,2},{3,4}}", [[1n, 2n], [3n, 4n]]],
  ["BOOL", "{t,f}", [true, false]],
  ["FLOAT8", "{NaN,-0}", [NaN, -0]],
  ["NUMERIC", "{1.50,NaN}", ["1.50", "NaN"]],
  ["TEXT", '{a,"","NULL",NULL}', ["a", "", "NULL", null]],
  ["JSONB", '{"{\\"a\\": [1, 2]}",null}', [{ a: [1, 2] }, null]],
  ["BYTEA", '{"\\\\x00ff"}', [Uint8Array.of(0, 255)]],
  ["BOX", "{(1,1),(0,0);(3,3),(2,2)}", ["(1,1),(0,0)", "(3,3),(2,2)"]],
  ["POINT", '{"(1,2)"}', ["(1,2)"]],
  ["INT4RANGE", '{"[1,5)",empty}', [range(1, 5, "[)"), EMPTY]],
];

for (const [type, text, expected] of ARRAYS) {
  Deno.test(`textParser() reads the ${type} array ${text}`, () => {
    assertEquals(textParser(ARRAY_TYPE_OID[type])(text), expected);
  });
}

Deno.test("textParser() leaves types that it does not know as text", () => {
  for (const oid of [0, 16385, 4294967295]) {
    assertEquals(textParser(oid)("{1,2}"), "{1,2}");
  }
});

const MALFORMED: readonly [TypeName, readonly string[]][] = [
  ["BOOL", ["", "true", "T", "1"]],
  ["INT4", ["", "-", "+1", " 1", "1.0", "1e3", "0x10", "one", "1-", "--1"]],
  ["INT4", ["1234567890123456"]],
  ["INT8", ["", "-", "1.0", "0x10", "12345678901234567a", " 1234567890123456"]],
  ["FLOAT8", ["", " ", "nan", "1,5", "inf"]],
  ["JSON", ["", "{", "{a:1}"]],
  ["BYTEA", ["\\x0", "\\x0g", "\\xé0", "\\", "\\1", "\\400", "é"]],
];

for (const [type, texts] of MALFORMED) {
  for (const text of texts) {
    Deno.test(`textParser() refuses the ${type} ${JSON.stringify(text)}`, () => {
      assertThrows(() => textParser(TYPE_OID[type])(text), SyntaxError);
    });
  }
}

Deno.test("textParser() says in few words what it refuses", () => {
  const error = assertThrows(() =>
    textParser(TYPE_OID.INT4)("9".repeat(10_000))
  );
  assertInstanceOf(error, SyntaxError);
  assertEquals(
    error.message,
    `Cannot parse "${"9".repeat(100)}" as a value: it is not an integer`,
  );
});

Deno.test("textParser() reads a bytea of some size", () => {
  const bytes = textParser(TYPE_OID.BYTEA)(`\\x${"a5".repeat(1_000_000)}`);
  assertEquals(bytes, new Uint8Array(1_000_000).fill(0xa5));
});
